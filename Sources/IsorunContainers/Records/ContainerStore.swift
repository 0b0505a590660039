internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSandbox
package import IsorunSystem
package import SystemPackage

/// The run directory: one directory for each container, and one for the names.
///
/// Theory of operation. A container's directory is made, locked and named under one lock of the whole store, so names
/// are unique whoever races for them. A name is a link to an id. The container's own lock is held by its keeper for as
/// long as it lives; a directory that nobody holds and that has no record is what a killed client left, and goes.
package struct ContainerStore: ~Copyable {
    let containers: HeldDirectory
    let names: HeldDirectory
    private let lockFile: OwnedDescriptor
    /// Where it is.
    package let path: FilePath

    /// Opens the store, and makes it where it is missing.
    package init(at path: FilePath) throws(SystemError) {
        let top = try HeldDirectory(makingHost: path)
        let status = try EntryStatus(of: top.descriptor)
        guard status.uid == geteuid() else {
            throw SystemError("use the run directory", path.string, .permissionDenied, detail: "it is another user's")
        }
        if status.mode & 0o077 != 0 { _ = fchmod(top.descriptor.raw, 0o700) }
        let containers = try top.subdirectory(making: "containers")
        let names = try top.subdirectory(making: "names")
        let raw = unsafe openat(top.descriptor.raw, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        lockFile = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the lock of", path.string)
        self.containers = consume containers
        self.names = consume names
        self.path = path
    }

    /// The caller's own: `/run/isorun` for root, else below `XDG_RUNTIME_DIR`.
    package static func own() throws(SystemError) -> ContainerStore {
        try ContainerStore(at: ownPath)
    }

    /// Whether the caller has a store already.
    package static var isThere: Bool { (try? HeldDirectory(host: ownPath)) != nil }

    /// Where the caller's own store is.
    package static var ownPath: FilePath {
        RunDirectory.own
    }

    /// Keeps everybody else from making and removing meanwhile.
    func locked<Value: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        // A lock belongs to the open file: a second thread of this process needs an open file of its own.
        let raw = unsafe open("/proc/self/fd/\(lockFile.raw)", O_RDWR | O_CLOEXEC)
        let file = OwnedDescriptor(raw)
        _ = isorun_lock(file.raw, 1)
        return try body()
    }

    // MARK: Finding

    /// Every container, the newest first.
    package func ids() -> [String] {
        let ids = ((try? containers.names()) ?? []).filter(ContainerID.isWhole)
        return ids
    }

    /// The container that a name, an id or the beginning of one means.
    package func container(_ reference: String) throws(ContainerError) -> Container {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        if ContainerName.isValid(name), let id = names.linkTarget(.init(name)) {
            if let found = Container(in: containers, id: id) { return found }
        }
        guard !name.isEmpty, name.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
            throw .noSuch(reference)
        }
        let matching = ids().filter { $0.hasPrefix(name) }
        guard matching.count < 2 else {
            throw ContainerError("more than one container has an id that begins with \(name): give more of it")
        }
        guard let id = matching.first, let found = Container(in: containers, id: id) else { throw .noSuch(reference) }
        return found
    }

    /// Calls a function with every container, the newest first.
    package func forEach(_ body: (borrowing Container) -> Void) {
        var found: [(id: String, createdAtUs: Int64)] = []
        for id in ids() {
            guard let container = Container(in: containers, id: id) else { continue }
            found.append((id, container.record.createdAtUs))
        }
        for (id, _) in found.sorted(by: { $0.createdAtUs > $1.createdAtUs }) {
            if let container = Container(in: containers, id: id) { body(container) }
        }
    }
}
