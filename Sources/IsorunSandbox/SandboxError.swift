public import IsorunSystem
public import SystemPackage

/// Why a container could not be made or its job not be started; nothing of the job ran.
public struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which exit code it means.
    public enum Kind: Hashable, Sendable {
        /// isorun or the host: exit 125.
        case setup
        /// The command cannot be executed: exit 126.
        case notExecutable
        /// The command was not found: exit 127.
        case notFound
    }
    /// Which exit code it means.
    public var kind: Kind
    /// The step of the plan that failed.
    public var step: String
    /// The object it failed on.
    public var subject: String
    /// The kernel's answer, where it was the kernel's.
    public var errno: Errno?
    /// The limit it was about, with its value: `memory limit of 512.0 MiB`.
    public var limit: String?
    /// What was said beyond the number.
    public var detail: String?
    /// What to do.
    public var hint: String?

    /// Makes an error.
    public init(
        _ kind: Kind = .setup,
        step: String,
        subject: String = "",
        errno: Errno? = nil,
        detail: String? = nil,
        hint: String? = nil
    ) {
        self.kind = kind
        self.step = step
        self.subject = subject
        self.errno = errno
        self.detail = detail
        self.hint = hint ?? errno.flatMap { Hints.hint(step: step, errno: $0) }
    }

    /// Takes over a failed system call of the keeper's.
    public init(_ error: SystemError) {
        self.init(step: error.action, subject: error.subject, errno: error.errno, detail: error.detail)
    }

    /// What, on which object, the kernel's answer, what to do.
    public var description: String {
        var text = (limit.map { "\($0): " } ?? "") + "cannot \(step)"
        if !subject.isEmpty && !step.contains(subject) { text += ": \(subject)" }
        if let errno { text += ": \(errno.text)" }
        if let detail { text += ": \(detail)" }
        if let hint { text += "\n  \(hint)" }
        return text
    }
}
