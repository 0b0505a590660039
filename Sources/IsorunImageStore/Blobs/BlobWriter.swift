internal import CIsorunSystem
internal import Glibc
package import IsorunImages
internal import IsorunModel
package import IsorunSystem
internal import SystemPackage

/// A blob that is being written: it counts once its digest and its size are right.
package struct BlobWriter: ~Copyable {
    private let lock: FileLock
    private let partial: OwnedDescriptor
    private let blobs: OwnedDescriptor
    private let name: String
    private let expected: Descriptor?
    /// The store, as errors name it.
    private let store: FilePath
    private var hash = ContentHash()
    /// Bytes that are there, those of an earlier try among them.
    package private(set) var size: UInt64 = 0

    /// Begins one, or goes on where an earlier try ended.
    fileprivate init(
        _ lock: consuming FileLock,
        named name: String,
        in partial: consuming OwnedDescriptor,
        for blobs: consuming OwnedDescriptor,
        expecting expected: Descriptor?,
        store: FilePath
    ) throws(ImageError) {
        self.store = store
        self.lock = lock
        self.partial = partial
        self.blobs = blobs
        self.name = name
        self.expected = expected
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe pread(self.lock.file.raw, &buffer, buffer.count, off_t(size))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            unsafe buffer.withUnsafeBytes { unsafe hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += UInt64(count)
        }
        if let expected, size > expected.size { try restart() }
    }

    /// Throws away what an earlier try left.
    package mutating func restart() throws(ImageError) {
        guard ftruncate(lock.file.raw, 0) == 0 else {
            throw ImageError(SystemError("begin anew", name, Errno(rawValue: errno)))
        }
        hash = ContentHash()
        size = 0
    }

    /// Adds bytes; more than are expected are refused at once.
    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        if let expected, size + UInt64(bytes.count) > expected.size {
            unlinkPartial()
            throw .refused("blob \(expected.digest): it is longer than the \(expected.size) bytes that were announced")
        }
        var done = 0
        while done < bytes.count {
            let offset = off_t(size) + off_t(done)
            let count = unsafe pwrite(lock.file.raw, bytes.baseAddress?.advanced(by: done), bytes.count - done, offset)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw problem(errno) }
            done += count
        }
        unsafe hash.update(bytes)
        size += UInt64(bytes.count)
    }

    /// Adds bytes.
    package mutating func write(_ bytes: [UInt8]) throws(ImageError) {
        let result = unsafe bytes.withUnsafeBytes { pointer -> Result<Void, ImageError> in
            do throws(ImageError) { return .success(try unsafe write(pointer)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Checks what was written and makes it count.
    package consuming func finish() throws(ImageError) -> (digest: Digest, size: UInt64) {
        let digest = hash.digest
        if let expected {
            guard size == expected.size else {
                unlinkPartial()
                throw .refused(
                    "blob \(expected.digest): it has \(size) bytes, and \(expected.size) were announced"
                )
            }
            guard digest == expected.digest else {
                unlinkPartial()
                throw .refused("blob \(expected.digest): its digest is \(digest)")
            }
        }
        // Until now it may only be in memory, where a crash of the machine would leave a name and no bytes.
        guard fsync(lock.file.raw) == 0 else { throw problem(errno) }
        guard unsafe renameat(partial.raw, name, blobs.raw, digest.hex) == 0 else {
            throw ImageError(SystemError("keep the blob", digest.hex, Errno(rawValue: errno)))
        }
        fsync(blobs.raw)
        return (digest, size)
    }

    /// The kernel's answer to a write; where there is no room, none is kept for the next try.
    private func problem(_ number: Int32) -> ImageError {
        let what = expected.map { "blob \($0.digest)" } ?? "a blob"
        let answer = Errno(rawValue: number)
        let error = ImageError("cannot write \(what) to the store \(store): \(answer.text)", answer)
        if error.kind == .full { unlinkPartial() }
        return error
    }

    /// Takes away what was written.
    package consuming func discard() { unlinkPartial() }

    private func unlinkPartial() { _ = unsafe unlinkat(partial.raw, name, 0) }
}

/// What became of the wish to write a blob.
package enum BlobStart: ~Copyable {
    /// It is there.
    case isThere
    /// Somebody else is writing it.
    case isBusy
    case begun(BlobWriter)
}

extension StoreWriter {
    /// Begins to write a blob, and waits for nobody.
    package func tryBeginBlob(_ descriptor: Descriptor) throws(ImageError) -> BlobStart {
        if try hasBlob(descriptor) { return .isThere }
        let name = "blob-\(descriptor.digest.hex)"
        guard let lock = try FileLock.take(name, in: partial, exclusive: true, wait: false) else { return .isBusy }
        if try hasBlob(descriptor) {
            _ = unsafe unlinkat(partial.descriptor.raw, name, 0)
            return .isThere
        }
        return .begun(try begin(lock, name, descriptor))
    }

    /// Whether a blob is there with this size; what is there is whole.
    package func hasBlob(_ descriptor: Descriptor) throws(ImageError) -> Bool {
        try telling { () throws(SystemError) in
            guard let found = try blobs.entry(ByteString(descriptor.digest.hex)) else { return false }
            return found.kind == .file && found.size == descriptor.size
        }
    }

    /// Begins to write a blob that is known by its descriptor.
    ///
    /// - Returns: nil where it is there, also where somebody else has just made it.
    package func beginBlob(_ descriptor: Descriptor) throws(ImageError) -> BlobWriter? {
        if try hasBlob(descriptor) { return nil }
        let name = "blob-\(descriptor.digest.hex)"
        guard let lock = try FileLock.take(name, in: partial, exclusive: true) else { return nil }
        if try hasBlob(descriptor) {
            _ = unsafe unlinkat(partial.descriptor.raw, name, 0)
            return nil
        }
        return try begin(lock, name, descriptor)
    }

    /// Begins to write a blob of which nothing is known yet.
    package func beginBlob() throws(ImageError) -> BlobWriter {
        let name = "new-\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        guard let lock = try FileLock.take(name, in: partial, exclusive: true) else {
            throw ImageError(.failed, "cannot make a file in \(path)")
        }
        return try begin(lock, name, nil)
    }

    private func begin(
        _ lock: consuming FileLock,
        _ name: String,
        _ descriptor: Descriptor?
    ) throws(ImageError) -> BlobWriter {
        let aside = try hold(partial)
        let place = try hold(blobs)
        return try BlobWriter(lock, named: name, in: aside, for: place, expecting: descriptor, store: path)
    }

    private func hold(_ directory: borrowing HeldDirectory) throws(ImageError) -> OwnedDescriptor {
        try telling { () throws(SystemError) in try directory.descriptor.duplicate("hold a directory of the store") }
    }

    /// Stores bytes as a blob.
    package func addBlob(_ bytes: [UInt8], mediaType: String) throws(ImageError) -> Descriptor {
        let descriptor = Descriptor(
            mediaType: mediaType,
            digest: ContentHash.digest(of: bytes),
            size: UInt64(bytes.count)
        )
        if var writer = try beginBlob(descriptor) {
            try writer.restart()
            try writer.write(bytes)
            _ = try writer.finish()
        }
        return descriptor
    }

    /// Stores what is left of an open file as a blob.
    ///
    /// - Parameters:
    ///   - file: the file, read to its end.
    ///   - descriptor: what it must be; nil where that is not known.
    ///   - progress: is called with the bytes of each piece.
    /// - Returns: what it is.
    /// - Throws: where it is not what it must be, or there is no room.
    package func addBlob(
        _ file: borrowing OwnedDescriptor,
        expecting descriptor: Descriptor?,
        progress: (Int) -> Void = { _ in }
    ) throws(ImageError) -> (digest: Digest, size: UInt64) {
        var writer: BlobWriter
        if let descriptor {
            guard var begun = try beginBlob(descriptor) else { return (descriptor.digest, descriptor.size) }
            try begun.restart()
            writer = begun
        } else {
            writer = try beginBlob()
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { unsafe buffer.deallocate() }
        while true {
            if Interruption.isRequested { throw ImageError(.failed, "interrupted") }
            let count = unsafe read(file.raw, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ImageError(SystemError("read", "a blob", Errno(rawValue: errno))) }
            if count == 0 { break }
            try unsafe writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            progress(count)
        }
        return try writer.finish()
    }

    /// Reads a small blob that is there.
    package func blob(_ descriptor: Descriptor) throws(ImageError) -> [UInt8] {
        try telling { () throws(SystemError) in
            let file = try blobs.file(descriptor.digest.hex)
            return try SmallFile.read(file, named: FilePath(descriptor.digest.hex), limit: Manifest.mostBytes + 1)
        }
    }

    /// Opens a blob that is there.
    package func openBlob(_ digest: Digest) throws(ImageError) -> OwnedDescriptor {
        try telling { () throws(SystemError) in try blobs.file(digest.hex) }
    }
}
