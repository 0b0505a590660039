/// What `ps --filter` asks for: all keys must hold, of one key any value.
package struct PsFilter: Hashable, Sendable {
    private var values: [String: [String]] = [:]
    private static let keys = ["id", "name", "status", "exited", "ancestor", "volume"]

    package init(_ words: [String]) throws(ContainerError) {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, Self.keys.contains(parts[0]) else {
                throw ContainerError(
                    "--filter: \"\(word)\" is none of \(Self.keys.map { $0 + "=" }.joined(separator: ", "))",
                    isUsage: true
                )
            }
            if parts[0] == "status", Container.Status(rawValue: parts[1]) == nil {
                let all = Container.Status.allCases.map(\.rawValue).joined(separator: ", ")
                throw ContainerError("--filter: \"\(parts[1])\" is no status; there are \(all)", isUsage: true)
            }
            if parts[0] == "exited", Int32(parts[1]) == nil {
                throw ContainerError("--filter: \"\(parts[1])\" is no exit code", isUsage: true)
            }
            values[parts[0], default: []].append(parts[1])
        }
    }

    /// Whether containers that do not run are asked for without `-a`.
    package var includesEnded: Bool { values["status"] != nil || values["exited"] != nil }

    /// Whether a container is one of those.
    package func matches(_ record: ContainerRecord, _ status: Container.Status, exitCode: Int32) -> Bool {
        values.allSatisfy { key, wanted in
            wanted.contains { value in
                switch key {
                case "id": record.id.hasPrefix(value)
                case "name": record.name.contains(value.hasPrefix("/") ? value.dropFirst() : value[...])
                case "status": status.rawValue == value
                case "exited": status == .exited && Int32(value) == exitCode
                case "ancestor": record.image == value
                default: record.setup.mounts.contains { $0.name == value || $0.destination == value }
                }
            }
        }
    }
}
