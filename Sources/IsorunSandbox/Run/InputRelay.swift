internal import Glibc
internal import IsorunSystem

/// Carries the keeper's standard input to the job, no faster than the job reads it.
struct InputRelay: ~Copyable {
    private let source: Int32
    private var target: OwnedDescriptor?
    private var pending: [UInt8] = []
    private var start = 0
    private(set) var isOpen = true

    init(from source: Int32, to target: consuming OwnedDescriptor) {
        _ = fcntl(target.raw, F_SETFL, O_NONBLOCK)
        self.source = source
        self.targetDescriptor = target.raw
        self.target = consume target
    }

    var isBlocked: Bool { start < pending.count }
    private(set) var targetDescriptor: Int32?

    /// Reads once and passes on.
    ///
    /// The job's end of file comes when the source's has.
    mutating func pump() {
        guard isOpen, !isBlocked else { return }
        var buffer = [UInt8](repeating: 0, count: 32768)
        let count = unsafe read(source, &buffer, buffer.count)
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return }
        if count <= 0 { return close() }
        pending = Array(buffer[..<count])
        start = 0
        flush()
    }

    /// Tries again to pass on what waits.
    mutating func flush() {
        guard isBlocked, let raw = targetDescriptor else { return }
        let offset = start
        let count = unsafe pending.withUnsafeBytes {
            unsafe write(raw, $0.baseAddress?.advanced(by: offset), $0.count - offset)
        }
        if count > 0 { start += count }
        // The job has closed its input, which is its right: the rest is not read.
        if count < 0 && errno != EAGAIN && errno != EINTR { close() }
    }

    mutating func close() {
        isOpen = false
        pending = []
        start = 0
        target = nil
        targetDescriptor = nil
    }
}
