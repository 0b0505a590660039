import Glibc
import IsorunProgress
import IsorunSystem
import SystemPackage

/// GitHub's summary of a step.
enum StepSummary {
    /// Appends what a terminal has heard, where this is a step of GitHub's.
    static func append(_ terminal: SuiteTerminal, _ totals: SuiteTotals) {
        guard let path = Environment.value("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return }
        guard Environment.isSet("GITHUB_ACTIONS") else { return }
        append(terminal.stepSummary(totals), to: path)
    }

    private static func append(_ text: String, to path: String) {
        let raw = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        do throws(SystemError) {
            guard raw >= 0 else { throw SystemError("open", path, Errno(rawValue: errno)) }
            try OwnedDescriptor(raw).write(all: text.utf8)
        } catch {
            Say.error("note: the summary of this step cannot be written: \(path): \(error)")
        }
    }
}
