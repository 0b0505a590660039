import Glibc
import IsorunModel
import IsorunSystem
import Testing

@testable import IsorunSandbox

@Suite struct `What is kept of a stream` {
    private func captured(_ text: String, limit: Int, piece: Int) -> CapturedOutput {
        var capture = OutputCapture(limit: limit)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            unsafe Array(rest.prefix(piece)).withUnsafeBytes { unsafe capture.append($0) }
            rest = rest.dropFirst(piece)
        }
        #expect(capture.bytes == UInt64(text.utf8.count))
        return capture.captured
    }

    // However it came in: the head, the tail, and how much is between.
    @Test(arguments: [1, 2, 3, 5, 7, 64])
    func `is its head and its tail`(piece: Int) {
        let bytes = { (text: String) in Array(text.utf8) }
        #expect(captured("", limit: 4, piece: piece) == CapturedOutput())
        #expect(captured("abcd", limit: 4, piece: piece) == CapturedOutput(head: bytes("abcd")))
        #expect(captured("abcdefgh", limit: 4, piece: piece) == CapturedOutput(head: bytes("abcdefgh")))
        let cut = captured("abcdefghijklm", limit: 4, piece: piece)
        #expect(cut == CapturedOutput(head: bytes("abcd"), tail: bytes("jklm"), omitted: 5))
        #expect(captured("abc", limit: 0, piece: piece) == CapturedOutput())
    }
}

/// A relay between two pipes, and the ends that its tests hold.
@safe private final class Line {
    var relay: StreamRelay
    /// The job's end.
    private var job: OwnedDescriptor?
    /// What the relay writes to, and the end of its reader.
    private let sink: OwnedDescriptor
    private let reader: OwnedDescriptor
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

    init() throws {
        var pipe = try Pipe()
        let source = pipe.reader.take()?.release() ?? -1
        job = pipe.writer.take()
        pipe = try Pipe()
        reader = OwnedDescriptor(pipe.reader.take()?.release() ?? -1)
        sink = OwnedDescriptor(pipe.writer.take()?.release() ?? -1)
        for raw in [source, reader.raw] { _ = fcntl(raw, F_SETFL, O_NONBLOCK) }
        _ = fcntl(sink.raw, Self.setPipeSize, 4096)
        relay = StreamRelay(OwnedDescriptor(source), to: OutputSink(sink.raw), keeping: 1 << 16)
    }

    deinit { unsafe buffer.deallocate() }

    // F_SETPIPE_SZ, fcntl(2); Glibc's module lacks it.
    private static let setPipeSize: Int32 = 1031

    func write(_ bytes: [UInt8]) { _ = unsafe Glibc.write(job?.raw ?? -1, bytes, bytes.count) }
    func close() { job = nil }
    func pump(allowance: UInt64 = .max) -> StreamRelay.Progress {
        unsafe relay.pump(allowance: allowance, buffer: buffer)
    }
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let length = unsafe Glibc.read(reader.raw, &bytes, bytes.count)
        return Array(bytes.prefix(max(length, 0)))
    }
}

@Suite struct `A relay` {
    @Test func `passes bytes on as they are, and says when the stream is over`() throws {
        let line = try Line()
        let before = line.pump()
        #expect(before == .blocked)
        line.write([0, 255, 10, 0])
        let progress = line.pump()
        #expect(progress == .read)
        #expect(line.read() == [0, 255, 10, 0])
        line.close()
        let end = line.pump()
        #expect(end == .ended)
        #expect(!line.relay.isOpen && line.relay.counts.bytes == 4 && !line.relay.counts.truncated)
    }

    @Test func `reads nothing more while its reader waits, and loses nothing`() throws {
        let line = try Line()
        let text = (0..<10000).map { UInt8(truncatingIfNeeded: $0) }
        line.write(text)
        let progress = line.pump()
        #expect(progress == .read)
        let again = line.pump()
        #expect(line.relay.isBlocked && again == .blocked)
        var got: [UInt8] = []
        while got.count < text.count {
            let piece = line.read()
            try #require(!piece.isEmpty)
            got += piece
            line.relay.flush()
        }
        #expect(got == text && !line.relay.isBlocked)
        #expect(line.relay.counts.bytes == 10000)
    }

    @Test func `drops what is past the allowance, and counts it`() throws {
        let line = try Line()
        line.write(Array("0123456789".utf8))
        let progress = line.pump(allowance: 4)
        #expect(progress == .read)
        #expect(line.read() == Array("0123".utf8))
        #expect(line.relay.dropped == 6 && line.relay.counts.bytes == 10 && line.relay.counts.truncated)
    }

    @Test func `gives a reader that stopped up at the deadline, and counts each byte once`() throws {
        let line = try Line()
        line.write([UInt8](repeating: 1, count: 10000))
        _ = line.pump()
        line.relay.finish(deadline: 0)
        #expect(!line.relay.isBlocked && line.relay.dropped == 0)
        #expect(line.relay.counts.bytes == 10000)
    }

    @Test(.timeLimit(.minutes(10))) func `gives a reader that stopped up when isorun is told to end`() throws {
        let line = try Line()
        line.write([UInt8](repeating: 1, count: 10000))
        _ = line.pump()
        var pipe = try Pipe()
        let interrupt = OwnedDescriptor(pipe.reader.take()?.release() ?? -1)
        // Its other side is closed, so that there is something to hear of it at once.
        pipe.writer = nil
        var asked = 0
        line.relay.finish(deadline: nil, interrupt: interrupt.raw) {
            asked += 1
            return asked == 2
        }
        #expect(asked == 2 && !line.relay.isBlocked && line.relay.counts.bytes == 10000)
    }
}
