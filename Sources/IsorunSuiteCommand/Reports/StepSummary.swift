import Glibc
import IsorunSystem

/// GitHub's summary of a step.
enum StepSummary {
    static func append(_ text: String, to path: String) {
        let raw = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard raw >= 0 else { return }
        try? OwnedDescriptor(raw).write(all: text.utf8)
    }
}
