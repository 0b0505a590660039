internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// What a container's files were made from, as it was then: where it has changed since, the container is not used.
///
/// What is hidden inside is found by looking at the host, so a file that came since might not be hidden; and a volume
/// whose directory was replaced would show the old one.
struct SourceMarks: Equatable {
    private let sources: [FileMark]
    private let directories: [FileMark]
    /// What others may not read in the directories of which that is hidden.
    private let privateNames: [[String]]

    private let stamp: UInt64?

    /// Marks what stands there now.
    ///
    /// - Parameters:
    ///   - root: what the container's files are made of.
    ///   - watch: what hears of changes; without one every directory is looked at.
    init(_ root: RootPlan, _ watch: SourceWatch?) {
        stamp = watch?.stamp
        let mounted = root.volumes.map(\.source) + root.overlays.map(\.source) + root.layers.map(\.source)
        sources = ([root.lower] + mounted).map { FileMark($0, changes: false) }
        guard watch == nil else {
            (directories, privateNames) = ([], [])
            return
        }
        directories = Self.directories(of: root).map { FileMark($0, changes: true) }
        privateNames = root.privateDirectories.map { path in
            let directory = try? HeldDirectory(host: root.lower.appending(path.components))
            return (try? directory?.privateNames() ?? []) ?? []
        }
    }

    /// The directories on the host in which something decides what is hidden.
    static func directories(of root: RootPlan) -> [FilePath] {
        var found = Set(root.privateDirectories)
        for entry in root.entries { found.insert(entry.path.removingLastComponent()) }
        return found.map { root.lower.appending($0.components) }.sorted { $0.string < $1.string }
    }
}
