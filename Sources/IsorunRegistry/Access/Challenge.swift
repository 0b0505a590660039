/// What a registry wants to be shown: a `WWW-Authenticate` header (RFC 9110, 11.6.1).
package struct Challenge: Hashable, Sendable {
    /// `bearer` or `basic`.
    package var scheme: String
    package var parameters: [String: String] = [:]

    /// Reads one; nil for what has no scheme.
    package init?(_ header: String) {
        let text = header.drop { $0 == " " }
        let name = text.prefix { $0 != " " }
        guard !name.isEmpty else { return nil }
        scheme = name.lowercased()
        var rest = text.dropFirst(name.count)
        while true {
            rest = rest.drop { " ,\t".contains($0) }
            let key = rest.prefix { $0 != "=" && $0 != "," }
            rest = rest.dropFirst(key.count)
            guard !key.isEmpty, rest.first == "=" else { return }
            rest = rest.dropFirst()
            parameters[key.lowercased()] = Self.value(&rest)
        }
    }

    private static func value(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let word = rest.prefix { $0 != "," && $0 != " " }
            rest = rest.dropFirst(word.count)
            return String(word)
        }
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() { text.append(escaped) } else { text.append(character) }
        }
        return text
    }
}
