/// A system call filter as a value: which calls are allowed, which are refused and how, and what happens to the rest.
///
/// A call is decided in three stages, the first that matches wins:
/// 1. ``overrides``, and refusals that name arguments (`ioctl` with TIOCSTI → EPERM);
/// 2. rules that let pass, with or without arguments;
/// 3. refusals of a whole call; then ``defaultAction``.
///
/// So a condition can narrow a call that is allowed, and a call that is allowed for some arguments can have an
/// error of its own for the others. libseccomp alone can express neither: there an unconditional rule silently
/// swallows every rule with arguments for the same call, and a rule whose action is the default's is dropped.
public struct SeccompProfile: Hashable, Sendable {
    /// The name, for reports.
    public var name: String
    /// What happens to a call that no rule matches.
    public var defaultAction: SeccompAction
    /// What happens to a call of another ABI than the native one: on x86-64 those of i386 (`int 0x80`) and of x32.
    public var foreignABIAction: SeccompAction
    /// Architectures that the profile names, by libseccomp's names; only the native one is ever compiled in.
    ///
    /// Foreign ones stay refused: i386 reaches sockets through `socketcall`, whose arguments no filter can see,
    /// and x32 had holes of its own (CVE-2014-0038).
    public var architectures: [String]
    /// The rules, in the order of the table they come from.
    public var syscalls: [SyscallRule]
    /// Refusals that come before everything, also before a rule that allows the call: what the sandbox itself needs.
    public var overrides: [SyscallRule] = []

    /// Makes a profile.
    public init(
        name: String,
        defaultAction: SeccompAction,
        foreignABIAction: SeccompAction,
        architectures: [String] = [],
        syscalls: [SyscallRule]
    ) {
        self.name = name
        self.defaultAction = defaultAction
        self.foreignABIAction = foreignABIAction
        self.architectures = architectures
        self.syscalls = syscalls
    }

    /// Whether some call is reported to the keeper.
    public var usesNotification: Bool {
        defaultAction == .notify || foreignABIAction == .notify
            || (syscalls + overrides).contains { $0.action == .notify }
    }
}

/// One action for some calls, where all conditions hold.
public struct SyscallRule: Hashable, Sendable {
    /// Names as in the kernel's tables; those that the native architecture does not have are left out.
    public var names: [String]
    /// What happens to the call.
    public var action: SeccompAction
    /// Conditions that must all hold; each argument may be named once.
    public var arguments: [ArgumentCondition]

    /// Makes a rule.
    public init(_ names: [String], _ action: SeccompAction, when arguments: [ArgumentCondition] = []) {
        self.names = names
        self.action = action
        self.arguments = arguments
    }
}
