import Glibc
import IsorunSystem
import IsorunTestSupport
import SystemPackage

/// Removes a directory of a test and what is in it, two levels deep.
func removeAll(_ directory: borrowing PrivateDirectory) {
    removeEntries(directory.path, depth: 3)
}

private func removeEntries(_ path: FilePath, depth: Int) {
    guard depth >= 0, let held = try? HeldDirectory(host: path) else { return }
    for name in (try? held.names()) ?? [] where unsafe unlinkat(held.descriptor.raw, name, 0) != 0 {
        removeEntries(path.appending(name), depth: depth - 1)
    }
    _ = unsafe path.withPlatformString { unsafe rmdir($0) }
}
