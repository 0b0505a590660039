internal import Glibc

/// Cgroups of the bench's own for runtimes that take a parent, and what others leave beside this process: all of it
/// goes with the bench.
final class OwnCgroups {
    /// The name of the parent, below the root of each hierarchy.
    let name = "isorun-bench-\(getpid())"
    private let hierarchies: [String]
    private let isUnified: Bool
    /// What systemd-nspawn makes beside who starts it, and leaves there; what was there before is not touched.
    private let beside: [String]

    init() {
        let top = "/sys/fs/cgroup"
        isUnified = unsafe access("\(top)/cgroup.controllers", F_OK) == 0
        hierarchies =
            isUnified
            ? [top]
            : MachineImage.names(in: top).filter { !$0.hasPrefix(".") }.map { "\(top)/\($0)" }.filter(
                HostView.isDirectory
            )
        let own = (HostView.text("/proc/self/cgroup") ?? "").split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            if parts[1].isEmpty { return top + (HostView.isDirectory("\(top)/unified") ? "/unified" : "") + parts[2] }
            return parts[1] == "name=systemd" ? "\(top)/systemd\(parts[2])" : nil
        }
        beside = own.flatMap { ["\($0)/payload", "\($0)/supervisor"] }.filter { !HostView.isDirectory($0) }
    }

    deinit { remove() }

    /// Makes the parent where these controllers are; why that cannot be done.
    func make(_ controllers: [String]) -> String? {
        guard isUnified else {
            return controllers.compactMap { make("/sys/fs/cgroup/\($0)/\(name)") }.first
        }
        let place = "/sys/fs/cgroup/\(name)"
        if let problem = make(place) { return problem }
        let words = controllers.map { "+\($0)" }.joined(separator: " ")
        let file = unsafe open("\(place)/cgroup.subtree_control", O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        guard file >= 0, unsafe write(file, words, words.utf8.count) == words.utf8.count else {
            let answer = unsafe String(cString: strerror(errno))
            return "cannot have \(words) in \(place): \(answer)"
        }
        return nil
    }

    private func make(_ path: String) -> String? {
        guard unsafe mkdir(path, 0o755) != 0, errno != EEXIST else { return nil }
        let answer = unsafe String(cString: strerror(errno))
        return "cannot make the cgroup \(path): \(answer)"
    }

    /// Removes what nobody is in any more.
    func remove() {
        for hierarchy in hierarchies { Self.remove("\(hierarchy)/\(name)") }
        for path in beside { Self.remove(path) }
    }

    private static func remove(_ path: String) {
        for child in MachineImage.names(in: path)
        where !child.hasPrefix(".") && HostView.isDirectory("\(path)/\(child)") {
            remove("\(path)/\(child)")
        }
        unsafe rmdir(path)
    }
}
