internal import Glibc
package import IsorunSystem
internal import SystemPackage

/// Reads a container's log from its oldest file on, and what is added while it reads.
package struct LogReader: ~Copyable {
    private let directory: OwnedDescriptor
    private var file: OwnedDescriptor?
    private var inode: UInt64 = 0
    private var rest: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 65536)

    /// Begins with the oldest file that is there.
    package init(_ directory: borrowing HeldDirectory) throws(SystemError) {
        let numbers = try directory.names().compactMap { Self.number($0) }.sorted(by: >)
        self.directory = try directory.descriptor.duplicate("read the log")
        for number in numbers where open(number) { break }
    }

    private static func number(_ name: String) -> Int? {
        if name == LogWriter.name { return 0 }
        guard name.hasPrefix(LogWriter.name + ".") else { return nil }
        return Int(name.dropFirst(LogWriter.name.utf8.count + 1))
    }

    private mutating func open(_ number: Int) -> Bool {
        let name = number == 0 ? LogWriter.name : "\(LogWriter.name).\(number)"
        let raw = unsafe openat(directory.raw, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard raw >= 0 else { return false }
        let opened = OwnedDescriptor(raw)
        var status = stat()
        guard unsafe fstat(raw, &status) == 0 else { return false }
        inode = UInt64(status.st_ino)
        file = consume opened
        return true
    }

    /// The records that are there and were not read yet; none at the end of what there is now.
    package mutating func next() -> [LogRecord] {
        var successor: Int?
        while true {
            let count = unsafe read(file?.raw ?? -1, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count > 0 {
                rest += buffer[..<count]
                let records = take()
                if !records.isEmpty { return records }
                continue
            }
            // What has a successor is written no more: only now is its end the end.
            if successor != nil, let next = newer() {
                successor = nil
                rest = []
                if open(next) { continue }
                return []
            }
            successor = newer()
            if successor == nil { return [] }
        }
    }

    /// Whole lines of what was read.
    private mutating func take() -> [LogRecord] {
        guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let records = rest[..<last].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .compactMap { LogRecord($0) }
        rest.removeSubrange(...last)
        return records
    }

    /// The number of the file that followed the one being read, where the log was rotated meanwhile.
    private func newer() -> Int? {
        var newer: Int?
        for number in 0..<100 {
            let name = number == 0 ? LogWriter.name : "\(LogWriter.name).\(number)"
            var status = stat()
            guard unsafe fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { break }
            if UInt64(status.st_ino) == inode, file != nil { return newer }
            newer = number
        }
        // The one that was read has fallen off the end: the oldest that is there comes next.
        return newer
    }
}
