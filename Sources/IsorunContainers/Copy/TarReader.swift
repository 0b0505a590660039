internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Reads a tar archive from an open file, which stays its owner's: ustar, pax, and GNU's long names.
///
/// Whatever it is given, it ends or throws; it holds one entry's name and one buffer in memory.
package final class TarReader {
    private let input: Int32
    private var buffer = [UInt8](repeating: 0, count: 128 << 10)
    private var available = 0..<0
    private var rest: UInt64 = 0
    private var padding = 0
    private var hasEnded = false
    /// Bytes of contents so far.
    package private(set) var bytesRead: UInt64 = 0

    package init(_ input: Int32) { self.input = input }

    /// The next entry, what is left of the former one's contents skipped; nil at the end.
    package func next() throws(ContainerError) -> TarEntry? {
        guard !hasEnded else { return nil }
        while try !read(most: buffer.count).isEmpty {}
        var longPath: ByteString?
        var longTarget: ByteString?
        var records: [UInt8] = []
        while let block = try header() {
            guard var entry = TarHeader.entry(block) else { throw Self.damaged("a header's sum is wrong") }
            switch entry.kind {
            case .other(UInt8(ascii: "x")): records = try extensionRecords(entry)
            case .other(UInt8(ascii: "g")): _ = try extensionRecords(entry)
            case .other(UInt8(ascii: "L")): longPath = ByteString(try extensionRecords(entry).prefix { $0 != 0 })
            case .other(UInt8(ascii: "K")): longTarget = ByteString(try extensionRecords(entry).prefix { $0 != 0 })
            default:
                if let longPath { entry.path = longPath }
                if let longTarget { entry.target = longTarget }
                guard TarHeader.extend(&entry, with: records) else { throw Self.damaged("a pax header is none") }
                return try begin(entry)
            }
        }
        hasEnded = true
        return nil
    }

    private func begin(_ entry: TarEntry) throws(ContainerError) -> TarEntry {
        var entry = entry
        // Only files have contents, and what is said of others is not to be believed: pax archives have a size there.
        switch entry.kind {
        case .file, .other: break
        case .directory, .link, .hardLink: entry.size = 0
        }
        guard !entry.path.bytes.contains(0), entry.target?.bytes.contains(0) != true else {
            throw Self.damaged("a name has a NUL in it")
        }
        rest = entry.size
        padding = TarHeader.padding(after: entry.size)
        return entry
    }

    /// The next bytes of the entry's contents; empty at their end.
    package func read(most: Int) throws(ContainerError) -> ArraySlice<UInt8> {
        guard rest > 0 else {
            try skipPadding()
            return []
        }
        if available.isEmpty { try fill() }
        let count = min(available.count, Int(clamping: rest), most)
        let bytes = buffer[available.prefix(count)]
        available = available.dropFirst(count)
        rest -= UInt64(count)
        bytesRead += UInt64(count)
        return bytes
    }

    /// Takes in what follows the archive's end, so that who writes it is not stopped.
    package func drain() {
        available = 0..<0
        while (try? fill()) != nil {}
    }

    private func skipPadding() throws(ContainerError) {
        while padding > 0 {
            if available.isEmpty { try fill() }
            let count = min(available.count, padding)
            available = available.dropFirst(count)
            padding -= count
        }
    }

    /// A block that is no end; nil where the archive has one, or nothing at all.
    private func header() throws(ContainerError) -> [UInt8]? {
        var block: [UInt8] = []
        while block.count < TarHeader.blockSize {
            if available.isEmpty {
                do throws(ContainerError) {
                    try fill()
                } catch {
                    // Some writers leave the two blocks of zeros out.
                    if block.isEmpty, error.isMissing { return nil }
                    throw error
                }
            }
            let count = min(available.count, TarHeader.blockSize - block.count)
            block += buffer[available.prefix(count)]
            available = available.dropFirst(count)
        }
        return block.allSatisfy { $0 == 0 } ? nil : block
    }

    private func extensionRecords(_ entry: TarEntry) throws(ContainerError) -> [UInt8] {
        guard entry.size <= TarHeader.longestExtension else { throw Self.damaged("a name is longer than 1 MiB") }
        rest = entry.size
        padding = TarHeader.padding(after: entry.size)
        var bytes: [UInt8] = []
        while case let part = try read(most: buffer.count), !part.isEmpty { bytes += part }
        bytesRead -= entry.size
        return bytes
    }

    private func fill() throws(ContainerError) {
        var count = 0
        repeat {
            count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(input, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        if count < 0 { throw ContainerError(SystemError("read the archive", "", Errno(rawValue: errno))) }
        // "Missing" tells an end from a failure.
        if count == 0 { throw ContainerError("the archive ends in the middle of an entry", isMissing: true) }
        available = 0..<count
    }

    private static func damaged(_ why: String) -> ContainerError { ContainerError("this is no tar archive: \(why)") }
}
