internal import Glibc
package import IsorunSandbox
package import IsorunSystem
package import SystemPackage

/// Writes a container's log: bounded, rotated, one record a line.
///
/// A full file is renamed to `log.1`, what that was to `log.2`, and so on; the last goes. Whoever reads meanwhile has
/// the files open and loses nothing that it would have read.
package struct LogWriter: ~Copyable {
    static let name = "log"
    private let directory: OwnedDescriptor
    private let bounds: LogBounds
    private var file: OwnedDescriptor?
    private var size: UInt64 = 0
    /// Bytes that found no room.
    package private(set) var lost: UInt64 = 0
    /// Why they found none: the kernel's last answer.
    package private(set) var problem = Errno.noSpace

    package init(in directory: borrowing HeldDirectory, bounds: LogBounds) throws(SystemError) {
        let file = try Self.begin(in: directory.descriptor.raw)
        self.directory = try directory.descriptor.duplicate("keep the log")
        self.bounds = bounds
        self.file = consume file
    }

    private static func begin(in directory: Int32) throws(SystemError) -> OwnedDescriptor {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let raw = unsafe openat(directory, name, flags, 0o600)
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "open the log")
    }

    /// Keeps what a stream carried, line by line; what is no whole line yet is kept as a part of one.
    package mutating func append(_ data: UnsafeRawBufferPointer, from stream: JobStream, timeUs: Int64) {
        let head = LogRecord.head(timeUs: timeUs, stream: stream)
        var out: [UInt8] = []
        out.reserveCapacity(data.count + 256)
        var rest = unsafe data[...]
        while unsafe !rest.isEmpty {
            let end = unsafe rest.firstIndex(of: UInt8(ascii: "\n"))
            let line = unsafe rest[..<(end ?? rest.endIndex)]
            let part = unsafe line.prefix(LogRecord.longest)
            let isWhole = unsafe end != nil && part.endIndex == line.endIndex
            let used = size + UInt64(out.count)
            let length = unsafe UInt64(head.count + part.count + 3)
            if used > 0, used + length > bounds.fileSize {
                write(out)
                out.removeAll(keepingCapacity: true)
                rotate()
            }
            unsafe LogRecord.append(part, head: head, isWhole: isWhole, to: &out)
            unsafe rest = rest[(part.endIndex + (isWhole ? 1 : 0))...]
        }
        write(out)
    }

    private mutating func write(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count, let raw = file?.raw {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(raw, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                problem = Errno(rawValue: errno)
                // A full disk: the job goes on, and what is lost is counted. A part of a record would spoil the next.
                done = bytes[..<done].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                ftruncate(raw, off_t(size) + off_t(done))
                break
            }
            done += count
        }
        size += UInt64(done)
        lost += UInt64(bytes.count - done)
    }

    /// Makes room by giving up all that was written.
    package mutating func giveUp() {
        for number in 1..<max(bounds.files, 1) {
            _ = unsafe unlinkat(directory.raw, "\(Self.name).\(number)", 0)
        }
        if let raw = file?.raw { ftruncate(raw, 0) }
        lost += size
        size = 0
    }

    private mutating func rotate() {
        file = nil
        if bounds.files == 1 {
            _ = unsafe unlinkat(directory.raw, Self.name, 0)
        } else {
            for number in stride(from: bounds.files - 1, through: 1, by: -1) {
                let from = number == 1 ? Self.name : "\(Self.name).\(number - 1)"
                _ = unsafe renameat(directory.raw, from, directory.raw, "\(Self.name).\(number)")
            }
        }
        do throws(SystemError) {
            file = try Self.begin(in: directory.raw)
        } catch {
            problem = error.errno
        }
        size = 0
    }
}
