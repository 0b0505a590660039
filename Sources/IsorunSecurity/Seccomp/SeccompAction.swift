/// What the kernel does with a system call, `seccomp(2)`.
public enum SeccompAction: Hashable, Sendable {
    /// The call is made.
    case allow
    /// The call is made and written to the audit log (Linux 4.14).
    case log
    /// The call is not made and returns this error number.
    case errno(UInt16)
    /// The process that asked is killed with SIGSYS (Linux 4.14).
    case killProcess
    /// isorun's keeper is told the number and the ABI, and ends the job (Linux 5.0).
    case notify
    /// A tracer is told this number; without one the call returns ENOSYS.
    case trace(UInt16)
    /// The thread gets SIGSYS, which it may handle.
    case trap

    /// Whether the call is made under this action.
    public var letsPass: Bool { self == .allow || self == .log }

    /// The value a BPF program returns for it: `SECCOMP_RET_*` of `<linux/seccomp.h>`.
    package var returnValue: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .log: 0x7ffc_0000
        case .errno(let number): 0x0005_0000 | UInt32(number)
        case .killProcess: 0x8000_0000
        case .notify: 0x7fc0_0000
        case .trace(let number): 0x7ff0_0000 | UInt32(number)
        // libseccomp takes no number with it.
        case .trap: 0x0003_0000
        }
    }
}
