import Glibc
import IsorunFrameworks
import IsorunModel
import IsorunSandbox
import IsorunSystem
import SystemPackage

/// Gives each test of a container that many share what a test alone has of time and of output: where none begins or ends
/// for that long, the one that runs hangs, and where none does while so much is written, it floods; then the container
/// is ended.
final class TestWatch: JobAttendant {
    /// What a test may not have more of.
    struct Limits {
        var time: Duration?
        var output: ByteCount
    }

    /// Why it ended the container.
    enum End: Equatable {
        case time
        /// The test that ran when this much had been heard of standard output, and read of the report.
        case output(heard: Int, reported: Int)
    }

    private let limits: Limits
    private var timer: Timer
    private let report: FilePath?
    private var output: MarkSearch
    private var reported: MarkSearch
    private var read = 0
    private var written: UInt64 = 0
    /// All that was heard, and how much of it when the report was looked at last.
    private var (heard, heardAtLook): (UInt64, UInt64) = (0, 0)
    private var deadline = UInt64.max
    private(set) var end: End?
    private var hasAsked = false

    // A report is looked at so often at least, and often enough that a deadline is met to a twentieth.
    private static let mostPatience: UInt64 = 1_000_000_000

    // How much may be written between two looks at a report: so much a flood may have more, as nobody knows what of it was
    // written before the marks that are found then.
    private static let unseen: UInt64 = 1 << 20

    private static let mostAtOnce = 64 << 20

    // What the test before had written last may be heard after its mark is read: pipe(7) holds 64 KiB of each stream.
    private static let pipes: UInt64 = 2 << 16

    /// Makes a watch over tests of a framework; nil where that shows nothing while it runs.
    init?(_ limits: Limits, of framework: any Framework, report: String?) {
        let marks = framework.marks
        guard !marks.isEmpty, let timer = try? Timer() else { return nil }
        self.limits = limits
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
        guard !hasAsked else { return }
        lookAtReport(of: job)
        heardAtLook = heard
        if end == nil, isFlooded { end = .output(heard: output.count, reported: read) }
        if end == nil, Clock.now >= deadline { end = .time }
        guard end != nil else { return arm() }
        hasAsked = true
        job.endForTime()
    }

    func take(input: consuming OwnedDescriptor) {}

    func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream) {
        guard end == nil else { return }
        heard += UInt64(bytes.count)
        if stream == .output, unsafe output.finds(in: bytes), let mark = output.last {
            goOn()
            written = UInt64(output.count - mark)
        } else {
            written += UInt64(bytes.count)
        }
        // A report may tell of another test meanwhile, which is looked at first.
        if isFlooded, report == nil { end = .output(heard: output.count, reported: read) }
        if isFlooded || report != nil && heard - heardAtLook >= Self.unseen { timer.set(Clock.now) }
    }

    /// Standard output as it is read: only up to where the test that flooded was found out, whatever came of it before
    /// the container ended, and with the line of the last mark where that is among what was not kept.
    func text(of captured: CapturedOutput) -> [UInt8] {
        var captured = captured
        let lost = captured.head.count..<captured.head.count + Int(clamping: captured.omitted)
        let total = lost.upperBound + captured.tail.count
        if case .output(let heard, _) = end, heard < total {
            captured.tail = Array(captured.tail.dropLast(total - heard))
            captured.head = Array(captured.head.prefix(heard))
        }
        guard let last = output.last, lost.contains(last) else { return captured.text }
        return captured.head + [UInt8(ascii: "\n")] + output.line + [UInt8(ascii: "\n")] + captured.tail
    }

    /// How far the report counts: up to there.
    var reportEnd: Int? {
        guard case .output(_, let reported) = end else { return nil }
        return reported
    }

    /// The container's end in the words of what a test has too much of.
    func tell(_ result: inout JobResult) {
        guard let end, result.outcome == .timedOut else { return }
        switch end {
        case .time: if let limit = limits.time { result.reason = "it ran longer than \(limit.text)" }
        case .output:
            result.outcome = .outputLimit
            result.timedOut = nil
            result.limitsHit = result.limitsHit.map { $0 == .timeout ? .output : $0 }
            result.reason = "it wrote more than \(limits.output) to stdout and stderr"
        }
    }

    private var isFlooded: Bool {
        let (most, overflow) = limits.output.bytes.addingReportingOverflow(Self.pipes)
        return !overflow && written > most
    }

    private func lookAtReport(of job: any RunningJob) {
        guard let report else { return }
        var isMarked = false
        // No test may hold the clock up by writing faster than is read here.
        let most = read + Self.mostAtOnce
        while read < most, let bytes = job.written(to: report, from: read), !bytes.isEmpty {
            read += bytes.count
            isMarked = unsafe bytes.withUnsafeBytes { unsafe reported.finds(in: $0) } || isMarked
        }
        guard isMarked else { return }
        written = 0
        goOn()
    }

    private func goOn() {
        guard let limit = limits.time else { return }
        let (sum, overflow) = Clock.now.addingReportingOverflow(limit.nanoseconds)
        deadline = overflow ? .max : sum
    }

    // What moves the deadline on need not move the timer: it is set again when it fires.
    private func arm() {
        guard report != nil, let limit = limits.time else { return timer.set(deadline) }
        timer.set(min(deadline, Clock.now + min(max(limit.nanoseconds / 20, 1_000_000), Self.mostPatience)))
    }
}
