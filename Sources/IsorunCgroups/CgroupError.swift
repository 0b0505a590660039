internal import Glibc
public import IsorunModel
internal import IsorunSystem
public import SystemPackage

/// What isorun could not do with a cgroup: what, on which file, the kernel's answer, and a way out.
public struct CgroupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, as a person says it: `limit the memory`.
    public var action: String
    /// The limit that cannot be enforced, where it was one.
    public var limit: Limit?
    /// The controller, where one was involved.
    public var controller: CgroupFacts.Controller?
    /// The file or directory.
    public var path: FilePath
    /// The kernel's answer; nil where it took the value and made another of it.
    public var errno: Errno?
    /// What the kernel did instead.
    public var detail: String?
    /// What helps, where that is known.
    public var hint: String?

    /// Makes an error.
    public init(
        _ action: String,
        _ path: FilePath,
        _ errno: Errno?,
        limit: Limit? = nil,
        controller: CgroupFacts.Controller? = nil,
        detail: String? = nil,
        hint: String? = nil
    ) {
        self.action = action
        self.path = path
        self.errno = errno
        self.limit = limit
        self.controller = controller
        self.detail = detail
        self.hint = hint
    }

    /// `cannot limit the memory (/sys/fs/cgroup/…/memory.max): Permission denied (EACCES); hint`.
    public var description: String {
        var text = "cannot \(action)"
        if !path.isEmpty { text += " (\(path))" }
        if let errno { text += ": \(errno.text)" }
        if let detail { text += ": \(detail)" }
        if let hint { text += "; \(hint)" }
        return text
    }
}

extension CgroupError {
    /// The way out of a refusal that has a usual cause.
    static func hint(_ errno: Errno, _ controller: CgroupFacts.Controller) -> String? {
        switch (errno, controller) {
        case (.invalidArgument, .cpu): "an outer cgroup may allow less CPU than this: ask for no more than it has"
        case (.invalidArgument, .cpuset), (.permissionDenied, .cpuset), (.noSpace, .cpuset), (.outOfRange, .cpuset):
            "the outer cgroup does not have all these CPUs"
        case (Errno(rawValue: ENODEV), .io), (.noSuchAddressOrDevice, .io): "name a whole disk, not a partition of it"
        case (.noSuchFileOrDirectory, _): "this kernel lacks that file; \(Refusal.optOut(controller))"
        case (.permissionDenied, _), (.readOnlyFileSystem, _): "run isorun as root, or \(Refusal.optOut(controller))"
        default: nil
        }
    }
}
