/// A tar archive that a test makes entry by entry, hostile ones among them: POSIX ustar, with pax headers for attributes.
struct Tarball {
    private(set) var bytes: [UInt8] = []

    /// Adds an entry as it is said, whatever it means.
    mutating func add(
        _ path: String,
        type: Character = "0",
        _ contents: String = "",
        mode: Int = 0o644,
        owner: Int = 0,
        target: String = "",
        time: Int = 1_000_000_000,
        device: (Int, Int) = (0, 0),
        attributes: [(String, String)] = []
    ) {
        if !attributes.isEmpty {
            let records = attributes.map { Self.record("SCHILY.xattr.\($0.0)", $0.1) }.joined()
            append("pax", "x", Array(records.utf8), 0o644, 0, "", time, (0, 0))
        }
        append(path, type, Array(contents.utf8), mode, owner, target, time, device)
    }

    private static func record(_ key: String, _ value: String) -> String {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while "\(length)".utf8.count + rest.utf8.count != length { length = "\(length)".utf8.count + rest.utf8.count }
        return "\(length)\(rest)"
    }

    private mutating func append(
        _ path: String,
        _ type: Character,
        _ contents: [UInt8],
        _ mode: Int,
        _ owner: Int,
        _ target: String,
        _ time: Int,
        _ device: (Int, Int)
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ width: Int) -> String {
            let digits = String(value, radix: 8)
            return String(repeating: "0", count: width - digits.utf8.count) + digits
        }
        put(path, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(owner, 7), at: 108)
        put(octal(owner, 7), at: 116)
        put(octal(contents.count, 11), at: 124)
        put(octal(time, 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(target, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal(device.0, 7), at: 329)
        put(octal(device.1, 7), at: 337)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        bytes += header + contents
        bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    /// The archive with its end.
    var closed: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
