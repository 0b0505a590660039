internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Carries one stream of the job to one of the keeper's, live, and keeps its head and tail for the reports.
///
/// isorun owns both ends of the job's pipe: what the job does to its own end (O_NONBLOCK, truncation) reaches nobody.
struct StreamRelay: ~Copyable {
    /// What reading gave.
    enum Progress { case read, blocked, ended }

    let source: OwnedDescriptor
    private var sink: OutputSink?
    private let listener: (any JobAttendant)?
    private let stream: JobStream
    private(set) var capture: OutputCapture
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// Bytes past the allowance, which nobody has.
    private(set) var dropped: UInt64 = 0
    private(set) var isOpen = true

    private static let chunk = 65536

    init(
        _ source: consuming OwnedDescriptor,
        to sink: OutputSink?,
        keeping limit: Int,
        heardBy listener: (any JobAttendant)? = nil,
        as stream: JobStream = .output
    ) {
        self.source = source
        self.sink = sink
        self.listener = listener
        self.stream = stream
        self.capture = OutputCapture(limit: limit)
    }

    /// Whether bytes wait for the sink; while they do, nothing more is read, and the job's own writes wait.
    var isBlocked: Bool { pendingStart < pending.count }
    var sinkDescriptor: Int32? { sink?.waitDescriptor }
    /// Why the sink took no more, where that is not that its reader has gone.
    var sinkFailure: Errno? { sink?.failure }

    /// Reads once and passes on; what is past the allowance is counted out and dropped.
    mutating func pump(allowance: UInt64, buffer: UnsafeMutableRawBufferPointer) -> Progress {
        guard isOpen else { return .ended }
        if isBlocked { flush() }
        if isBlocked { return .blocked }
        let count = unsafe read(source.raw, buffer.baseAddress, min(buffer.count, Self.chunk))
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return .blocked }
        // EIO is how a pty says that its other side is closed.
        if count <= 0 {
            isOpen = false
            return .ended
        }
        let allowed = min(count, Int(clamping: allowance))
        dropped += UInt64(count - allowed)
        unsafe pass(UnsafeRawBufferPointer(rebasing: buffer[..<allowed]))
        return .read
    }

    private mutating func pass(_ data: UnsafeRawBufferPointer) {
        unsafe capture.append(data)
        unsafe listener?.hear(data, from: stream)
        guard let taken = unsafe sink?.write(data) else { return }
        if taken < data.count {
            pending = unsafe Array(data[taken...])
            pendingStart = 0
        }
    }

    /// Tries again to pass on what waits.
    mutating func flush() {
        guard isBlocked else { return }
        let start = pendingStart
        let taken = unsafe pending.withUnsafeBytes { bytes in
            unsafe sink?.write(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        pendingStart += taken ?? pending.count
        if !isBlocked { pending.removeAll(keepingCapacity: true); pendingStart = 0 }
    }

    /// Passes the rest on, waiting for the reader until a time at most; what is left then only the reports have.
    ///
    /// - Parameters:
    ///   - deadline: when the reader is given up; nil waits for as long as it takes.
    ///   - interrupt: a descriptor whose readiness is a reason to ask `isOver`.
    ///   - isOver: whether the reader is given up at once.
    mutating func finish(deadline: UInt64?, interrupt: Int32? = nil, isOver: () -> Bool = { false }) {
        while isBlocked {
            let now = Clock.now
            let left = deadline.map { $0 > now ? Int32(clamping: ($0 - now) / 1_000_000 + 1) : 0 } ?? 1000
            if left == 0 || isOver() {
                pending = []
                pendingStart = 0
                return
            }
            sink?.wait(milliseconds: left, orUntil: interrupt)
            flush()
        }
    }

    /// What the reports say of it.
    var counts: StreamCounts {
        var counts = StreamCounts()
        counts.bytes = capture.bytes + dropped
        counts.truncated = dropped > 0 || capture.captured.omitted > 0
        return counts
    }
}
