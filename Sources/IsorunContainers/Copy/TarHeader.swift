internal import IsorunModel

/// The block of 512 bytes before an entry's contents: POSIX.1-2001 ustar, with pax headers for what finds no room.
enum TarHeader {
    static let blockSize = 512
    /// Names and numbers that are longer than this are no names and numbers.
    static let longestExtension: UInt64 = 1 << 20

    /// Zeros up to the next block.
    static func padding(after size: UInt64) -> Int { (blockSize - Int(size % UInt64(blockSize))) % blockSize }

    // MARK: Writing

    /// The blocks of an entry.
    static func blocks(of entry: TarEntry) -> [UInt8] {
        var extensions: [UInt8] = []
        func extend(_ key: String, _ value: [UInt8]) { extensions += record(key, value) }
        if entry.path.bytes.count > 100 { extend("path", entry.path.bytes) }
        if let target = entry.target, target.bytes.count > 100 { extend("linkpath", target.bytes) }
        if entry.size >= 1 << 33 { extend("size", Array("\(entry.size)".utf8)) }
        if entry.uid >= 1 << 21 { extend("uid", Array("\(entry.uid)".utf8)) }
        if entry.gid >= 1 << 21 { extend("gid", Array("\(entry.gid)".utf8)) }
        if !(0..<1 << 33).contains(entry.modified) { extend("mtime", Array("\(entry.modified)".utf8)) }
        var blocks: [UInt8] = []
        if !extensions.isEmpty {
            var header = TarEntry("PaxHeaders/entry", .other(UInt8(ascii: "x")), mode: 0o644)
            header.size = UInt64(extensions.count)
            blocks += block(header) + extensions
            blocks += [UInt8](repeating: 0, count: padding(after: header.size))
        }
        return blocks + block(entry)
    }

    private static func block(_ entry: TarEntry) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func put(_ number: UInt64, at offset: Int, digits: Int) {
            let text = String(number, radix: 8)
            guard text.utf8.count <= digits else { return }  // it stands in the pax header
            put((String(repeating: "0", count: digits - text.utf8.count) + text).utf8, at: offset)
        }
        put(entry.path.bytes.prefix(100), at: 0)
        put(UInt64(entry.mode), at: 100, digits: 7)
        put(UInt64(entry.uid), at: 108, digits: 7)
        put(UInt64(entry.gid), at: 116, digits: 7)
        put(entry.size, at: 124, digits: 11)
        put(UInt64(clamping: entry.modified), at: 136, digits: 11)
        block[156] = entry.letter
        if let target = entry.target { put(target.bytes.prefix(100), at: 157) }
        put("ustar\u{0}00".utf8, at: 257)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        let sum = block.reduce(0) { $0 + UInt64($1) }
        put(sum, at: 148, digits: 6)
        block[154] = 0
        return block
    }

    /// `LENGTH KEY=VALUE\n`, where the length counts itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
        return Array("\(length)".utf8) + rest
    }

    // MARK: Reading

    /// What a block says; nil for one whose sum is wrong.
    static func entry(_ block: [UInt8]) -> TarEntry? {
        let sum = block.indices.reduce(0) { $0 + (148..<156 ~= $1 ? 32 : UInt64(block[$1])) }
        guard number(block[148..<156]) == sum else { return nil }
        guard let size = number(block[124..<136]), let mode = number(block[100..<108]) else { return nil }
        var path = text(block[0..<100])
        // GNU's own format has other things in the place of the prefix.
        if block[257..<263].elementsEqual("ustar\u{0}".utf8), block[345] != 0 {
            path = text(block[345..<500]) + [UInt8(ascii: "/")] + path
        }
        let target = ByteString(text(block[157..<257]))
        let isDirectory = path.last == UInt8(ascii: "/")
        let kind: TarEntry.Kind =
            switch block[156] {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): isDirectory ? .directory : .file
            case UInt8(ascii: "1"): .hardLink(target: target)
            case UInt8(ascii: "2"): .link(target: target)
            case UInt8(ascii: "5"): .directory
            case let letter: .other(letter)
            }
        var entry = TarEntry(ByteString(path), kind, mode: UInt32(truncatingIfNeeded: mode) & 0o7777)
        entry.uid = UInt32(clamping: number(block[108..<116]) ?? 0)
        entry.gid = UInt32(clamping: number(block[116..<124]) ?? 0)
        entry.modified = Int64(clamping: number(block[136..<148]) ?? 0)
        entry.size = size
        return entry
    }

    /// Takes over the records of a pax header; false where they are none.
    static func extend(_ entry: inout TarEntry, with records: [UInt8]) -> Bool {
        var rest = records[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let length = Int(digits(rest[..<space])) else {
                return false
            }
            guard length > space - rest.startIndex + 1, length <= rest.count else { return false }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return false }
            take(digits(record[..<equals]), record[(equals + 1)...], &entry)
            rest = rest[(rest.startIndex + length)...]
        }
        return true
    }

    private static func take(_ key: String, _ value: ArraySlice<UInt8>, _ entry: inout TarEntry) {
        switch key {
        case "path": entry.path = ByteString(value)
        case "linkpath": entry.target = ByteString(value)
        case "size": entry.size = UInt64(digits(value)) ?? entry.size
        case "uid": entry.uid = UInt32(digits(value)) ?? entry.uid
        case "gid": entry.gid = UInt32(digits(value)) ?? entry.gid
        case "mtime": entry.modified = Int64(digits(value).prefix { $0 != "." }) ?? entry.modified
        default: break
        }
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits, or as GNU's tar has it a number of 256 to the base whose first bit is set; nil for neither.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            var value: UInt64 = 0
            for byte in field.dropFirst() {
                guard value >> 56 == 0 else { return nil }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        return digits.isEmpty ? 0 : UInt64(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}

extension TarEntry {
    /// Where a link leads.
    var target: ByteString? {
        get {
            switch kind {
            case .link(let target), .hardLink(let target): target
            default: nil
            }
        }
        set {
            guard let newValue else { return }
            switch kind {
            case .link: kind = .link(target: newValue)
            case .hardLink: kind = .hardLink(target: newValue)
            default: break
            }
        }
    }

    fileprivate var letter: UInt8 {
        switch kind {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .link: UInt8(ascii: "2")
        case .directory: UInt8(ascii: "5")
        case .other(let letter): letter
        }
    }
}
