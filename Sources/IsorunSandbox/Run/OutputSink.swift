internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// A stream of the keeper's own that the job's bytes are passed on to, without ever waiting for its reader.
///
/// The descriptor is shared with whoever started isorun, so O_NONBLOCK may not be set on it. A pipe that poll says can
/// be written takes at least PIPE_BUF bytes without blocking (pipe(7)); a regular file never makes anyone wait. A
/// terminal can be written by poll's word where it has room for one byte, and a longer write waits: it is opened anew,
/// by which the flags are this sink's own, or written byte by byte where its owner is another. A socket is written in
/// small pieces.
package struct OutputSink {
    private let descriptor: Int32
    private let opened: OpenedAnew?
    private let piece: Int
    private let canBlock: Bool
    private(set) var broken = false
    /// Why it takes no more, where that is not that its reader has gone.
    private(set) var failure: Errno?

    package init(_ descriptor: Int32) {
        var status = stat()
        let known = unsafe fstat(descriptor, &status) == 0
        let type = status.st_mode & S_IFMT
        let isTerminal = isatty(descriptor) == 1
        let canBlock = known && type != S_IFREG && type != S_IFDIR && type != S_IFBLK
        let raw = isTerminal ? Self.openAnew(descriptor) : -1
        if !canBlock {
            piece = 1 << 20
        } else if type == S_IFIFO || raw >= 0 {
            piece = 4096
        } else {
            piece = isTerminal ? 1 : 512
        }
        self.opened = raw < 0 ? nil : OpenedAnew(raw)
        self.descriptor = raw < 0 ? descriptor : raw
        self.canBlock = canBlock
        self.broken = !known
    }

    /// Closes what was opened with the last copy of its sink.
    private final class OpenedAnew {
        private let descriptor: OwnedDescriptor
        init(_ raw: Int32) { descriptor = OwnedDescriptor(raw) }
    }

    private static func openAnew(_ descriptor: Int32) -> Int32 {
        let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        return unsafe open("/proc/self/fd/\(descriptor)", flags)
    }

    /// Writes what can be written now: the number of bytes taken.
    ///
    /// A broken sink takes everything and keeps nothing.
    mutating func write(_ data: UnsafeRawBufferPointer) -> Int {
        guard !broken else { return data.count }
        var done = 0
        while done < data.count {
            if canBlock && !isReady { break }
            let length = min(piece, data.count - done)
            let count = unsafe Glibc.write(descriptor, data.baseAddress?.advanced(by: done), length)
            if count > 0 { done += count; continue }
            if count < 0 && (errno == EINTR) { continue }
            if count < 0 && errno == EAGAIN { break }
            // Nobody will read it any more. The job goes on; its output is counted and dropped.
            broken = true
            if ![EPIPE, ECONNRESET, EIO].contains(errno) { failure = Errno(rawValue: errno) }
            return data.count
        }
        return done
    }

    private var isReady: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, 0) > 0
    }

    /// Waits until something can be written, at most this long, and no longer than until there is something to read
    /// of another descriptor, where one is named.
    func wait(milliseconds: Int32, orUntil other: Int32?) {
        // poll leaves a negative descriptor out.
        var requests = [
            pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: other ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&requests, 2, milliseconds)
    }

    /// The descriptor, to be waited for; nil where nobody ever has to.
    var waitDescriptor: Int32? { canBlock ? descriptor : nil }
}

extension OutputSink {
    /// Writes all of it, waiting for the reader so many milliseconds at most; what is left then is lost.
    package mutating func write(_ text: String, within milliseconds: UInt64) {
        let bytes = Array(text.utf8)
        let deadline = Clock.now + milliseconds * 1_000_000
        var done = 0
        while done < bytes.count {
            let start = done
            done += unsafe bytes.withUnsafeBytes { unsafe write(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            let now = Clock.now
            guard done < bytes.count, now < deadline else { return }
            wait(milliseconds: Int32(clamping: (deadline - now) / 1_000_000 + 1), orUntil: nil)
        }
    }
}
