package import IsorunModel

/// Who a process is by the names of an image: `NAME|UID[:GROUP|GID]`, as docker reads it.
package struct ImageUser: Hashable, Sendable {
    package var uid: UInt32
    package var gid: UInt32
    /// The supplementary groups: the group itself, and those that `/etc/group` puts the user in.
    package var groups: [UInt32] = []
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
        // Who names a group has no others.
        var others: [UInt32] = []
        if parts.count == 2 {
            gid = try Self.group(parts[1], group)
        } else if let member = (row ?? users.first { $0.count >= 4 && $0[2] == "\(own)" })?[0] {
            others = Self.groups(of: member, group)
        }
        groups = [gid] + others.filter { $0 != gid }
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

    /// The groups that a table puts a user in, in its order, each once; a container has none above 65535.
    private static func groups(of member: String, _ table: [UInt8]) -> [UInt32] {
        let name = Array(member.utf8)
        var found: [UInt32] = []
        var seen: Set<UInt32> = []
        // Lines may be long and many: each is passed over once, and nothing of it is kept.
        for line in table.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, let gid = UInt32(String(decoding: fields[2], as: UTF8.self)), gid <= 65535,
                !seen.contains(gid), !name.isEmpty
            else { continue }
            let members = fields[3].split(separator: UInt8(ascii: ","))
            guard members.contains(where: { $0.elementsEqual(name) }) else { continue }
            seen.insert(gid)
            found.append(gid)
        }
        return found
    }

    /// The same by numbers alone.
    package var spec: UserSpec { UserSpec(uid: uid, gid: gid, groups: groups) }

    private static func rows(_ bytes: [UInt8]) -> [[String]] {
        bytes.split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
