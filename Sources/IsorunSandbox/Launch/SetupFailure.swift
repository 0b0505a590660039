internal import CIsorunChild
internal import IsorunPlanning
internal import SystemPackage

/// Turns the child's report of a failed step into an error that names the step of the plan.
enum SetupFailure {
    static func error(_ report: isorun_report, plan: SandboxPlan) -> SandboxError {
        let index = Int(report.step)
        let step = index < plan.setup.count ? plan.setup[index] : .becomeInit
        let errno = Errno(rawValue: report.error)
        let subject = subject(report)
        guard case .execute(let program) = step else {
            let hint = Hints.hint(step: "\(step) \(subject)", errno: errno)
            return SandboxError(step: step.description, subject: subject, errno: errno, hint: hint)
        }
        if errno == .noSuchFileOrDirectory { return notFound(program, subject) }
        return SandboxError(.notExecutable, step: "execute \(program)", subject: subject, errno: errno)
    }

    private static func notFound(_ program: String, _ subject: String) -> SandboxError {
        let hint =
            program.contains("/")
            ? "no such file inside the container, or its interpreter (the #! line, the dynamic linker) is missing there"
            : "it is in no directory of the container's PATH; the host's hidden directories are not searched"
        return SandboxError(.notFound, step: "find the command \(program)", errno: .noSuchFileOrDirectory, hint: hint)
    }

    private static func subject(_ report: isorun_report) -> String {
        var report = report
        return unsafe withUnsafeBytes(of: &report.subject) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
