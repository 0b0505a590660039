internal import IsorunPlanning
internal import Synchronization

/// What hears of changes to the root that the containers of a run were made with last, where they share no skeleton.
final class SharedWatch: Sendable {
    private struct Known: Sendable {
        let root: RootPlan
        // Nil where the host gave none: then it is looked at again for each.
        let watch: SourceWatch?
    }

    private let last = Mutex<Known?>(nil)

    /// What hears of changes to a root; nil where that has to be looked at.
    func watch(_ root: RootPlan) -> SourceWatch? {
        last.withLock { last in
            if let last, last.root == root { return last.watch }
            last?.watch?.end()
            let watch = SourceWatch(root)
            last = Known(root: root, watch: watch)
            return watch
        }
    }

    /// Hears of nothing any more (``SourceWatch/end()``).
    func end() { last.withLock { $0?.watch?.end() } }
}
