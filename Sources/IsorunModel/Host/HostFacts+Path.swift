package import SystemPackage

extension HostFacts {
    /// The directories of the caller's PATH that may lie in a home, in order, normalized.
    ///
    /// Most lie in none, and are told by their first bytes: to take each apart takes longer than all else that is read
    /// of the environment.
    package var pathEntriesInHomes: [FilePath] {
        let path = caller.environment.first { $0.name == "PATH" }?.value?.text ?? ""
        let homes = (self.homes + ["/root"]).map(\.string)
        return path.split(separator: ":").filter { Self.mayLie($0, in: homes) }
            .map { FilePath(String($0)).lexicallyNormalized() }
    }

    // What is not normal yet, with `//` or a name that begins with a dot, may lie anywhere.
    private static func mayLie(_ entry: Substring, in homes: [String]) -> Bool {
        var last: UInt8 = 0
        for byte in entry.utf8 {
            if last == UInt8(ascii: "/"), byte == last || byte == UInt8(ascii: ".") { return true }
            last = byte
        }
        return homes.contains { entry.utf8.starts(with: $0.utf8) }
    }
}
