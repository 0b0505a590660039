import Glibc

/// A report that grows line by line while the run goes on, for whoever follows it.
///
/// Each line is one `write(2)` to a file opened for appending: killed at any moment, isorun leaves whole lines.
public struct GrowingFile: ~Copyable, Sendable {
    private let target: ReportTarget
    private let file: OpenFile

    /// Begins a new file, or opens the pipe or device; `open(2)`.
    ///
    /// - Returns: nil for standard output, which has the job's own output first.
    /// - Throws: `ReportingError` with the kernel's answer.
    public static func begin(_ target: ReportTarget) throws(ReportingError) -> GrowingFile? {
        do throws(FileFailure) {
            guard let hold = target.hold else { return nil }
            guard case .file(_, let name) = target.place else {
                return GrowingFile(target: target, file: try OpenFile(hold.path, flags: O_WRONLY | O_NOCTTY))
            }
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW
            let file = try OpenFile(name, in: hold.number, flags: flags, mode: 0o644)
            return GrowingFile(target: target, file: file)
        } catch {
            throw ReportingError(.system, "cannot write the report", target.path, errno: error.errno)
        }
    }

    private init(target: ReportTarget, file: consuming OpenFile) {
        self.target = target
        self.file = file
    }

    /// Appends a line with its end; `write(2)`.
    public func append(_ line: String) throws(ReportingError) {
        do throws(FileFailure) {
            try file.write(Array(line.utf8))
        } catch {
            throw ReportingError(.system, "cannot write the report", target.path, errno: error.errno)
        }
    }

    /// Makes what was written durable; `fsync(2)`.
    public func finish() throws(ReportingError) {
        do throws(FileFailure) {
            if target.isReplaceable { try file.synchronize() }
        } catch {
            throw ReportingError(.system, "cannot write the report", target.path, errno: error.errno)
        }
    }
}
