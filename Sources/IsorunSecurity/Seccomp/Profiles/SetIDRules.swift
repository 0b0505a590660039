/// No way to a file with the set-user-ID or set-group-ID bit; see ``FilterOptions/forbidSetIDBits``.
///
/// What is left is harmless: a directory may inherit the set-group-ID bit from its parent, files do not.
/// Changed a rule? Then raise ``BuiltinProfiles/revision``.
enum SetIDRules {
    private static let bits: [UInt32] = [0o4000, 0o2000]
    /// O_CREAT, and the bit of O_TMPFILE that is its own: only with one of them the kernel looks at the mode.
    private static let creating: [UInt32] = [0o100, 0o20_000_000]

    static let rules: [SyscallRule] =
        modeRules(["chmod", "fchmod", "creat", "mkdir", "mknod"], modeAt: 1)
        + modeRules(["fchmodat", "fchmodat2", "mkdirat", "mknodat"], modeAt: 2)
        + openRules("open", flagsAt: 1)
        + openRules("openat", flagsAt: 2)
        // The mode is behind a pointer, or in a ring: glibc takes openat.
        + [SyscallRule(["openat2", "io_uring_setup", "io_uring_enter", "io_uring_register"], .errno(38))]

    private static func modeRules(_ names: [String], modeAt index: UInt32) -> [SyscallRule] {
        bits.map { SyscallRule(names, .errno(1), when: [.bits(index, set: $0)]) }
    }

    private static func openRules(_ name: String, flagsAt index: UInt32) -> [SyscallRule] {
        creating.flatMap { flag in
            bits.map { SyscallRule([name], .errno(1), when: [.bits(index, set: flag), .bits(index + 1, set: $0)]) }
        }
    }
}
