/// Why a test of libtest's failed, in the words that say most: libtest's own, the panic's, those of the error that it
/// returned.
struct LibtestCause {
    /// Standard error, which has what a test alone wrote and what escapes libtest's capture.
    private let lines: [Substring]
    private let panics: [Int]
    private let isAlone: Bool

    init(_ lines: [Substring], isAlone: Bool) {
        self.lines = lines
        self.isAlone = isAlone
        panics = Self.panics(in: lines)
    }

    /// Of a test, after which libtest calls its thread; what stands under its heading is all its own.
    func text(of test: String, _ section: [Substring]) -> String {
        let own = Self.panics(in: section)
        return Self.note(in: section)
            ?? Self.panic(of: test, own, in: section) ?? Self.panic(of: test, panics, in: lines)
            ?? Self.first(own, in: section) ?? (isAlone ? Self.first(panics, in: lines) : nil)
            ?? Self.error(in: section) ?? (isAlone ? Self.error(in: lines) : nil)
            ?? section.first { !$0.isEmpty }.map(String.init) ?? "the test failed"
    }

    // Of `#[should_panic]` (library/test/src/test_result.rs); the panic is not what is wrong then.
    private static func note(in section: [Substring]) -> String? {
        let marks = ["note: panic did not contain ", "note: test did not panic ", "note: expected panic "]
        let start = section.lastIndex { line in marks.contains { line.hasPrefix($0) } }
        return start.map { section[$0...].prefix { !$0.isEmpty }.prefix(8).joined(separator: "\n") }
    }

    private static func panics(in lines: [Substring]) -> [Int] {
        lines.indices.filter { lines[$0].contains(" panicked at ") }
    }

    // `thread 'a::b' panicked at …`; since Rust 1.91 the thread's id stands between. Of others' panics another test fails.
    private static func panic(of test: String, _ panics: [Int], in lines: [Substring]) -> String? {
        first(panics.filter { lines[$0].contains("thread '\(test)' ") }, in: lines)
    }

    /// The place of a panic and the lines of its message.
    private static func first(_ panics: [Int], in lines: [Substring]) -> String? {
        guard let start = panics.first else { return nil }
        let said = lines[(start + 1)...].prefix {
            !$0.hasPrefix("note: ") && $0 != "stack backtrace:" && !$0.contains(" panicked at ")
        }
        let message = said.prefix(7)
        let end = message.lastIndex { !$0.isEmpty } ?? start
        return lines[start...end].joined(separator: "\n")
    }

    // What a test returned: `Error: ` and the value as Debug has it.
    private static func error(in lines: [Substring]) -> String? {
        let start = lines.lastIndex { $0.hasPrefix("Error: ") }
        return start.map { lines[$0...].prefix { !$0.isEmpty }.prefix(8).joined(separator: "\n") }
    }
}
