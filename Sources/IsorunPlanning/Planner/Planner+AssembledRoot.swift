internal import IsorunModel
internal import SystemPackage

/// The root of an unprivileged caller.
///
/// The kernel lays no overlay over a directory below which file systems are mounted that the caller's user namespace
/// does not own: what they cover would come to light (mount_namespaces(7), locked mounts). `/` is always such a
/// directory. So the root is an empty file system with the links of `/` and one overlay for each of its directories;
/// a directory that holds mounts itself is put together in the same way, and where it has too many entries for that it
/// is bound read-only.
extension Planner {
    // Each part is a mount of its own; hosts have some 20 entries in / and 12 in /var, but hundreds in /etc.
    private static let mostEntries = 48
    private static let mostParts = 96

    static func assembleRoot(
        _ root: inout RootPlan,
        spec: JobSpec,
        facts: HostFacts,
        notes: inout [String]
    ) {
        root.isAssembled = true
        var assembly = Assembly(
            foreign: Set(facts.mounts.map(\.mountPoint)).subtracting(otherFileSystems(facts)),
            covers: root.entries,
            privateDirectories: root.privateDirectories,
            listings: facts.listings
        )
        assembly.add("/")
        // Parents come first, and what is hidden comes after the place it is hidden in.
        root.entries = assembly.entries + root.entries
        root.overlays += assembly.overlays
        root.bound = assembly.bound
        notes += assembly.bound.filter(\.isDirectory).map {
            "\($0.destination) is read-only: other file systems are mounted in it, and only root may lay an overlay there"
        }
    }

    private struct Assembly {
        /// Mount points that are not shown.
        let foreign: Set<FilePath>
        /// What is hidden, and so needs no view.
        let covers: [LayerEntry]
        let privateDirectories: [FilePath]
        let listings: [FilePath: [HostEntry]]
        var entries: [LayerEntry] = []
        var overlays: [OverlayPlan] = []
        var bound: [VolumePlan] = []

        mutating func add(_ directory: FilePath) {
            let keepsPrivate = !privateDirectories.contains(directory)
            for entry in listings[directory] ?? [] where keepsPrivate || !entry.isPrivate {
                let path = directory.appending(entry.name)
                switch entry.kind {
                // One that leads to what is hidden, as /var/run does, may stay.
                case .link(let target): if !isHidden(path) { add(path, .link(target: target)) }
                case .file:
                    if isHidden(path) { continue }
                    bind(path, isDirectory: false)
                case .directory:
                    if !isHidden(path) && !covers.contains(where: { $0.path == path }) { addDirectory(path) }
                }
            }
        }

        private func isHidden(_ path: FilePath) -> Bool {
            covers.contains { cover in
                switch cover.kind {
                case .hidden: cover.path == path
                case .hiddenMatches: cover.matches(path)
                case .emptyDirectory, .directory, .uncovered, .file, .text, .link: false
                }
            }
        }

        private mutating func addDirectory(_ path: FilePath) {
            // A file system that root's containers do not show either.
            if foreign.contains(path) { return add(path, .directory) }
            guard let inside = listings[path] else {
                overlays.append(OverlayPlan(source: path, destination: path, optional: false))
                return
            }
            guard inside.count <= mostEntries, overlays.count + bound.count + inside.count <= mostParts else {
                return bind(path, isDirectory: true)
            }
            add(path, .directory)
            add(path)
        }

        private mutating func bind(_ path: FilePath, isDirectory: Bool) {
            add(path, isDirectory ? .directory : .file)
            bound.append(VolumePlan(source: path, destination: path, writable: false, isDirectory: isDirectory))
        }

        private mutating func add(_ path: FilePath, _ kind: LayerEntry.Kind) {
            entries.append(LayerEntry(path: path, kind: kind, onlyIfPresent: false))
        }
    }
}
