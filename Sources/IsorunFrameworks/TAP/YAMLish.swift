/// The part of YAML that TAP version 13 has in blocks behind its points, as TAP::Parser::YAMLish::Reader reads it: only
/// whether it is that is asked for.
struct YAMLish {
    private struct Malformed: Error {}

    private let lines: [Substring]
    private var place = 0
    private var depth = 0

    // What comes of a test may be nested as deep as its output is long.
    private static let deepest = 256

    /// - Parameter lines: from `---` to `...`, without the indentation of the first.
    init(_ lines: [Substring]) { self.lines = lines }

    /// Whether it is a document, and nothing beside it.
    var isWhole: Bool {
        var reader = self
        do {
            try reader.document()
            return reader.place == lines.count - 1 && Self.isEnd(lines[reader.place])
        } catch {
            return false
        }
    }

    private mutating func document() throws(Malformed) {
        guard let header = lines.first, header.hasPrefix("---") else { throw Malformed() }
        place += 1
        let text = Self.trimmed(header.dropFirst(3))
        if text.isEmpty { try nested() } else { try scalar(text) }
    }

    private mutating func nested() throws(Malformed) {
        depth += 1
        guard depth < Self.deepest, let (text, indent) = peek else { throw Malformed() }
        if text.hasPrefix("-") {
            try array(indent)
        } else {
            guard let first = text.first, first.isLetter || first.isNumber || "_'\"".contains(first) else {
                throw Malformed()
            }
            try hash(text, indent)
        }
        depth -= 1
    }

    private mutating func array(_ limit: Int) throws(Malformed) {
        while let (text, indent) = peek, indent >= limit, !Self.isEnd(text) {
            guard indent == limit, text.hasPrefix("-"), !text.hasPrefix("---") else { throw Malformed() }
            let item = text.dropFirst().drop(while: \.isWhitespace)
            if item.startIndex > text.index(after: text.startIndex), Self.isKeyed(item) {
                depth += 1
                guard depth < Self.deepest else { throw Malformed() }
                try hash(item, indent + text.count - item.count)
                depth -= 1
            } else {
                place += 1
                if item.isEmpty { try nested() } else { try scalar(Self.trimmed(item)) }
            }
        }
    }

    private mutating func hash(_ first: Substring, _ limit: Int) throws(Malformed) {
        var line = first
        while true {
            guard let value = Self.value(line) else { throw Malformed() }
            place += 1
            if !value.isEmpty {
                try scalar(value)
            } else if let (text, indent) = peek, indent > limit || text.hasPrefix("-") {
                try nested()
            }
            guard let (text, indent) = peek, indent >= limit, !Self.isEnd(text) else { return }
            line = text
        }
    }

    private mutating func scalar(_ text: Substring) throws(Malformed) {
        if text == ">" || text == "|" {
            guard let indent = peek?.indent else { throw Malformed() }
            while let next = peek, next.indent >= indent { place += 1 }
        } else if text.first == "'" {
            guard text.count > 1, text.last == "'" else { throw Malformed() }
        } else if text.first == "\"" {
            guard Self.quoted(text)?.isEmpty == true else { throw Malformed() }
        }
    }

    private var peek: (text: Substring, indent: Int)? {
        guard place < lines.count else { return nil }
        let text = lines[place].drop(while: \.isWhitespace)
        return (text, lines[place].count - text.count)
    }

    private static func isEnd(_ text: Substring) -> Bool {
        text.hasPrefix("...") && text.dropFirst(3).allSatisfy(\.isWhitespace)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let text = text.drop(while: \.isWhitespace)
        return text[..<(text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex)]
    }

    /// What stands behind a text in double quotes at the beginning; nil where there is none.
    private static func quoted(_ text: Substring) -> Substring? {
        guard text.first == "\"" else { return nil }
        var isEscaped = false
        let end = text.dropFirst().firstIndex { character in
            defer { isEscaped = !isEscaped && character == "\\" }
            return character == "\"" && !isEscaped
        }
        return end.map { text[$0...].dropFirst() }
    }

    /// What a key, quoted or of one word, has behind its colon; nil for what is no line of a hash.
    private static func value(_ line: Substring) -> Substring? {
        let behind = quoted(line) ?? line.drop { !$0.isWhitespace }
        let rest = behind.drop(while: \.isWhitespace)
        if rest.first == ":" { return trimmed(rest.dropFirst()) }
        let word = line.prefix { !$0.isWhitespace }
        guard let colon = word.dropFirst().lastIndex(of: ":") else { return nil }
        return trimmed(line[colon...].dropFirst())
    }

    /// Whether an item of an array is the first line of a hash.
    private static func isKeyed(_ item: Substring) -> Bool {
        let word = item.prefix { !$0.isWhitespace }
        let rest = item.dropFirst(word.count).drop(while: \.isWhitespace)
        return word.count > 1 && word.last == ":"
            || !word.isEmpty && rest.first == ":" && rest.dropFirst().first?.isWhitespace != false
    }
}
