package import IsorunImages
package import IsorunReporting

/// A change to the configuration of an image that is imported, as a line of a Dockerfile: `CMD ["nginx"]`.
package struct ConfigChange: Hashable, Sendable {
    private let key: String
    private let value: String
    /// What `ENV` and `LABEL` set.
    private let pairs: [Pair]

    private struct Pair: Hashable {
        var name: String
        var value: String
    }

    private static let keys = [
        "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ]

    /// Parses one.
    package init(_ text: String) throws(ImageError) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, Self.keys.contains(parts[0].uppercased()),
            let pairs = ["ENV", "LABEL"].contains(parts[0].uppercased()) ? Self.pairs(parts[1]) : []
        else {
            throw ImageError(
                .usage,
                "--change: \"\(text)\" is not understood",
                hint: "for example: 'CMD [\"/bin/sh\"]'; others: \(Self.keys.joined(separator: ", "))"
            )
        }
        key = parts[0].uppercased()
        value = parts[1]
        self.pairs = pairs
    }

    /// `NAME=VALUE …`, or the older `NAME VALUE` with blanks in the value; nil for what is neither.
    private static func pairs(_ text: String) -> [Pair]? {
        guard let words = DockerfileWords.split(text), let first = words.first else { return nil }
        guard first.contains("=") else {
            guard let two = DockerfileWords.split(text, most: 2), two.count == 2 else { return nil }
            return [Pair(name: two[0], value: two[1])]
        }
        let pairs = words.compactMap { word -> Pair? in
            guard let sign = word.firstIndex(of: "="), sign > word.startIndex else { return nil }
            return Pair(name: String(word[..<sign]), value: String(word[word.index(after: sign)...]))
        }
        return pairs.count == words.count ? pairs : nil
    }

    /// The words of `["a", "b"]`, or a shell's command.
    private var words: [JSON] {
        if value.hasPrefix("["), let list = try? JSON(parsing: value), let words = list.array { return words }
        return ["/bin/sh", "-c", value].map { .string($0) }
    }

    private var list: [String] {
        if value.hasPrefix("["), let list = try? JSON(parsing: value) { return (list.array ?? []).compactMap(\.string) }
        return value.split(separator: " ").map(String.init)
    }

    /// Applies it to the `config` member of a configuration.
    package func apply(to members: inout [JSON.Member]) {
        switch key {
        case "CMD": set("Cmd", .array(words), &members)
        case "ENTRYPOINT": set("Entrypoint", .array(words), &members)
        case "ENV":
            for pair in pairs {
                let others = (Self.member("Env", members)?.array ?? []).filter {
                    !($0.string ?? "").hasPrefix("\(pair.name)=")
                }
                set("Env", .array(others + [.string("\(pair.name)=\(pair.value)")]), &members)
            }
        case "EXPOSE": addKeys("ExposedPorts", list.map { $0.contains("/") ? $0 : "\($0)/tcp" }, &members)
        case "VOLUME": addKeys("Volumes", list, &members)
        case "LABEL":
            for pair in pairs {
                let others = Self.member("Labels", members)?.members?.filter { $0.key != pair.name } ?? []
                set("Labels", .object(others + [.init(pair.name, .string(pair.value))]), &members)
            }
        case "STOPSIGNAL": set("StopSignal", .string(value), &members)
        case "USER": set("User", .string(value), &members)
        default: set("WorkingDir", .string(value), &members)
        }
    }

    private static func member(_ key: String, _ members: [JSON.Member]) -> JSON? {
        members.first { $0.key == key }?.value
    }

    private func set(_ key: String, _ value: JSON, _ members: inout [JSON.Member]) {
        members.removeAll { $0.key == key }
        members.append(.init(key, value))
    }

    private func addKeys(_ key: String, _ keys: [String], _ members: inout [JSON.Member]) {
        let present = Self.member(key, members)?.members ?? []
        let added = keys.filter { key in !present.contains { $0.key == key } }.map { JSON.Member($0, .object([])) }
        set(key, .object(present + added), &members)
    }
}
