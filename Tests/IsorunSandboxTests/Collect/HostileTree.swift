import Glibc
import IsorunModel
import IsorunSystem
import IsorunTestSupport
import SystemPackage

@testable import IsorunSandbox

/// A directory of the test's own with an upper and a lower directory and a destination, removed at its end.
final class HostileTree {
    let top: FilePath
    var upper: FilePath { top.appending("upper") }
    var lower: FilePath { top.appending("lower") }
    var out: FilePath { top.appending("out") }
    static var isRoot: Bool { geteuid() == 0 }
    /// What even root may not do everywhere, in a container above all, so it is tried.
    static let canCover = tried { (try? HeldDirectory(host: $0.top).makeOpaque("upper")) != nil }
    static let canHide = tried { $0.special("w", 0o020000) }
    static let canMakeDevices = tried { $0.special("d", 0o020000, device: 0x103) }

    private static func tried(_ deed: (HostileTree) -> Bool) -> Bool { (try? HostileTree()).map(deed) ?? false }

    init() throws {
        top = FilePath(platformString: try PrivateDirectory(in: "/tmp", prefix: "isorun-collect-").path.platform)
        for directory in [upper, lower, out] { make(directory) }
    }

    deinit {
        // rm takes care of depth, odd names and permissions.
        _ = try? Program.run(["/bin/rm", "-rf", "--", top.string])
    }

    private func make(_ directory: FilePath) {
        _ = unsafe directory.withPlatformString { unsafe mkdir($0, 0o755) }
    }

    /// Makes the directories above a path of the upper directory, and returns the path on the host.
    private func path(_ relative: FilePath, in base: FilePath) -> FilePath {
        var path = base
        for component in relative.removingLastComponent().components {
            path.append(component)
            make(path)
        }
        return base.appending(relative.components)
    }

    @discardableResult
    func file(_ relative: FilePath, _ text: String = "x", mode: UInt32 = 0o644, in base: FilePath? = nil) -> FilePath {
        let path = path(relative, in: base ?? upper)
        let file = unsafe path.withPlatformString { unsafe open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o600) }
        try? OwnedDescriptor(dup(file)).write(all: text.utf8)
        fchmod(file, mode)
        close(file)
        return path
    }

    func directory(_ relative: FilePath, mode: UInt32 = 0o755, in base: FilePath? = nil) {
        let path = path(relative, in: base ?? upper)
        make(path)
        _ = unsafe path.withPlatformString { unsafe chmod($0, mode) }
    }

    func link(_ relative: FilePath, to target: FilePath, in base: FilePath? = nil) {
        let path = path(relative, in: base ?? upper)
        _ = unsafe path.withPlatformString { new in unsafe target.withPlatformString { unsafe symlink($0, new) } }
    }

    func hardLink(_ relative: FilePath, to old: FilePath) {
        let path = path(relative, in: upper)
        _ = unsafe path.withPlatformString { new in unsafe old.withPlatformString { unsafe Glibc.link($0, new) } }
    }

    /// A fifo, a socket or a device, by its type bits; false where this process may not make it.
    @discardableResult
    func special(_ relative: FilePath, _ type: UInt32, device: UInt = 0) -> Bool {
        let path = path(relative, in: upper)
        return unsafe path.withPlatformString { unsafe mknod($0, type | 0o666, device) } == 0
    }

    func whiteout(_ relative: FilePath) { special(relative, 0o020000) }

    func sparse(_ relative: FilePath, size: Int) {
        let path = file(relative, "")
        _ = unsafe path.withPlatformString { unsafe truncate($0, size) }
    }

    func layer(
        _ path: FilePath = "/",
        scratch: Bool = false,
        skeleton: [String: SkeletonEntry] = [:]
    ) throws -> WrittenLayer {
        let upper = try HeldDirectory(host: upper)
        let skeleton = skeleton.map { SkeletonItem(path: $0.key, entry: $0.value) }
        if scratch { return WrittenLayer(path: path, upper: upper, lower: nil, skeleton: skeleton) }
        return WrittenLayer(path: path, upper: upper, lower: try HeldDirectory(host: lower), skeleton: skeleton)
    }

    /// What isorun remembers of a directory that it made.
    static func made(mode: UInt32 = 0o755, isOpaque: Bool = false) -> SkeletonEntry {
        .directory(mode: mode, owner: SkeletonEntry.Owner(uid: geteuid(), gid: getegid()), isOpaque: isOpaque)
    }

    /// What is at a path below the destination; nil where there is no regular file.
    func copied(_ relative: FilePath) -> String? {
        let path = out.appending(relative.components)
        guard let bytes = try? SmallFile.read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// All paths below the destination.
    func copies() throws -> [String] { try Self.list(HeldDirectory(host: out)).sorted() }

    private static func list(_ directory: borrowing HeldDirectory, _ prefix: String = "") throws -> [String] {
        var found: [String] = []
        for name in try directory.names() {
            if try directory.status(name)?.kind == .directory {
                found += try list(try directory.directory(name), prefix + name + "/")
            } else {
                found.append(prefix + name)
            }
        }
        return found
    }

    /// Collects artifacts of the pattern into the destination.
    func artifacts(
        _ patterns: String...,
        workdir: FilePath = "/proj",
        limits: CollectLimits = CollectLimits()
    ) throws -> [CollectedFile] {
        var spec = CollectionSpec()
        spec.artifacts = patterns.map { ArtifactSpec(pattern: $0, destination: out) }
        let collector = Collector(layers: [try layer()], workdir: workdir, limits: limits)
        return collector.collect(spec, to: try Destinations(spec)).files
    }

    /// The list of writes of one layer.
    func writes(_ layer: WrittenLayer? = nil, limits: CollectLimits = CollectLimits()) throws -> [String] {
        var spec = CollectionSpec()
        spec.writes = out.appending("writes.txt")
        let collector = Collector(layers: [try layer ?? self.layer()], workdir: "/", limits: limits)
        let collection = collector.collect(spec, to: try Destinations(spec))
        if let failure = collection.writesFailure { throw failure }
        return (copied("writes.txt") ?? "").split(separator: "\n").map(String.init)
    }
}

extension FilePath {
    /// A path of these bytes.
    static func bytes(_ bytes: [UInt8]) -> FilePath { FilePath(bytes) }

    fileprivate var platform: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
