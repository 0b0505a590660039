internal import CIsorunSystem
internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
package import SystemPackage

/// The side of the store that writes.
///
/// Theory of operation. What is there under its digest is whole: a blob is written aside, checked, synced and renamed;
/// a layer is unpacked aside and renamed. So whatever is killed or finds no room leaves what was whole as it was, and
/// half-made things in `partial/`, which the next who wants them takes over (a blob goes on where it stopped, a layer
/// begins anew) and `prune` removes. Who adds holds the store's lock together with others; who removes holds it alone.
/// Each half-made thing has a lock, so two who want the same wait for each other and then find it made. `index.json` is
/// replaced in one step under a lock of its own, last of all: nothing is an image before all of it is there.
package struct StoreWriter: ~Copyable, Sendable {
    let top: HeldDirectory
    let blobs: HeldDirectory
    let partial: HeldDirectory
    let layers: HeldDirectory
    let images: HeldDirectory
    /// Where it is.
    package let path: FilePath
    let rights: LayerUnpacker.Rights
    private let presence: FileLock

    /// Opens the store, and makes it where it is missing.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - privileged: whether the caller is root in the host's own user namespace.
    ///   - singleOwner: whether all files are the caller's, as only that id is mapped.
    /// - Throws: where it cannot be made, or is another user's.
    package init(at path: FilePath, privileged: Bool, singleOwner: Bool = false) throws(ImageError) {
        let top = try Self.open(path)
        let blobs = try Self.folder("sha256", in: Self.folder("blobs", in: top))
        let partial = try Self.folder("partial", in: top)
        let layers = try Self.folder("layers", in: top)
        let images = try Self.folder("images", in: top)
        try Self.writeLayout(in: top)
        guard let presence = try FileLock.take("lock", in: top, exclusive: false) else {
            throw ImageError(.failed, "the store \(path) is locked")
        }
        self.path = path
        self.rights = LayerUnpacker.Rights(privileged: privileged, singleOwner: singleOwner)
        self.presence = presence
        self.top = top
        self.blobs = blobs
        self.partial = partial
        self.layers = layers
        self.images = images
    }

    private static func open(_ path: FilePath) throws(ImageError) -> HeldDirectory {
        try telling { () throws(SystemError) in
            let top = try HeldDirectory(makingHost: path)
            let status = try EntryStatus(of: top.descriptor)
            guard status.uid == geteuid() else {
                throw SystemError("use the store", path.string, .permissionDenied, detail: "it is another user's")
            }
            // Set-user-ID programs of images are for nobody on the host.
            if status.mode & 0o077 != 0 { _ = fchmod(top.descriptor.raw, 0o700) }
            return top
        }
    }

    private static func folder(_ name: ByteString, in top: borrowing HeldDirectory) throws(ImageError) -> HeldDirectory
    {
        try telling { () throws(SystemError) in try top.subdirectory(making: name) }
    }

    private static func writeLayout(in top: borrowing HeldDirectory) throws(ImageError) {
        try telling { () throws(SystemError) in
            if try top.entry("oci-layout") != nil { return }
            try top.replace("oci-layout", mode: 0o600) { file throws(SystemError) in
                try file.write(all: #"{"imageLayoutVersion":"1.0.0"}"#.utf8)
            }
        }
    }

    /// The side that reads.
    package var reader: ImageStore { ImageStore(at: path) }

    /// Runs something while nobody else adds anything; nil where somebody does and `wait` is false.
    func alone<Value>(wait: Bool, _ body: () throws(ImageError) -> Value) throws(ImageError) -> Value? {
        guard presence.change(exclusive: true, wait: wait) else {
            // The change may have let go of what was held before.
            _ = presence.change(exclusive: false, wait: true)
            return nil
        }
        defer { _ = presence.change(exclusive: false, wait: true) }
        return try body()
    }

    /// Changes the list of images, in one step.
    func changeIndex<Value>(_ change: (inout StoreIndex) throws(ImageError) -> Value) throws(ImageError) -> Value {
        guard let lock = try FileLock.take("index.lock", in: top, exclusive: true) else {
            throw ImageError(.failed, "the index of \(path) is locked")
        }
        defer { discard(lock) }
        var index = try reader.index()
        let before = index
        let value = try change(&index)
        if index != before { try write(index.json.line, to: "index.json", in: top) }
        return value
    }

    private func discard(_ lock: borrowing FileLock) {}

    /// Replaces a small file in one step, on the disk before it counts.
    func write(_ text: String, to name: String, in directory: borrowing HeldDirectory) throws(ImageError) {
        try write(Array(text.utf8), to: name, in: directory)
    }

    func write(_ bytes: [UInt8], to name: String, in directory: borrowing HeldDirectory) throws(ImageError) {
        do throws(SystemError) {
            try directory.replace(ByteString(name), mode: 0o600) { file throws(SystemError) in
                try file.write(all: bytes)
                guard fsync(file.raw) == 0 else { throw SystemError("sync", name, Errno(rawValue: errno)) }
            }
            fsync(directory.descriptor.raw)
        } catch  where error.action == "write" {
            throw ImageError(SystemError("write to the store", name, error.errno))
        } catch {
            throw ImageError(error)
        }
    }
}
