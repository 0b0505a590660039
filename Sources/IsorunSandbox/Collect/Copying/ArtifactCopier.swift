internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What all artifacts of a job have taken together, and the list of them.
final class ArtifactAccount {
    let limits: CollectLimits
    private(set) var files: [CollectedFile] = []
    /// Why the host did not take a copy, of the first that it did not take.
    private(set) var hostFailure: String?
    private var bytes: UInt64 = 0
    private var copied = 0
    private var unnamed = (copied: 0, refused: 0)
    // By hashes: paths may be long and many. Keyed with this process's random seed, so none can be made to collide.
    private var sources: [Int: Int] = [:]

    init(limits: CollectLimits) {
        self.limits = limits
    }

    /// Claims room for a file; nothing is claimed where one limit does not allow it.
    func claim(_ size: UInt64) throws(Refusal) {
        guard copied < limits.artifacts else {
            throw Refusal(reason: "\(limits.artifacts) files were copied before it, and no more are")
        }
        guard bytes + size <= limits.totalArtifactBytes else {
            throw Refusal(reason: "all artifacts of a job may have \(ByteCount(limits.totalArtifactBytes)) together")
        }
        bytes += size
        copied += 1
    }

    /// Claims a place on the host: false where this very file was copied there already.
    func claim(_ destination: [UInt8], for source: [UInt8]) throws(Refusal) -> Bool {
        let first = sources.updateValue(source.hashValue, forKey: destination.hashValue)
        guard let first, first != source.hashValue else { return first == nil }
        sources[destination.hashValue] = first
        throw Refusal(reason: "another file of this job was copied to \(EscapedPath.text(ByteString(destination)))")
    }

    func add(_ path: ByteString, destination: [UInt8]) {
        guard files.count < limits.named else { return unnamed.copied += 1 }
        let shown = EscapedPath.text(ByteString(destination))
        files.append(CollectedFile(path: EscapedPath.text(path), destination: shown, refused: nil))
    }

    func refuse(_ path: ByteString, _ reason: String, isHosts: Bool = false) {
        if isHosts, hostFailure == nil { hostFailure = reason }
        guard files.count < limits.named else { return unnamed.refused += 1 }
        files.append(CollectedFile(path: EscapedPath.text(path), destination: nil, refused: reason))
    }

    /// The list by path, and how many more there were.
    func finish() -> [CollectedFile] {
        files.sort { $0.path < $1.path }
        if unnamed != (0, 0) {
            let more = "not listed: \(unnamed.copied) more files were copied and \(unnamed.refused) were refused"
            files.append(CollectedFile(path: "…", destination: nil, refused: more))
        }
        return files
    }
}

/// Copies the files of one artifact to the host.
///
/// A copy is a fresh file of the caller's, 0644 or 0755 less the umask, renamed to its name when it is whole. In the
/// destination, which is the user's own, no link is followed below its top.
final class ArtifactCopier: MatchSink {
    private let account: ArtifactAccount
    private let destination: ArtifactDestination
    private let intoDirectory: Bool
    private var top: HeldDirectory?
    private var current: HeldDirectory?
    private var currentPath: [ByteString] = []

    init(_ artifact: ArtifactSpec, to destination: ArtifactDestination, account: ArtifactAccount) {
        self.destination = destination
        intoDirectory = artifact.intoDirectory
        self.account = account
    }

    func take(_ match: Match, from directory: borrowing HeldDirectory) {
        let path = match.entry.path
        do throws(Refusal) {
            let file = try CheckedFile(match.entry.name, in: directory, limit: account.limits.artifactBytes)
            let place = place(of: match)
            let shown = place.shown
            guard try account.claim(shown, for: path) else { return }
            try account.claim(file.status.size)
            do throws(SystemError) {
                try open(place)
                let status = file.status
                let source = file.descriptor.borrowed
                let mode: UInt32 = status.mode & 0o100 != 0 ? 0o755 : 0o644
                try current?.replace(place.name, mode: mode, modified: status.modified) {
                    (copy: borrowing OwnedDescriptor) throws(SystemError) in
                    try copy.fill(from: source, size: status.size)
                }
            } catch {
                throw Refusal(reason: "\(error)", isHosts: true)
            }
            account.add(ByteString(path), destination: shown)
        } catch {
            account.refuse(ByteString(path), error.reason, isHosts: error.isHosts)
        }
    }

    func refuse(_ path: ByteString, _ reason: String) {
        account.refuse(path, reason)
    }

    /// As docker's cp: what names one file may name the copy, too; all else goes into a directory.
    private func place(of match: Match) -> ArtifactPlace {
        if !intoDirectory, match.namesOne, !destination.isDirectory, let name = destination.path.lastComponent,
            name.kind == .regular
        {
            return ArtifactPlace(
                top: destination.path.removingLastComponent(),
                isItself: true,
                directories: [],
                name: ByteString(name.bytes)
            )
        }
        var layout = match.layout
        let name = layout.removeLast()
        return ArtifactPlace(top: destination.path, isItself: false, directories: layout, name: name)
    }

    private func open(_ place: ArtifactPlace) throws(SystemError) {
        if top == nil { top = try destination.open(asName: place.isItself) }
        if current != nil && currentPath == place.directories { return }
        current = try top?.directory("")
        for name in place.directories { current = try current?.subdirectory(making: name) }
        currentPath = place.directories
    }
}

/// Where on the host a copy goes.
struct ArtifactPlace {
    /// The destination, or the directory of a destination that is a file's name.
    var top: FilePath
    /// Whether the copy has the destination's own name.
    var isItself: Bool
    /// Directories below it.
    var directories: [ByteString]
    /// The name of the copy.
    var name: ByteString

    /// The path for a person.
    var shown: [UInt8] {
        let slash = [UInt8(ascii: "/")]
        let top = top.isEmpty ? Array(".".utf8) : top.bytes
        return (top == slash ? [] : top) + slash + (directories + [name]).map(\.bytes).joined(separator: slash)
    }
}
