internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Where on the host the things go that are taken out of a container: held from before the job, which may be able to
/// write there, through a volume, and could put a link in place of a directory.
final class Destinations: Sendable {
    /// One for each artifact, in order.
    let artifacts: [ArtifactDestination]
    /// The list of writes, where one was asked for.
    let writes: HostFile?

    /// Opens them as they stand now, and makes nothing.
    init(_ spec: CollectionSpec) throws(SystemError) {
        var artifacts: [ArtifactDestination] = []
        for artifact in spec.artifacts { artifacts.append(try ArtifactDestination(artifact)) }
        self.artifacts = artifacts
        if let path = spec.writes { writes = try HostFile(path) } else { writes = nil }
    }
}

/// The destination of an artifact.
final class ArtifactDestination: Sendable {
    /// As the user gave it, with the directories below it that are isorun's.
    let path: FilePath
    /// Whether it was a directory.
    let isDirectory: Bool
    /// The deepest directory on the way that is there, and the names that are not.
    private let present: HeldDirectory
    private let missing: [ByteString]

    init(_ artifact: ArtifactSpec) throws(SystemError) {
        var prefix = artifact.destination ?? "."
        path = prefix.pushing(artifact.below)
        var names: [ByteString] = []
        while true {
            do throws(SystemError) {
                present = try HeldDirectory(host: prefix.isEmpty ? "." : prefix)
                break
            } catch {
                let isMissing = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
                guard isMissing, let name = prefix.lastComponent, name.kind != .parentDirectory else { throw error }
                if name.kind == .regular { names.insert(ByteString(name.bytes), at: 0) }
                prefix.removeLastComponent()
            }
        }
        isDirectory = names.isEmpty
        // A job may have written there, and have left a link.
        missing = names + artifact.below.components.map { ByteString($0.bytes) }
    }

    /// Opens it after making what is missing: the directory itself, or the one that a copy of this name goes into.
    func open(asName isName: Bool) throws(SystemError) -> HeldDirectory {
        var directory = try present.directory("")
        for name in isName ? missing.dropLast() : missing[...] {
            let next = try directory.subdirectory(making: name)
            directory = next
        }
        return directory
    }
}
