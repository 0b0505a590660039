internal import IsorunModel
internal import IsorunPlanning
internal import Synchronization

/// What hears of changes to the roots of a run's containers, where these share no skeleton.
final class SharedWatch: Sendable {
    // Nil where the host gave none: then it is looked at again for each.
    private let watches = Mutex<AssociationList<RootPlan, SourceWatch?>>([:])
    // A user may have 128 by default.
    private static let most = 16

    /// What hears of changes to a root; nil where that has to be looked at.
    func watch(_ root: RootPlan) -> SourceWatch? {
        watches.withLock { watches in
            if let known = watches[root] { return known }
            guard watches.entries.count < Self.most else { return nil }
            let watch = SourceWatch(root)
            watches[root] = .some(watch)
            return watch
        }
    }

    /// Hears of nothing any more (``SourceWatch/end()``).
    func end() { watches.withLock { for entry in $0.entries { entry.value?.end() } } }
}
