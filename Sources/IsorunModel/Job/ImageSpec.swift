public import SystemPackage

/// An image that a container is made of, as it was asked for, and what of it was found.
public struct ImageSpec: Hashable, Sendable {
    /// A name, a digest, an id or the beginning of one.
    public var reference: String
    /// `OS/ARCHITECTURE[/VARIANT]`; nil takes this machine's, or the one there is.
    public var platform: String?
    /// What takes the place of the image's entrypoint; empty takes it away.
    public var entrypoint: ByteString?
    /// `NAME|UID[:GROUP|GID]`, in the image's own names; nil takes the image's own user.
    public var user: String?
    /// When the image is fetched from its registry.
    public var pull = PullPolicy.missing
    /// What the store has; nil before it was looked at.
    public var found: FoundImage?

    /// Makes a request.
    public init(_ reference: String) {
        self.reference = reference
    }
}

/// When an image is fetched from its registry.
public enum PullPolicy: String, Hashable, Sendable, CaseIterable {
    /// Each time.
    case always
    /// Where the store has none.
    case missing
    /// Not at all.
    case never
}

/// An image of the store.
public struct FoundImage: Hashable, Sendable {
    /// The digest of its configuration.
    public var id: String
    /// The unpacked layers on the host, the topmost first; never empty.
    public var layers: [FilePath]
    /// Directories inside that nobody has made yet: the working directory and volumes.
    public var missingDirectories: [FilePath] = []
    /// Ports that it says it listens on: `80/tcp`.
    public var exposedPorts: [String] = []
    /// The signal that it wants to be stopped with.
    public var stopSignal: String?

    /// Makes an image.
    public init(id: String, layers: [FilePath]) {
        self.id = id
        self.layers = layers
    }
}
