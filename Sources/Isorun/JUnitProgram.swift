internal import Glibc
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem
internal import SystemPackage

/// The reporting program, which links libxml2 so that the launching one need not, and in whose process a job's own
/// XML is parsed.
struct JUnitProgram {
    var dialect: String

    /// Has the report written from the events and the job's own JUnit files.
    ///
    /// A pipe is opened here: whoever waits for its reader has to hear the signals that end isorun, and that program
    /// hears none, for it ends with what it reads.
    func write(_ events: String, _ job: FinishedJob, to target: ReportTarget) throws(ReportProblem) {
        let path = target.path
        guard let program = Self.path else {
            throw ReportProblem(
                "cannot write the JUnit report (\(path)): isorun-report is not beside isorun nor in ../libexec/isorun"
            )
        }
        let stream = target.isReplaceable ? nil : target.resolvedPath
        var arguments = [program, "junit", "--output", stream == nil ? path : "-", "--dialect", dialect]
        do throws(SystemError) {
            let input = try MemoryFile(events)
            let collected = try MemoryFile(job.collectedReports)
            if !job.junitFiles.isEmpty { arguments += ["--collected", collected.path] }
            var pipe: OwnedDescriptor?
            if let stream {
                let raw = unsafe open(stream, O_WRONLY | O_NOCTTY | O_CLOEXEC)
                pipe = try OwnedDescriptor(raw < 0 ? -errno : raw, "write the JUnit report", path)
            }
            let output = pipe?.borrowed
            let status = try Program.run(arguments, input: input.descriptor.borrowed, output: output)
            if status != 0 {
                throw SystemError("write the JUnit report", path, .ioError, detail: "isorun-report: \(status)")
            }
        } catch {
            throw ReportProblem("\(error)")
        }
    }

    /// Where it is.
    static var path: String? { SiblingProgram.path(of: "isorun-report") }
}
