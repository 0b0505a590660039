internal import IsorunReporting

/// Reads the words between a template's braces.
struct TemplateParser {
    private var words: ArraySlice<String>
    private let text: String

    init(_ text: some StringProtocol) throws(ContainerError) {
        self.text = String(text)
        guard let words = Self.words(self.text) else { throw Self.error(self.text) }
        self.words = words[...]
    }

    /// A message about what is not understood.
    static func error(_ inside: String) -> ContainerError {
        ContainerError(
            "--format: \"{{\(inside)}}\" is not understood; for example: {{.Name}}, {{json .State}} or "
                + "{{range .Mounts}}{{.Source}} {{end}}",
            isUsage: true
        )
    }

    /// Words, strings in quotes, and parentheses; nil where a quote does not close.
    private static func words(_ text: String) -> [String]? {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                word.append(character)
                if character == open { quote = nil }
            } else if character == "\"" || character == "`" {
                word.append(character)
                quote = character
            } else if character.isWhitespace || "(),".contains(character) {
                if !word.isEmpty { words.append(word) }
                word = ""
                if !character.isWhitespace { words.append(String(character)) }
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return quote == nil ? words : nil
    }

    /// Takes a word where it is the next one.
    mutating func takes(_ word: String) -> Bool {
        guard words.first == word else { return false }
        words.removeFirst()
        return true
    }

    var isEmpty: Bool { words.isEmpty }

    /// `$x :=` or `$i, $x :=` before what a range goes over.
    mutating func names() -> [String] {
        guard let end = words.prefix(4).firstIndex(of: ":=") else { return [] }
        let names = words[..<end].filter { $0 != "," }.map { String($0.dropFirst()) }
        words = words[(end + 1)...]
        return names
    }

    /// All that is left, as one expression.
    mutating func expression() throws(ContainerError) -> TemplateExpression {
        let found = try operand()
        guard words.isEmpty else { throw Self.error(text) }
        return found
    }

    /// A value, or a function with all the values that follow it.
    private mutating func operand() throws(ContainerError) -> TemplateExpression {
        guard let word = words.first, let arity = TemplateExpression.arity(of: word) else { return try single() }
        words.removeFirst()
        var arguments: [TemplateExpression] = []
        while let next = words.first, next != ")" { arguments.append(try single()) }
        guard arity ~= arguments.count else { throw Self.error(text) }
        return .call(word, arguments)
    }

    private mutating func single() throws(ContainerError) -> TemplateExpression {
        guard let word = words.popFirst() else { throw Self.error(text) }
        if word == "(" {
            let inner = try operand()
            guard let close = words.popFirst(), close == ")" else { throw Self.error(text) }
            guard let next = words.first, next.hasPrefix("."), next != "." else { return inner }
            words.removeFirst()
            return .fields(of: inner, try path(next))
        }
        if word.hasPrefix(".") { return .field(variable: nil, try path(word)) }
        if word.hasPrefix("$") {
            let name = word.dropFirst().prefix { $0 != "." }
            let rest = word.dropFirst(name.count + 1)
            return .field(variable: String(name), rest.isEmpty ? [] : try path(String(rest)))
        }
        if word.count > 1, let quote = word.first, quote == "\"" || quote == "`", word.last == quote {
            return .literal(.string(String(word.dropFirst().dropLast())))
        }
        if let number = Int(word) { return .literal(.whole(number)) }
        throw Self.error(text)
    }

    private func path(_ word: String) throws(ContainerError) -> [String] {
        let parts = word.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts == [""] { return [] }
        guard !parts.contains("") else { throw Self.error(text) }
        return parts
    }
}
