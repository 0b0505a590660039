import Glibc

/// Why a report could not be written or read: what was tried, on what, the kernel's answer, and a way out.
public struct ReportingError: Error, Hashable, Sendable {
    /// Whom the error concerns.
    public enum Kind: Hashable, Sendable {
        /// The user asked for something that cannot be: exit 64.
        case usage
        /// The file system refused: exit 125.
        case system
        /// A stored file is not what it should be: exit 125.
        case malformed
    }
    /// Whom it concerns.
    public var kind: Kind
    /// What was tried or is wrong, as the start of a sentence: `cannot create the report`.
    public var what: String
    /// On what; a path or a key, as given and not yet escaped.
    public var object: String
    /// The kernel's answer, where it gave one.
    public var errno: Int32?
    /// What the user can do.
    public var hint: String?

    /// Makes an error.
    public init(_ kind: Kind, _ what: String, _ object: String, errno: Int32? = nil, hint: String? = nil) {
        self.kind = kind
        self.what = what
        self.object = object
        self.errno = errno
        self.hint = hint
    }
}

extension ReportingError: CustomStringConvertible {
    /// One line for a terminal; the object is escaped.
    public var description: String {
        var text = what
        if !object.isEmpty { text += " '\(TerminalText.escape(object))'" }
        if let errno { text += ": \(Self.name(of: errno))" }
        if let hint { text += "; \(hint)" }
        return text
    }

    /// The kernel's words for an error and its number: `No such file or directory (errno 2)`; `strerror_r(3)`.
    private static func name(of errno: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = buffer.count
        guard unsafe strerror_r(errno, &buffer, count) == 0 else { return "errno \(errno)" }
        let words = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(String(decoding: words, as: UTF8.self)) (errno \(errno))"
    }
}
