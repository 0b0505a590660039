internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// A container's network namespace, which is there for as long as this is, with or without a process in it.
final class HeldNetwork: Sendable {
    /// The descriptors of the namespace, and of the user namespace that it belongs to where the right to enter it is had
    /// there alone; they stay its own.
    let descriptors: (network: Int32, owner: Int32?)
    private let network: OwnedDescriptor
    private let owner: OwnedDescriptor?

    /// Takes hold of it; nil where the process has ended.
    ///
    /// - Parameters:
    ///   - process: a process of the container, by its pidfd.
    ///   - privileged: whether this is root, who may enter it from outside.
    /// - Throws: where it is there and cannot be held.
    init?(of process: Int32, privileged: Bool) throws(SystemError) {
        guard let pid = Pidfd.pid(process), let network = try Self.namespace("net", of: pid, process) else {
            return nil
        }
        var owner: OwnedDescriptor?
        var number: Int32?
        if !privileged {
            guard let found = try Self.namespace("user", of: pid, process) else { return nil }
            number = found.raw
            owner = consume found
        }
        // While the process is there its number is no other's.
        guard Pidfd.pid(process) == pid else { return nil }
        descriptors = (network.raw, number)
        self.network = network
        self.owner = owner
    }

    private static func namespace(
        _ name: String,
        of pid: Int32,
        _ process: Int32
    ) throws(SystemError) -> OwnedDescriptor? {
        let path = "/proc/\(pid)/ns/\(name)"
        let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if raw >= 0 { return OwnedDescriptor(raw) }
        let answer = errno
        // A process gives its namespaces back before it is said to have ended.
        if [ENOENT, ESRCH].contains(answer) || Pidfd.hasEnded(process) { return nil }
        throw SystemError("hold the namespace", path, Errno(rawValue: answer))
    }
}
