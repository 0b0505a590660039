/// Rules on arguments: what a call may do, and its error for everything else.
///
/// Changed a rule? Then raise ``BuiltinProfiles/revision``.
enum ArgumentRules {
    private static let eperm = SeccompAction.errno(1)
    private static let eafnosupport = SeccompAction.errno(97)

    /// New processes and threads, but no new namespaces.
    ///
    /// CLONE_NEWTIME cannot be asked of clone.
    static func clone(otherwise refusal: SeccompAction) -> [SyscallRule] {
        // NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
        let namespaces: UInt32 = 0x7e02_0000
        return [
            SyscallRule(["clone"], .allow, when: [.bits(0, clear: namespaces)]),
            SyscallRule(["clone"], refusal),
        ]
    }

    /// UNIX, INET, INET6 and NETLINK_ROUTE.
    ///
    /// What this closes: AF_VSOCK reaches the host of a VM, in no namespace; AF_ALG (CVE-2026-31431), AF_RXRPC
    /// (CVE-2026-43500), AF_PACKET, AF_KEY and all families to come.
    static let sockets: [SyscallRule] = {
        let calls = ["socket", "socketpair"]
        let families: [UInt32] = [1, 2, 10]
        let (netlink, netlinkRoute): (UInt32, UInt32) = (16, 0)
        // SOCK_PACKET (10, in the four bits of the type): with AF_INET the kernel makes an AF_PACKET socket of it.
        let packet = ArgumentCondition(1, .masked(mask: 0xf, value: 10))
        return families.map { SyscallRule(calls, .allow, when: [.low32(0, is: $0)]) } + [
            SyscallRule(calls, .allow, when: [.low32(0, is: netlink), .low32(2, is: netlinkRoute)]),
            SyscallRule(calls, eafnosupport, when: [.low32(0, is: 2), packet]),
            SyscallRule(calls, eafnosupport),
        ]
    }()

    /// Keystrokes for a terminal: TIOCSTI (CVE-2017-5226) and TIOCLINUX (CVE-2023-28100); on the low 32 bits, which is
    /// all the kernel looks at (CVE-2019-10063, CVE-2019-7303).
    static let ioctl = [
        SyscallRule(["ioctl"], eperm, when: [.low32(1, is: 0x5412)]),
        SyscallRule(["ioctl"], eperm, when: [.low32(1, is: 0x541c)]),
    ]

    /// Linux, Linux32, UNAME26 and ADDR_NO_RANDOMIZE (ThreadSanitizer, lldb), also together, and the question which.
    static let personality =
        [0, 0x8, 0x2_0000, 0x2_0008, 0x4_0000, 0x6_0000, 0xffff_ffff].map {
            SyscallRule(["personality"], .allow, when: [.low32(0, is: $0)])
        } + [SyscallRule(["personality"], eperm)]

    /// Locks and leases on files, a channel between jobs that see the same read-only inode; reading locks is allowed.
    static let noLocks =
        [SyscallRule(["flock"], eperm)]
        // F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE
        + [6, 7, 37, 38, 1024].map { SyscallRule(["fcntl"], eperm, when: [.low32(1, is: $0)]) }

    /// RLIMIT_CORE stays as isorun set it; asking for it is allowed.
    ///
    /// See ``FilterOptions/denyCoreLimit``.
    static let noCoreLimit = [
        SyscallRule(["setrlimit"], eperm, when: [.low32(0, is: 4)]),
        SyscallRule(["prlimit64"], eperm, when: [.low32(1, is: 4), ArgumentCondition(2, .notEqual(0))]),
    ]
}
