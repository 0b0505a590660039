internal import IsorunModel

/// Keeps the head and the tail of a stream in bounded memory, and counts all of it.
struct OutputCapture {
    private(set) var bytes: UInt64 = 0
    private var head: [UInt8] = []
    private var ring: [UInt8] = []
    private var ringStart = 0
    private let limit: Int

    /// - Parameter limit: bytes kept of the head, and as many of the tail; 0 keeps none.
    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ data: UnsafeRawBufferPointer) {
        bytes += UInt64(data.count)
        guard limit > 0 else { return }
        let headRoom = min(limit - head.count, data.count)
        unsafe head.append(contentsOf: data.prefix(headRoom))
        for byte in unsafe Array(data.dropFirst(headRoom).suffix(limit)) {
            if ring.count < limit {
                ring.append(byte)
            } else {
                ring[ringStart] = byte
                ringStart = ringStart + 1 == limit ? 0 : ringStart + 1
            }
        }
    }

    /// What was kept.
    var captured: CapturedOutput {
        let tail = Array(ring[ringStart...] + ring[..<ringStart])
        let kept = UInt64(head.count + tail.count)
        let omitted = limit > 0 ? bytes - kept : 0
        return omitted == 0
            ? CapturedOutput(head: head + tail) : CapturedOutput(head: head, tail: tail, omitted: omitted)
    }
}
