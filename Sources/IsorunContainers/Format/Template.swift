/// The part of Go's templates that people use with docker.
///
/// Values and fields of them (`{{.State.Status}}`), functions (`{{json .Config}}`, `{{index .Config.Env 0}}`, `len`,
/// `join`, `upper`, `lower`, `print`, `println`, `eq`, `ne`, `not`), and `range`, `with`, `if`, `else` and `end`.
package struct Template: Hashable, Sendable {
    indirect enum Part: Hashable, Sendable {
        case text(String)
        case value(TemplateExpression)
        case range(TemplateExpression, names: [String], [Part], otherwise: [Part])
        case with(TemplateExpression, [Part], otherwise: [Part])
        case when(TemplateExpression, [Part], otherwise: [Part])
    }
    let parts: [Part]

    /// Reads a template.
    package init(_ text: String) throws(ContainerError) {
        var pieces = try Self.pieces(Self.unescaped(text))
        pieces.reverse()
        let (parts, end) = try Self.parts(&pieces)
        if let end { throw TemplateParser.error(end) }
        self.parts = parts
    }

    // MARK: Reading

    /// Text, or what stands between two braces.
    private enum Piece { case text(String), action(String) }

    private static func pieces(_ text: String) throws(ContainerError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let (before, inside, after) = split(rest) {
            var (before, inside, after) = (before, inside, after)
            // `{{-` and `-}}` take the white space beside them away.
            if inside.hasPrefix("- ") {
                inside.removeFirst()
                while before.last?.isWhitespace == true { before.removeLast() }
            }
            if inside.hasSuffix(" -") {
                inside.removeLast()
                after = after.drop(while: \.isWhitespace)
            }
            if !before.isEmpty { pieces.append(.text(String(before))) }
            pieces.append(.action(String(inside)))
            rest = after
        }
        if rest.contains("{{") || rest.contains("}}") {
            throw ContainerError("--format: \"\(rest)\" has braces that do not close", isUsage: true)
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    private static func split(_ text: Substring) -> (before: Substring, inside: Substring, after: Substring)? {
        guard let start = text.indices.first(where: { text[$0...].hasPrefix("{{") }) else { return nil }
        let inner = text[text.index(start, offsetBy: 2)...]
        guard let end = inner.indices.first(where: { inner[$0...].hasPrefix("}}") }) else { return nil }
        return (text[..<start], inner[..<end], inner[inner.index(end, offsetBy: 2)...])
    }

    /// Takes parts up to an `end` or `else` that belongs to none of them: that one.
    private static func parts(_ pieces: inout [Piece]) throws(ContainerError) -> ([Part], end: String?) {
        var parts: [Part] = []
        while let piece = pieces.popLast() {
            guard case .action(let inside) = piece else {
                if case .text(let text) = piece { parts.append(.text(text)) }
                continue
            }
            var parser = try TemplateParser(inside)
            if parser.takes("end") { return (parts, "end") }
            if parser.takes("else") {
                guard parser.isEmpty else { throw TemplateParser.error(inside) }
                return (parts, "else")
            }
            if parser.takes("range") {
                let names = parser.names()
                let list = try parser.expression()
                let (body, otherwise) = try bodies(&pieces, of: inside)
                parts.append(.range(list, names: names, body, otherwise: otherwise))
            } else if parser.takes("with") {
                let value = try parser.expression()
                let (body, otherwise) = try bodies(&pieces, of: inside)
                parts.append(.with(value, body, otherwise: otherwise))
            } else if parser.takes("if") {
                let value = try parser.expression()
                let (body, otherwise) = try bodies(&pieces, of: inside)
                parts.append(.when(value, body, otherwise: otherwise))
            } else {
                parts.append(.value(try parser.expression()))
            }
        }
        return (parts, nil)
    }

    private static func bodies(
        _ pieces: inout [Piece],
        of action: String
    ) throws(ContainerError) -> ([Part], otherwise: [Part]) {
        let (body, end) = try parts(&pieces)
        guard end == "else" else {
            if end == nil { throw ContainerError("--format: \"{{\(action)}}\" has no {{end}}", isUsage: true) }
            return (body, [])
        }
        let (otherwise, last) = try parts(&pieces)
        guard last == "end" else {
            throw ContainerError("--format: \"{{\(action)}}\" has no {{end}}", isUsage: true)
        }
        return (body, otherwise)
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var escaped = false
        for character in text {
            if escaped {
                result.append(character == "t" ? "\t" : character == "n" ? "\n" : character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                result.append(character)
            }
        }
        return escaped ? result + "\\" : result
    }
}
