internal import IsorunModel

/// What a job wrote to places that every container has to itself, for a note: it is in no stored layer.
struct LeftOut {
    /// What tools keep for themselves, and do without: nobody is told of it.
    static let caches: Set<ByteString> = [".cache", ".cargo", ".ccache", ".config", ".npm", ".swiftpm"]

    private static let most = 3
    /// The first paths, as they are shown.
    private(set) var paths: [String] = []
    private var others = 0

    mutating func add(_ path: String) {
        if paths.count < Self.most { paths.append(path) } else { others += 1 }
    }

    mutating func add(_ more: LeftOut) {
        for path in more.paths { add(path) }
        others += more.others
    }

    /// A sentence; nil where nothing was left out.
    var note: String? {
        if paths.isEmpty { return nil }
        let rest = others == 0 ? "" : others == 1 ? " and 1 other path" : " and \(others) other paths"
        return "the tests do not see what the build wrote to \(paths.joined(separator: ", "))\(rest): "
            + "there every container has its own, as in homes and /tmp"
    }
}
