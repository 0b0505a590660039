internal import Glibc
internal import IsorunSystem

/// A stream of the keeper's own that the job's bytes are passed on to, without ever waiting for its reader.
///
/// The descriptor is shared with whoever started isorun, so O_NONBLOCK may not be set on it. A pipe that poll says can
/// be written takes at least PIPE_BUF bytes without blocking (pipe(7)); a terminal and a socket are opened anew, or
/// written in small pieces; a regular file never makes anyone wait.
struct OutputSink {
    private let descriptor: Int32
    private let piece: Int
    let canBlock: Bool
    private(set) var broken = false

    init(_ descriptor: Int32) {
        var status = stat()
        let known = unsafe fstat(descriptor, &status) == 0
        let type = status.st_mode & S_IFMT
        self.descriptor = descriptor
        self.canBlock = known && type != S_IFREG && type != S_IFDIR && type != S_IFBLK
        self.piece = !canBlock ? 1 << 20 : type == S_IFIFO ? 4096 : 512
        self.broken = !known
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
            // Nobody will read it any more: EPIPE, ENOSPC. The job goes on; its output is counted and dropped.
            broken = true
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

    /// The descriptor, to be waited for.
    var waitDescriptor: Int32 { descriptor }
}
