/// The name of an image as docker reads it: `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`.
///
/// `debian` is `docker.io/library/debian:latest`; the grammar is that of distribution's `reference` package.
package struct ImageReference: Hashable, Sendable {
    /// The host, with a port where one is given.
    package let registry: String
    /// The path there.
    package let repository: String
    /// The tag; nil where there is only a digest.
    package let tag: String?
    /// The manifest's digest.
    package let digest: Digest?

    private static let defaultRegistry = "docker.io"

    /// Parses a reference; nil for what is none.
    package init?(_ text: String) {
        var rest = text[...]
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            guard let found = Digest(String(rest[rest.index(after: at)...])) else { return nil }
            digest = found
            rest = rest[..<at]
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let word = String(rest[rest.index(after: colon)...])
            guard Self.isTag(word) else { return nil }
            tag = word
            rest = rest[..<colon]
        }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var registry = Self.defaultRegistry
        if parts.count > 1, Self.isHost(parts[0]) { registry = parts.removeFirst() }
        if registry == "index.docker.io" { registry = Self.defaultRegistry }
        if registry == Self.defaultRegistry, parts.count == 1 { parts.insert("library", at: 0) }
        guard !parts.isEmpty, parts.allSatisfy(Self.isPathComponent) else { return nil }
        let repository = parts.joined(separator: "/")
        guard registry.utf8.count + repository.utf8.count < 255, Self.isHostName(registry) else { return nil }
        // All of it is hexadecimal: an image's id, and no name.
        if digest == nil, tag == nil, Digest(hex: text) != nil { return nil }
        self.registry = registry
        self.repository = repository
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    /// Whether a first part names a host and not a repository: it has a dot, a port, or is `localhost`.
    private static func isHost(_ part: String) -> Bool {
        part.contains(".") || part.contains(":") || part == "localhost" || part != part.lowercased()
    }

    private static func isHostName(_ text: String) -> Bool {
        let parts = text.hasPrefix("[") ? text.split(separator: "]", maxSplits: 1) : text.split(separator: ":")
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return false }
        if parts.count == 2 {
            let port = parts[1].drop { $0 == ":" }
            guard UInt16(port) != nil, port.utf8.allSatisfy({ isDigit($0) }) else { return false }
        }
        let isBracketed = text.hasPrefix("[")
        guard isBracketed || host.utf8.first.map({ isLetter($0) || isDigit($0) }) ?? false else { return false }
        let allowed = isBracketed ? "[:." : "-."
        return host.utf8.allSatisfy { isLetter($0) || isDigit($0) || allowed.utf8.contains($0) }
    }

    /// Words of small letters and digits, between them `.`, `_`, `__` or any number of `-`.
    private static func isPathComponent(_ text: String) -> Bool {
        var separator = ""
        var hasWord = false
        for scalar in text.unicodeScalars {
            if ("a"..."z") ~= scalar || ("0"..."9") ~= scalar {
                guard separator.isEmpty || hasWord && isSeparator(separator) else { return false }
                separator = ""
                hasWord = true
            } else {
                separator.unicodeScalars.append(scalar)
            }
        }
        return hasWord && separator.isEmpty
    }

    private static func isSeparator(_ text: String) -> Bool {
        text == "." || text == "_" || text == "__" || text.allSatisfy { $0 == "-" }
    }

    private static func isTag(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard 1...128 ~= bytes.count, let first = bytes.first, isLetter(first) || isDigit(first) || first == 0x5F else {
            return false
        }
        return bytes.allSatisfy { isLetter($0) || isDigit($0) || "_.-".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    /// Registry and repository in full.
    package var name: String { "\(registry)/\(repository)" }

    /// As documents store it, in full: `docker.io/library/debian:12`.
    package var full: String { name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    /// The name as docker shows it, without what is meant anyway: `debian`.
    package var familiarName: String {
        guard registry == Self.defaultRegistry else { return name }
        return repository.hasPrefix("library/") ? String(repository.dropFirst(8)) : repository
    }

    /// The whole reference as docker shows it.
    package var familiar: String {
        familiarName + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }
}
