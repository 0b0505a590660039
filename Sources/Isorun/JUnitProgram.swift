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

    /// Has the report written from the events, the job's own JUnit files among them.
    ///
    /// A pipe is opened here: whoever waits for its reader has to hear the signals that end isorun, and that program
    /// hears none, for it ends with what it reads.
    func write(_ events: String, to target: ReportTarget) throws(ReportProblem) {
        let path = target.path
        guard let program = Self.path else {
            throw ReportProblem(
                "cannot write the JUnit report (\(path)): isorun-report is not beside isorun nor in ../libexec/isorun"
            )
        }
        let arguments = [program, "junit", "--dialect", dialect, "--shown", path, "--output"]
        do throws(SystemError) {
            let input = try MemoryFile(events)
            func run(_ place: String, output: FileDescriptor? = nil) throws(SystemError) -> Int32 {
                try Program.run(arguments + [place], input: input.descriptor.borrowed, output: output)
            }
            let status: Int32
            if target.isReplaceable {
                status = try target.withInheritedPath { (place) throws(SystemError) in try run(place) }
            } else {
                let pipe = try target.isStandardOutput ? nil : Self.open(target)
                status = try run("-", output: pipe?.borrowed)
            }
            if status != 0 {
                throw SystemError("write the JUnit report", path, .ioError, detail: "isorun-report: \(status)")
            }
        } catch {
            throw ReportProblem("\(error)")
        }
    }

    private static func open(_ target: ReportTarget) throws(SystemError) -> OwnedDescriptor {
        let raw = target.withInheritedPath { unsafe Glibc.open($0, O_WRONLY | O_NOCTTY | O_CLOEXEC) }
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "write the JUnit report", target.path)
    }

    /// Where it is.
    static var path: String? { SiblingProgram.path(of: "isorun-report") }
}
