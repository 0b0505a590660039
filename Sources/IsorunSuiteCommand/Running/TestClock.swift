import Glibc
import IsorunFrameworks
import IsorunSandbox
import IsorunSystem
import SystemPackage

/// Gives each test of a container that many share the time that a test alone has: where none begins or ends for that
/// long, the one that runs hangs, and the container is ended.
final class TestClock: JobAttendant {
    private let limit: UInt64
    private let timer: Timer
    private let report: FilePath?
    private var output: MarkSearch
    private var reported: MarkSearch
    private var read = 0
    private var deadline = UInt64.max
    /// Whether it ended the container.
    private(set) var hasEnded = false

    // A report is looked at so often at least, and often enough that a deadline is met to a twentieth.
    private static let mostPatience: UInt64 = 1_000_000_000

    /// Makes a clock for tests of a framework; nil where that shows nothing while it runs.
    init?(limit: Duration, of framework: any Framework, report: String?) {
        let marks = framework.marks
        guard !marks.isEmpty, let timer = try? Timer() else { return nil }
        self.limit = limit.nanoseconds
        self.timer = timer
        self.report = marks.report.isEmpty ? nil : report.map { FilePath($0) }
        output = MarkSearch(marks.output)
        reported = MarkSearch(marks.report)
    }

    var readiness: Int32 { timer.descriptor.raw }

    func begin(with job: any RunningJob) {
        goOn()
        arm()
    }

    func attend(to job: any RunningJob) {
        timer.acknowledge()
        guard !hasEnded else { return }
        lookAtReport(of: job)
        guard Clock.now >= deadline else { return arm() }
        hasEnded = true
        job.endForTime()
    }

    func take(input: consuming OwnedDescriptor) {}

    func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream) {
        if stream == .output, unsafe output.finds(in: bytes) { goOn() }
    }

    private func lookAtReport(of job: any RunningJob) {
        guard let report else { return }
        // What is written faster than it is read here is no hang.
        while let bytes = job.written(to: report, from: read), !bytes.isEmpty {
            read += bytes.count
            if unsafe bytes.withUnsafeBytes({ unsafe reported.finds(in: $0) }) { return goOn() }
        }
    }

    private func goOn() {
        let (sum, overflow) = Clock.now.addingReportingOverflow(limit)
        deadline = overflow ? .max : sum
    }

    // What moves the deadline on need not move the timer: it is set again when it fires.
    private func arm() {
        guard report != nil else { return timer.set(deadline) }
        timer.set(min(deadline, Clock.now + min(max(limit / 20, 1_000_000), Self.mostPatience)))
    }
}

/// Looks for words in bytes that come in pieces.
struct MarkSearch {
    private let marks: [[UInt8]]
    private let longest: Int
    private var carried: [UInt8] = []

    init(_ marks: [String]) {
        self.marks = marks.map { Array($0.utf8) }
        longest = self.marks.map(\.count).max() ?? 0
    }

    /// Whether one of them is in this piece, or begins in the one before it and ends here.
    mutating func finds(in piece: UnsafeRawBufferPointer) -> Bool {
        guard longest > 0 else { return false }
        let bytes = unsafe carried + piece
        carried = Array(bytes.suffix(longest - 1))
        return unsafe bytes.withUnsafeBytes { bytes in marks.contains { unsafe Self.has($0, in: bytes) } }
    }

    private static func has(_ mark: [UInt8], in bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, let first = mark.first else { return false }
        var start = 0
        while bytes.count - start >= mark.count,
            let found = unsafe memchr(base + start, Int32(first), bytes.count - start - mark.count + 1)
        {
            if unsafe memcmp(found, mark, mark.count) == 0 { return true }
            start = unsafe UnsafeRawPointer(found) - base + 1
        }
        return false
    }
}
