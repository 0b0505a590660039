internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Opens what a job wrote, whatever its permissions are.
///
/// Root reads everything. Without root a file without permissions is not even its owner's to read, and that of another id
/// of the container is not the caller's. Such a one is made readable, and the caller's, first: it is of a layer
/// that goes with its container, so that nobody else sees that.
final class LayerReader {
    private let identity: IdentityRange?
    private var claims: FileClaims?

    /// - Parameter identity: the ids that the container had; nil where the caller may do anything to files of any of them.
    init(_ identity: IdentityRange?) { self.identity = identity }

    /// Makes sure that a directory that is held can be read.
    func open(top directory: borrowing HeldDirectory) throws(SystemError) {
        if Self.mayUse(".", in: directory, R_OK | X_OK) { return }
        try unlock(directory.descriptor, 0o700)
    }

    /// Opens a directory in this very one.
    func directory(_ name: ByteString, in parent: borrowing HeldDirectory) throws(SystemError) -> HeldDirectory {
        if !Self.mayUse(name, in: parent, R_OK | X_OK) { try unlock(parent.place(name), 0o700) }
        return try parent.directory(name)
    }

    /// Opens a file in this very directory for reading.
    func file(_ name: ByteString, in parent: borrowing HeldDirectory) throws(SystemError) -> OwnedDescriptor {
        if !Self.mayUse(name, in: parent, R_OK) { try unlock(parent.place(name), 0o600) }
        return try parent.file(name)
    }

    private static func mayUse(_ name: ByteString, in parent: borrowing HeldDirectory, _ rights: Int32) -> Bool {
        let raw = parent.descriptor.raw
        let flags = AT_EACCESS | AT_SYMLINK_NOFOLLOW
        return unsafe name.withPlatformBytes { unsafe faccessat(raw, $0, rights, flags) } == 0
    }

    private func unlock(_ file: borrowing OwnedDescriptor, _ bits: UInt32) throws(SystemError) {
        let status = try EntryStatus(of: file)
        let mode = status.mode & 0o7777 | bits
        guard let identity, status.uid != geteuid() else {
            _ = try check(isorun_set_mode(file.raw, mode), "make it readable")
            return
        }
        try started(identity).claim(file, mode: mode)
    }

    private func started(_ identity: IdentityRange) throws(SystemError) -> FileClaims {
        if let claims { return claims }
        let started = try FileClaims(identity)
        claims = started
        return started
    }
}
