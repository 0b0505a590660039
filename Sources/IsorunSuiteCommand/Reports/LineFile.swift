import Glibc
import IsorunReporting
import IsorunSystem
import SystemPackage

/// A file that grows by whole lines: each is one write, so a killed isorun leaves at most the last one cut.
final class LineFile {
    private var descriptor: OwnedDescriptor
    private(set) var failure: String?
    /// The kernel's answer to the write that failed.
    private(set) var errno: Errno?
    private let path: String
    /// Lines that take the place of what stands there all at once, by ``settle()``.
    private var held: [UInt8]?

    /// Makes the file, or empties it; `-` is standard output.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - keepsFormer: whether a regular file stays as it is until ``settle()``.
    init?(_ path: String, keepsFormer: Bool = false) {
        self.path = path
        let kept = keepsFormer && Self.isRegular(path)
        let raw =
            path == "-"
            ? dup(STDOUT_FILENO)
            : unsafe open(path, O_WRONLY | O_CREAT | (kept ? 0 : O_TRUNC) | O_CLOEXEC | O_NOCTTY, 0o644)
        guard raw >= 0 else { return nil }
        descriptor = OwnedDescriptor(raw)
        if kept { held = [] }
    }

    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return unsafe path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    func write(_ line: String) {
        guard failure == nil else { return }
        if held != nil {
            held?.append(contentsOf: line.utf8)
            return
        }
        guard let answer = SharedStream.write(line.utf8, to: descriptor.raw) else { return }
        failure = "\(path): \(SystemError("write", "", answer))"
        errno = answer
    }

    /// Puts what was written until now in the place of what stood there, in one step; the lines that come grow behind it.
    func settle() {
        guard let lines = held else { return }
        held = nil
        do throws(ReportingError) {
            try AtomicFile.write(lines, to: try ReportTarget.check(path))
        } catch {
            failure = "\(error)"
            return
        }
        let raw = unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)
        guard raw >= 0 else {
            failure = "\(path): \(SystemError("open", "", Errno(rawValue: Glibc.errno)))"
            return
        }
        descriptor = OwnedDescriptor(raw)
    }
}
