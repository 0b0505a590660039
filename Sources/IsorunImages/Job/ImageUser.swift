/// Who a process is by the names of an image: `NAME|UID[:GROUP|GID]`, as docker reads it.
package struct ImageUser: Hashable, Sendable {
    package var uid: UInt32
    package var gid: UInt32
    /// The home that `/etc/passwd` names.
    package var home: String?

    /// Looks names up in the image's own tables.
    ///
    /// - Parameters:
    ///   - text: the user; empty is root.
    ///   - passwd: the image's `/etc/passwd`.
    ///   - group: its `/etc/group`.
    /// - Throws: where a name is in neither, or a number is none of a container's.
    package init(_ text: String, passwd: [UInt8], group: [UInt8]) throws(ImageError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        let users = Self.rows(passwd)
        let row = users.first { $0.count >= 4 && $0[0] == name && !name.isEmpty }
        if let row {
            guard let uid = UInt32(row[2]), let gid = UInt32(row[3]) else {
                throw .refused("the image's /etc/passwd gives \(name) no ids")
            }
            (self.uid, self.gid) = (uid, gid)
        } else {
            guard let number = name.isEmpty ? 0 : UInt32(name) else {
                throw ImageError(.usage, "--user: the image's /etc/passwd has no \"\(name)\"")
            }
            uid = number
            gid = users.first { $0.count >= 4 && $0[2] == "\(number)" }.flatMap { UInt32($0[3]) } ?? 0
        }
        let own = uid
        home = (row ?? users.first { $0.count >= 6 && $0[2] == "\(own)" }).flatMap { $0.count >= 6 ? $0[5] : nil }
        if parts.count == 2 { gid = try Self.group(parts[1], group) }
        guard uid <= 65535, gid <= 65535 else {
            throw .refused("the user \(uid):\(gid) is not between 0 and 65535, the ids of a container")
        }
    }

    private static func group(_ name: String, _ table: [UInt8]) throws(ImageError) -> UInt32 {
        if let row = rows(table).first(where: { $0.count >= 3 && $0[0] == name }), let gid = UInt32(row[2]) {
            return gid
        }
        guard let number = UInt32(name) else {
            throw ImageError(.usage, "--user: the image's /etc/group has no \"\(name)\"")
        }
        return number
    }

    private static func rows(_ bytes: [UInt8]) -> [[String]] {
        bytes.split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
