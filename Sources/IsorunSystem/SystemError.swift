internal import CIsorunSystem
public import SystemPackage

/// A system call that failed: what was attempted, on which object, and the kernel's answer.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, as a person says it: `mount the overlay`.
    public var action: String
    /// The object: a path, a process, a file system.
    public var subject: String
    /// The kernel's answer.
    public var errno: Errno
    /// What the kernel said beyond the number, where it said anything.
    public var detail: String?

    /// Makes an error.
    public init(_ action: String, _ subject: String, _ errno: Errno, detail: String? = nil) {
        self.action = action
        self.subject = subject
        self.errno = errno
        self.detail = detail
    }

    /// `cannot mount the overlay on /x: Invalid argument (EINVAL): detail`.
    public var description: String {
        let object = subject.isEmpty ? "" : " (\(subject))"
        return "cannot \(action)\(object): \(errno.text)" + (detail.map { ": \($0)" } ?? "")
    }
}

extension Errno {
    /// The message with the name that manuals use: `Invalid argument (EINVAL)`.
    public var text: String {
        let name = unsafe isorun_errno_name(rawValue).map { unsafe String(cString: $0) }
        return name.map { "\(description) (\($0))" } ?? description
    }
}

/// Turns the C layer's `-errno` into a typed error.
@inlinable
package func check(
    _ result: Int32,
    _ action: @autoclosure () -> String,
    _ subject: @autoclosure () -> String = ""
) throws(SystemError) -> Int32 {
    guard result < 0 else { return result }
    throw SystemError(action(), subject(), Errno(rawValue: -result))
}
