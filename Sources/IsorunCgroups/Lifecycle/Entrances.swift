internal import Glibc
public import SystemPackage

/// Open `tasks` files, closed with this.
public final class Entrances {
    /// The descriptors, for a process that is cloned from this one.
    public private(set) var descriptors: [Int32] = []
    /// What the cgroups are made in, for an error.
    public private(set) var paths: [FilePath] = []

    /// Makes one of no cgroup.
    public init() {}

    func add(_ descriptor: Int32, _ path: FilePath) {
        descriptors.append(descriptor)
        paths.append(path)
    }

    /// Closes them now.
    public func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }

    deinit { close() }
}
