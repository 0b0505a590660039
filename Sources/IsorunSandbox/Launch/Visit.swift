internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
package import IsorunModel
package import IsorunSystem
internal import IsorunPlanning
internal import IsorunSecurity
package import SystemPackage

/// A command to be executed in a container that runs: `exec`.
package struct VisitRequest: Sendable {
    /// The program and its arguments.
    package var arguments: [ByteString]
    /// Variables that are added to the job's, `K=V`.
    package var environment: [ByteString] = []
    /// The directory inside; nil is the job's.
    package var workdir: FilePath?
    /// User and group inside; nil is the job's.
    package var user: UserSpec?
    /// Whether it gets a terminal of its own.
    package var terminal = false
    /// Rows and columns of the terminal.
    package var terminalSize: UInt64 = 24 << 16 | 80
    /// What it gets as 0, 1 and 2 where it has no terminal; they stay the caller's.
    package var streams: [Int32] = []

    package init(_ arguments: [ByteString]) {
        self.arguments = arguments
    }
}

/// A command that was started in a container, as its keeper sees it: what happens to it is told by the kernel.
package final class Visit {
    /// What happened.
    package enum Event: ~Copyable {
        /// Its terminal's other side.
        case terminal(OwnedDescriptor)
        /// Its execve succeeded.
        case started
        /// It could not be executed.
        case failed(SandboxError)
        /// The filter caught a call of it.
        case violation(syscall: String)
        /// It ended: its exit code, or 128 and the signal's number.
        case ended(Int32)
    }

    private let plan: SandboxPlan
    private let poller: Poller
    private let visitor: OwnedDescriptor
    private let control: OwnedDescriptor
    private var process: OwnedDescriptor?
    private var listener: OwnedDescriptor?
    private var failure: SandboxError?
    private var isVisitorReaped = false
    private var isProcessReaped = false
    private var isControlClosed = false

    private enum Token: UInt64 { case control, process, visitor, listener }

    /// The command's id, by its pidfd's entry in /proc; nil before it is there and after its end.
    var pid: Int32? {
        guard !isProcessReaped, let raw = process?.raw else { return nil }
        return Pidfd.pid(raw)
    }

    /// Readable while there is something to hear.
    package var readiness: Int32 { poller.raw }

    /// Whether nothing more will come: until then somebody has to listen, for the kernel ends no container with a
    /// process that nobody has waited for.
    package var isOver: Bool { isVisitorReaped && isControlClosed && (process == nil || isProcessReaped) }

    init(plan: SandboxPlan, visitor: consuming OwnedDescriptor, control: consuming OwnedDescriptor) throws(SystemError)
    {
        let poller = try Poller()
        _ = try poller.add(control.raw, .readable, token: Token.control.rawValue)
        _ = try poller.add(visitor.raw, .readable, token: Token.visitor.rawValue)
        self.plan = plan
        self.poller = poller
        self.visitor = visitor
        self.control = control
    }

    /// Kills the command and what it has started; false where it is not there yet.
    func kill() -> Bool {
        guard let pid, let raw = process?.raw else { return false }
        // It leads a session, and until this process waits for it the number is nobody else's.
        _ = Glibc.kill(-pid, SIGKILL)
        _ = isorun_pidfd_signal(raw, SIGKILL)
        return true
    }

    /// Takes in what there is, without waiting, and tells each event in order.
    package func hear(_ tell: (consuming Event) -> Void) {
        let ready = ((try? poller.wait(milliseconds: 0)) ?? []).sorted { $0.token < $1.token }
        for (token, _) in ready {
            switch Token(rawValue: token) {
            case .control: hearControl(tell)
            case .process: hearEnd(tell)
            case .visitor: reapVisitor()
            case .listener: hearViolation(tell)
            case nil: break
            }
        }
    }

    private func hearControl(_ tell: (consuming Event) -> Void) {
        var report = isorun_report()
        var raw: Int32 = -1
        let size = MemoryLayout<isorun_report>.size
        let length = unsafe isorun_receive(control.raw, &report, size, &raw)
        guard length == size else {
            poller.remove(control.raw)
            isControlClosed = true
            // Whoever is left of them has closed it by then, the command by its execve.
            if let failure { tell(.failed(failure)) } else { tell(.started) }
            return
        }
        var descriptor = raw >= 0 ? OwnedDescriptor(raw) : nil
        switch isorun_report_kind(report.kind) {
        case ISORUN_REPORT_FAILED: failure = SetupFailure.error(report, plan: plan)
        case ISORUN_REPORT_ENTERED:
            guard let command = descriptor.take() else { return }
            _ = try? poller.add(command.raw, .readable, token: Token.process.rawValue)
            process = consume command
        case ISORUN_REPORT_TERMINAL: if let master = descriptor.take() { tell(.terminal(master)) }
        case ISORUN_REPORT_LISTENER:
            guard let listener = descriptor.take() else { return }
            _ = try? poller.add(listener.raw, .readable, token: Token.listener.rawValue)
            self.listener = consume listener
        default: break
        }
    }

    private func hearEnd(_ tell: (consuming Event) -> Void) {
        guard let raw = process?.raw else { return }
        var end = isorun_end()
        guard unsafe isorun_pidfd_wait(raw, 0, &end) == 1 else { return }
        poller.remove(raw)
        isProcessReaped = true
        // What it said of its start comes before its end.
        if failure == nil { tell(.ended(end.code == 1 ? end.status : 128 + end.status)) }
    }

    private func reapVisitor() {
        var end = isorun_end()
        guard unsafe isorun_pidfd_wait(visitor.raw, 0, &end) == 1 else { return }
        poller.remove(visitor.raw)
        isVisitorReaped = true
    }

    private func hearViolation(_ tell: (consuming Event) -> Void) {
        guard let raw = listener?.raw else { return }
        var violation = isorun_violation()
        let result = unsafe isorun_seccomp_receive(raw, &violation)
        if result == -EAGAIN || result == -ENOENT { return }
        guard result == 0 else { return poller.remove(raw) }
        tell(.violation(syscall: syscallName(number: violation.number, auditArch: violation.architecture)))
    }
}
