package import IsorunReporting

/// The part of Go's templates that people use with docker: `{{.State.Status}}`, `{{json .Config}}`, text around them.
package struct Template: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case text(String)
        case field([String], asJSON: Bool)
    }
    private let parts: [Part]

    /// Reads a template.
    package init(_ text: String) throws(ContainerError) {
        var parts: [Part] = []
        var rest = Self.unescaped(text)[...]
        while let (before, inside, after) = Self.split(rest) {
            if !before.isEmpty { parts.append(.text(String(before))) }
            var words = inside.split(whereSeparator: \.isWhitespace).map(String.init)
            let asJSON = words.first == "json"
            if asJSON { words.removeFirst() }
            guard words.count == 1, words[0].hasPrefix(".") else {
                throw ContainerError(
                    "--format: \"{{\(inside)}}\" is not understood; for example: {{.Name}} or {{json .State}}",
                    isUsage: true
                )
            }
            parts.append(.field(words[0].split(separator: ".").map(String.init), asJSON: asJSON))
            rest = after
        }
        if rest.contains("{{") || rest.contains("}}") {
            throw ContainerError("--format: \"\(rest)\" has braces that do not close", isUsage: true)
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    private static func split(_ text: Substring) -> (before: Substring, inside: Substring, after: Substring)? {
        guard let start = text.indices.first(where: { text[$0...].hasPrefix("{{") }) else { return nil }
        let inner = text[text.index(start, offsetBy: 2)...]
        guard let end = inner.indices.first(where: { inner[$0...].hasPrefix("}}") }) else { return nil }
        return (text[..<start], inner[..<end], inner[inner.index(end, offsetBy: 2)...])
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

    /// Fills the template from a value; a field that is not there is an error that names it.
    package func fill(from value: JSON) throws(ContainerError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let fixed): text += fixed
            case .field(let path, let asJSON):
                var found = value
                for key in path {
                    guard let next = found[key] else {
                        throw ContainerError("--format: there is no field .\(path.joined(separator: "."))")
                    }
                    found = next
                }
                text += asJSON ? found.line : Self.plain(found)
            }
        }
        return text
    }

    /// The names of the fields, for the head of a table.
    package var heads: JSON {
        var members: [JSON.Member] = []
        for case .field(let path, _) in parts {
            guard let name = path.first else { continue }
            members.append(.init(name, .string(Self.head(name))))
        }
        return .object(members)
    }

    /// `RunningFor` is headed as docker heads it.
    private static func head(_ name: String) -> String {
        switch name {
        case "ID": "CONTAINER ID"
        case "RunningFor": "CREATED"
        case "CreatedAt": "CREATED AT"
        case "CPUPerc": "CPU %"
        case "MemUsage": "MEM USAGE / LIMIT"
        case "MemPerc": "MEM %"
        case "NetIO": "NET I/O"
        case "BlockIO": "BLOCK I/O"
        default: name.uppercased()
        }
    }

    private static func plain(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .null: "<no value>"
        case .array(let values): "[" + values.map(plain).joined(separator: " ") + "]"
        default: value.line
        }
    }
}
