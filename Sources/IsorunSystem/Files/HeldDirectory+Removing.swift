internal import Glibc
internal import IsorunModel
internal import SystemPackage

extension HeldDirectory {
    /// Removes everything in this directory, also what its owner has no right to enter; no link is followed.
    ///
    /// For directories of isorun's own, which nobody else changes meanwhile; `unlinkat(2)`.
    public func removeContents() throws(SystemError) {
        for name in try byteNames() { try remove(name) }
    }

    private func remove(_ name: ByteString) throws(SystemError) {
        let closed = name.bytes.map { CChar(bitPattern: $0) } + [0]
        if unsafe unlinkat(descriptor.raw, closed, 0) == 0 { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemError("remove", name.text, .init(rawValue: errno)) }
        _ = unsafe fchmodat(descriptor.raw, closed, 0o700, 0)
        try directory(name).removeContents()
        guard unsafe unlinkat(descriptor.raw, closed, AT_REMOVEDIR) == 0 else {
            throw SystemError("remove the directory", name.text, .init(rawValue: errno))
        }
    }
}
