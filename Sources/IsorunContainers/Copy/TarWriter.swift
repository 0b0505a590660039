internal import Glibc
package import IsorunSystem
internal import SystemPackage

/// Writes a tar archive to an open file, which stays its owner's.
package final class TarWriter {
    private let output: Int32
    private var pending: [UInt8] = []
    private var rest: UInt64 = 0
    private var size: UInt64 = 0
    /// Bytes of contents so far.
    package private(set) var bytesWritten: UInt64 = 0

    package init(_ output: Int32) { self.output = output }

    /// Begins an entry, whose contents follow.
    package func begin(_ entry: TarEntry) throws(SystemError) {
        pending += TarHeader.blocks(of: entry)
        size = entry.size
        rest = entry.size
        try endEntry()
    }

    /// Writes the next bytes of the contents, no more than the entry has.
    package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
        let bytes = bytes.prefix(Int(clamping: rest))
        pending += bytes
        rest -= UInt64(bytes.count)
        bytesWritten += UInt64(bytes.count)
        try endEntry()
    }

    private func endEntry() throws(SystemError) {
        if rest == 0 {
            pending += [UInt8](repeating: 0, count: TarHeader.padding(after: size))
            size = 0
        }
        if pending.count >= 128 << 10 { try flush() }
    }

    /// Ends the archive.
    package func end() throws(SystemError) {
        pending += [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
        try flush()
    }

    private func flush() throws(SystemError) {
        var done = 0
        while done < pending.count {
            let count = unsafe pending.withUnsafeBytes {
                unsafe Glibc.write(output, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write the archive", "", Errno(rawValue: errno)) }
            done += count
        }
        pending.removeAll(keepingCapacity: true)
    }
}
