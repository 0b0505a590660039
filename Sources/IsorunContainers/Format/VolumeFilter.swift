/// What `volume list --filter` asks for: all keys must hold, of one key any value.
package struct VolumeFilter: Hashable, Sendable {
    private var names: [String] = []
    private var isDangling: Bool?

    package init(_ words: [String]) throws(ContainerError) {
        for word in words {
            switch word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init) {
            case let parts where parts.count == 2 && parts[0] == "name": names.append(parts[1])
            case ["dangling", "true"], ["dangling", "1"]: isDangling = true
            case ["dangling", "false"], ["dangling", "0"]: isDangling = false
            default:
                throw ContainerError("--filter: \"\(word)\" is neither name= nor dangling=true|false", isUsage: true)
            }
        }
    }

    /// Whether a volume is one of those.
    package func matches(_ name: String, isUsed: () -> Bool) -> Bool {
        guard names.isEmpty || names.contains(where: { name.contains($0) }) else { return false }
        return isDangling.map { $0 != isUsed() } ?? true
    }
}
