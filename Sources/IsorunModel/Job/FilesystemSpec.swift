public import SystemPackage

/// What the container sees of the file system.
public struct FilesystemSpec: Hashable, Sendable {
    /// The read-only lower layer.
    public var rootfs: RootfsSource = .host
    /// Bind mounts (`-v`).
    public var volumes: [VolumeSpec] = []
    /// Empty scratch directories (`--tmpfs`).
    public var tmpfs: [TmpfsSpec] = []
    /// The working directory inside; nil is the current directory, or `/` where that is not visible.
    public var workdir: FilePath?
    /// No writable layer at all.
    public var readOnly = false
    /// Read-only layers that lie between the host's files and the writable layer: what an earlier job wrote.
    public var layers: [LayerSpec] = []
    /// Copy-on-write views of host directories.
    public var views: [VolumeSpec] = []
    /// Host paths hidden beside the documented ones (`--mask`).
    public var masks: [FilePath] = []

    /// Makes a spec with every default.
    public init() {}
}

/// The read-only lower layer of a container.
public enum RootfsSource: Hashable, Sendable {
    /// The host's own root.
    case host
    /// A directory.
    case directory(FilePath)
    /// The layers of an image.
    case image(ImageSpec)
}

/// A bind mount or a named volume: `SRC:DST[:ro|rw]`, `NAME:DST[:ro|rw][,nocopy]`.
public struct VolumeSpec: Hashable, Sendable {
    /// The absolute path on the host; of a named volume it is known when the job is run.
    public var source: FilePath
    /// The absolute path inside.
    public var destination: FilePath
    /// What is written through a writable volume stays on the host.
    public var writable: Bool
    /// The name of a volume that isorun keeps; nil for a path of the host.
    public var name: String?
    /// Whether a named one that is new begins with what the image has at its place.
    public var copiesImage: Bool

    /// Makes a volume.
    public init(
        source: FilePath,
        destination: FilePath,
        writable: Bool,
        name: String? = nil,
        copiesImage: Bool = true
    ) {
        self.source = source
        self.destination = destination
        self.writable = writable
        self.name = name
        self.copiesImage = copiesImage
    }

    /// Whether a text can be a volume's name, by docker's rule: a letter or digit, then at least one more of these and
    /// `_`, `.`, `-`.
    public static func isName(_ text: ByteString) -> Bool {
        guard 2...128 ~= text.bytes.count, isAlphanumeric(text.bytes[0]) else { return false }
        return text.bytes.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        }
    }
}

/// What a job wrote below a place, as `CollectionSpec.layers` stored it.
public struct LayerSpec: Hashable, Sendable {
    /// The absolute path of the stored layer on the host.
    public var source: FilePath
    /// Where the files it lies over are seen inside.
    public var destination: FilePath
    /// Paths in it at which it covers all that lies below, though isorun hides that elsewhere: these need no hiding.
    public var shown: Set<String>

    /// Makes a layer.
    public init(source: FilePath, destination: FilePath, shown: Set<String> = []) {
        self.source = source
        self.destination = destination
        self.shown = shown
    }
}

/// An empty scratch directory: `DST[:size=SIZE]`.
public struct TmpfsSpec: Hashable, Sendable {
    /// The absolute path inside.
    public var destination: FilePath
    /// Its size; nil is the writable layer's.
    public var size: ByteCount?

    /// Makes a scratch directory.
    public init(destination: FilePath, size: ByteCount?) {
        self.destination = destination
        self.size = size
    }
}
