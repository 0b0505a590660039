public import IsorunModel

/// isorun's own profiles, put together from the tables beside this file.
public enum BuiltinProfiles {
    /// Raised with every change of a table or of the compiler: it is part of the cache's key.
    ///
    /// A test holds the digests.
    public static let revision = 2

    /// The profile with this name; nil for `unconfined`.
    public static func profile(named name: SeccompProfileName) -> SeccompProfile? {
        switch name {
        case .default: standard
        case .strict: strict
        case .debug: debug
        case .unconfined: nil
        }
    }

    private static let eperm = SeccompAction.errno(1)
    private static let enosys = SeccompAction.errno(38)

    /// What docker's default allows, plus debuggers and NUMA.
    ///
    /// Unknown and new calls do not exist: ENOSYS, as on an older kernel, so that libraries fall back; what is refused
    /// is EPERM.
    private static var standard: SeccompProfile {
        SeccompProfile(
            name: "default",
            defaultAction: enosys,
            foreignABIAction: enosys,
            syscalls: [
                SyscallRule(AllowedCalls.unconditional, .allow),
                SyscallRule(AllowedCalls.inspection + AllowedCalls.memoryPolicy + AllowedCalls.changeRoot, .allow),
            ]
                + ArgumentRules.clone(otherwise: eperm)
                + ArgumentRules.sockets + ArgumentRules.ioctl + ArgumentRules.personality
                + [
                    SyscallRule(RefusedCalls.dangerous + RefusedCalls.harmless, eperm),
                    SyscallRule(RefusedCalls.hidden, enosys),
                ]
        )
    }

    /// For code that is not trusted: no look into other processes, no locks, and the job ends at a dangerous call or a
    /// foreign ABI.
    ///
    /// Reported rather than killed by the kernel: a bare SIGSYS could have come from `kill(2)`.
    private static var strict: SeccompProfile {
        let notHere = ["flock", "name_to_handle_at"]
        let refused = AllowedCalls.inspection + AllowedCalls.memoryPolicy + AllowedCalls.changeRoot + notHere
        return SeccompProfile(
            name: "strict",
            defaultAction: enosys,
            foreignABIAction: .notify,
            syscalls: [SyscallRule(AllowedCalls.unconditional.filter { !notHere.contains($0) }, .allow)]
                + ArgumentRules.clone(otherwise: .notify)
                + ArgumentRules.sockets + ArgumentRules.ioctl + ArgumentRules.personality + ArgumentRules.noLocks
                + [
                    SyscallRule(RefusedCalls.dangerous, .notify),
                    SyscallRule(RefusedCalls.harmless + refused, eperm),
                    SyscallRule(RefusedCalls.hidden, enosys),
                ]
        )
    }

    /// For debuggers and profilers; still no mounts, no namespaces, no keyrings, no io_uring.
    private static var debug: SeccompProfile {
        var profile = standard
        profile.name = "debug"
        profile.syscalls.append(SyscallRule(RefusedCalls.tracing + ["pidfd_getfd", "personality"], .allow))
        return profile
    }
}

extension SeccompProfile {
    /// The profile with what the sandbox needs beside it.
    public func applying(_ options: FilterOptions) -> SeccompProfile {
        var profile = self
        if options.forbidSetIDBits { profile.overrides += SetIDRules.rules }
        if options.denyCoreLimit { profile.overrides += ArgumentRules.noCoreLimit }
        return profile
    }
}
