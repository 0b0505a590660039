package import IsorunImages

/// What happens while an image is fetched.
package protocol PullListener: Sendable {
    /// A layer is there already, or begins to be fetched.
    func layer(_ digest: Digest, size: UInt64, isThere: Bool)
    /// So many of a layer's bytes are there.
    func received(_ digest: Digest, bytes: UInt64)
    /// All of a layer's bytes are there.
    func downloaded(_ digest: Digest)
    /// A layer begins to be unpacked, and is there.
    func unpacking(_ digest: Digest, isDone: Bool)
    /// Something went wrong, and is tried again.
    func retrying(_ digest: Digest?, _ reason: String)
}
