internal import IsorunModel
internal import SystemPackage

/// What is hidden, where something else is hidden in it or shown in it.
extension Planner {
    /// Makes one list of what is hidden and what is to be there all the same.
    ///
    /// In what is hidden there is nothing left to hide. What is mounted in it, or has to be in every container, stands in
    /// a directory that is empty but for that; and what is mounted in its very place takes that.
    static func settleHidden(_ root: inout RootPlan, masks: [FilePath]) {
        let points = root.mountPoints
        // What isorun hides by itself lies apart: the launch path mostly ends here, or where no mount lies in it.
        if masks.isEmpty && points.isEmpty { return }
        let hidden = Set(root.entries.lazy.filter { $0.kind == .hidden }.map(\.path))
        var settled = Settled(hidden)
        let patterns = root.entries.filter { $0.kind == .hiddenMatches }
        for point in points { settled.show(point) }
        if masks.isEmpty, settled.isEmpty, !points.contains(where: { point in patterns.contains { $0.matches(point) } })
        {
            return
        }
        for place in root.entries.lazy.filter(\.isPlace).map(\.path) { settled.show(place) }
        var others: [LayerEntry] = []
        for entry in root.entries {
            switch entry.kind {
            case _ where entry.isPlace: others.append(entry)
            case _ where settled.hides(above: entry.path): continue
            case .hidden where settled.isShown(entry.path): continue
            case .hiddenMatches: continue
            default: others.append(entry)
            }
        }
        let opened = settled.opened.sorted { $0.components.count < $1.components.count }
        // Parents come first.
        root.entries = opened.map { LayerEntry(path: $0, kind: .emptyDirectory(mode: 0o755), onlyIfPresent: false) }
        // What is mounted in the place of one that a pattern means stands there before the others are looked for.
        root.entries += others + patterns.filter { !settled.hides(above: $0.path) }
        root.privateDirectories.removeAll { hidden.contains($0) || settled.hides(above: $0) }
    }
}

/// Which of the hidden paths something stands in.
private struct Settled {
    let hidden: Set<FilePath>
    /// Those in whose very place something stands.
    private(set) var taken: Set<FilePath> = []
    /// The topmost ones in which something stands.
    private(set) var opened: Set<FilePath> = []

    /// Whether nothing stands in what is hidden, or in its place.
    var isEmpty: Bool { taken.isEmpty && opened.isEmpty }

    init(_ hidden: Set<FilePath>) { self.hidden = hidden }

    /// Something stands at a path.
    mutating func show(_ path: FilePath) {
        if hidden.contains(path) { taken.insert(path) }
        if let top = topmost(above: path) { opened.insert(top) }
    }

    func isShown(_ path: FilePath) -> Bool { taken.contains(path) || opened.contains(path) }

    /// Whether something that a path lies in is hidden.
    func hides(above path: FilePath) -> Bool { topmost(above: path) != nil }

    private func topmost(above path: FilePath) -> FilePath? {
        var top: FilePath?
        var next = path.parent
        while let above = next {
            if hidden.contains(above) { top = above }
            next = above.parent
        }
        return top
    }
}

extension LayerEntry {
    /// Whether it is to be there whatever the layers below have.
    fileprivate var isPlace: Bool {
        switch kind {
        case .hidden, .hiddenMatches: false
        case .emptyDirectory, .directory, .uncovered, .file, .text, .link: !onlyIfPresent
        }
    }
}
