import IsorunModel
@testable import IsorunSecurity
import Testing

/// A call, and what each profile does with it.
struct Expectation: CustomTestStringConvertible, Sendable {
    var call: String
    var arguments: [UInt64]
    var standard: SeccompAction
    var strict: SeccompAction
    var debug: SeccompAction

    init(
        _ call: String,
        _ arguments: UInt64...,
        is standard: SeccompAction,
        strict: SeccompAction? = nil,
        debug: SeccompAction? = nil
    ) {
        self.call = call
        self.arguments = arguments
        self.standard = standard
        self.strict = strict ?? standard
        self.debug = debug ?? standard
    }

    var testDescription: String { "\(call)(\(arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")))" }

    static let all = calls + sockets

    func action(in profile: SeccompProfileName) -> SeccompAction {
        switch profile {
        case .strict: strict
        case .debug: debug
        default: standard
        }
    }
}

private let eperm = SeccompAction.errno(1)
private let enosys = SeccompAction.errno(38)
private let eafnosupport = SeccompAction.errno(97)
private let high: UInt64 = 1 << 32

private let calls: [Expectation] = [
    // What every program does.
    Expectation("read", is: .allow), Expectation("execve", is: .allow), Expectation("futex", is: .allow),
    Expectation("openat", 0, 0, 0o100, 0o6777, is: .allow), Expectation("fchmod", 3, 0o4755, is: .allow),
    // Dangerous ones.
    Expectation("mount", is: eperm, strict: .notify), Expectation("umount2", is: eperm, strict: .notify),
    Expectation("unshare", 0x1000_0000, is: eperm, strict: .notify), Expectation("setns", is: eperm, strict: .notify),
    Expectation("bpf", is: eperm, strict: .notify), Expectation("keyctl", is: eperm, strict: .notify),
    Expectation("add_key", is: eperm, strict: .notify), Expectation("request_key", is: eperm, strict: .notify),
    Expectation("open_by_handle_at", is: eperm, strict: .notify), Expectation("kexec_load", is: eperm, strict: .notify),
    Expectation("init_module", is: eperm, strict: .notify), Expectation("reboot", is: eperm, strict: .notify),
    Expectation("clock_settime", is: eperm, strict: .notify), Expectation("quotactl", is: eperm, strict: .notify),
    Expectation("fanotify_init", is: eperm, strict: .notify), Expectation("acct", is: eperm, strict: .notify),
    Expectation("perf_event_open", is: eperm, strict: .notify, debug: .allow),
    Expectation("userfaultfd", is: eperm, strict: .notify, debug: .allow),
    // Refused without a fuss.
    Expectation("sethostname", is: eperm), Expectation("move_pages", is: eperm),
    Expectation("pidfd_getfd", is: eperm, debug: .allow),
    // Hidden, so that libraries fall back.
    Expectation("clone3", is: enosys), Expectation("io_uring_setup", is: enosys),
    Expectation("io_uring_enter", is: enosys),
    Expectation("io_uring_register", is: enosys), Expectation("open_tree", is: enosys),
    Expectation("fsopen", is: enosys),
    Expectation("mount_setattr", is: enosys), Expectation("move_mount", is: enosys),
    // Looking into other processes, NUMA, locks.
    Expectation("ptrace", is: .allow, strict: eperm), Expectation("process_vm_readv", is: .allow, strict: eperm),
    Expectation("process_vm_writev", is: .allow, strict: eperm), Expectation("kcmp", is: .allow, strict: eperm),
    Expectation("get_mempolicy", is: .allow, strict: eperm), Expectation("mbind", is: .allow, strict: eperm),
    Expectation("name_to_handle_at", is: .allow, strict: eperm), Expectation("flock", 3, 2, is: .allow, strict: eperm),
    Expectation("fcntl", 3, 6, is: .allow, strict: eperm), Expectation("fcntl", 3, 7, is: .allow, strict: eperm),
    Expectation("fcntl", 3, 37, is: .allow, strict: eperm), Expectation("fcntl", 3, 38, is: .allow, strict: eperm),
    Expectation("fcntl", 3, 1024, is: .allow, strict: eperm), Expectation("fcntl", 3, 5, is: .allow),
    Expectation("fcntl", 3, high | 6, is: .allow, strict: eperm), Expectation("fcntl", 3, 1030, is: .allow),
    // Processes, but no namespaces.
    Expectation("clone", 0x11, is: .allow), Expectation("clone", 0x3d0f00, is: .allow),
    Expectation("clone", 0x1000_0011, is: eperm, strict: .notify),
    Expectation("clone", 0x2_0000, is: eperm, strict: .notify),
    Expectation("clone", 0x7e02_0000, is: eperm, strict: .notify),
    Expectation("clone", 0x4000_0000, is: eperm, strict: .notify),
    Expectation("clone", 0x200_0011, is: eperm, strict: .notify),
    Expectation("clone", 0x400_0011, is: eperm, strict: .notify),
    Expectation("clone", 0x800_0011, is: eperm, strict: .notify),
    Expectation("clone", 0x2000_0011, is: eperm, strict: .notify), Expectation("clone", high | 0x11, is: .allow),
    // Terminals, also with the upper half set, which the kernel does not look at.
    Expectation("ioctl", 0, 0x5401, is: .allow), Expectation("ioctl", 0, 0x5412, is: eperm),
    Expectation("ioctl", 0, 0x541c, is: eperm), Expectation("ioctl", 0, high | 0x5412, is: eperm),
    Expectation("ioctl", 0, 0xffff_ffff_0000_541c, is: eperm), Expectation("ioctl", 0, 0x1_5412, is: .allow),
    Expectation("personality", 0, is: .allow), Expectation("personality", 0x8, is: .allow),
    Expectation("personality", 0x2_0000, is: .allow), Expectation("personality", 0x2_0008, is: .allow),
    Expectation("personality", 0x4_0000, is: .allow), Expectation("personality", 0x6_0000, is: .allow),
    Expectation("personality", 0xffff_ffff, is: .allow), Expectation("personality", UInt64.max, is: .allow),
    Expectation("personality", 0x40_0000, is: eperm, debug: .allow),
    Expectation("personality", 1, is: eperm, debug: .allow),
    // Limits, as long as nobody asked to guard the core limit.
    Expectation("setrlimit", 4, is: .allow), Expectation("prlimit64", 0, 4, 0x7fff_0000, is: .allow),
    // Unknown numbers do not exist.
    Expectation("nfsservctl", is: enosys), Expectation("uselib", is: enosys),
]

private let sockets: [Expectation] = ["socket", "socketpair"].flatMap { call in
    [
        Expectation(call, 1, 1, 0, is: .allow), Expectation(call, 2, 2, 17, is: .allow),
        Expectation(call, 10, 0x80801, 6, is: .allow), Expectation(call, high | 2, 1, 0, is: .allow),
        Expectation(call, 16, 3, 0, is: .allow), Expectation(call, 16, 3, high, is: .allow),
        Expectation(call, 16, 3, 12, is: eafnosupport), Expectation(call, 16, 3, 6, is: eafnosupport),
        // SOCK_PACKET by the old door.
        Expectation(call, 2, 10, 0x300, is: eafnosupport), Expectation(call, 2, 0x8080a, 0x300, is: eafnosupport),
    ]
        + ([0, 15, 17, 21, 29, 33, 38, 40, 44, 45, 46, 1 << 31, 0xffff_ffff, high | 40] as [UInt64]).map {
            Expectation(call, $0, 1, 0, is: eafnosupport)
        } + (3...9).map { Expectation(call, $0, 1, 0, is: eafnosupport) }
}
