internal import Glibc
public import SystemPackage

/// A stream that this process has in common with others: one of them may have made it one that does not wait
/// (`O_NONBLOCK`), for the flag belongs to the open file, and programs that run CI jobs do so.
public enum SharedStream {
    /// Writes all bytes, and waits for a reader that does not keep up: the kernel's answer where it takes no more.
    public static func write(_ bytes: some Sequence<UInt8>, to descriptor: Int32) -> Errno? {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { storage in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: storage[done...])
                return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR || errno == EAGAIN && hasRoom(descriptor) { continue }
            guard count > 0 else { return Errno(rawValue: errno) }
            done += count
        }
        return nil
    }

    // Waits until something can be written; false where nothing ever can.
    private static func hasRoom(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = unsafe poll(&request, 1, -1)
            if count > 0 { return request.revents & Int16(POLLERR | POLLNVAL) == 0 }
            guard count < 0, errno == EINTR || errno == EAGAIN else { return false }
        }
    }
}
