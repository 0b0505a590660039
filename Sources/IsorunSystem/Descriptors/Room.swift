internal import Glibc

/// Room in a stream that somebody else has made one that does not wait (`O_NONBLOCK`): the flag belongs to the open file,
/// so a program that shares it, as those that run CI jobs do, sets it for everybody.
public enum Room {
    /// Waits until something can be written; false where nothing ever can.
    public static func wait(in descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let count = unsafe poll(&request, 1, -1)
            if count > 0 { return request.revents & Int16(POLLERR | POLLNVAL) == 0 }
            guard count < 0, errno == EINTR || errno == EAGAIN else { return false }
        }
    }
}
