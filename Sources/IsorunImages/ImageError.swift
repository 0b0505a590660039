package import IsorunSystem
package import SystemPackage

/// Why something about an image cannot be done: what is wrong, on which image, and what to do.
package struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the error is about, as far as somebody decides by it.
    package enum Kind: Hashable, Sendable {
        /// The command line is at fault.
        case usage
        /// There is no such image in the store.
        case missing
        /// What an image says or holds is refused.
        case refused
        /// There was no room for what was to be written.
        case full
        /// Anything else.
        case failed
    }
    /// What it is about.
    package var kind: Kind
    /// What is wrong.
    package var message: String
    /// What to do.
    package var hint: String?

    package init(_ kind: Kind = .failed, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    package init(_ error: SystemError) {
        self.init("\(error)", error.errno)
    }

    /// What was said of the kernel's answer, of which the message tells already.
    package init(_ message: String, _ answer: Errno) {
        self.init(.failed, message)
        guard answer == .noSpace || answer == .diskQuotaExceeded else { return }
        kind = .full
        hint = "where that is the disk of the images: isorun image prune removes what belongs to none"
    }

    package var description: String { message + (hint.map { "\n  \($0)" } ?? "") }

    package static func noSuch(_ reference: String) -> Self {
        Self(.missing, "No such image: \(reference)", hint: "to fetch it: isorun image pull \(reference)")
    }

    package static func refused(_ message: String) -> Self { Self(.refused, message) }
}

/// Runs what throws the kernel's answers, and tells them as errors of images.
package func telling<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(ImageError) -> Value {
    do throws(SystemError) { return try body() } catch { throw ImageError(error) }
}
