internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// `/etc/passwd`; read directly, since a static program has no NSS.
struct UserTable: Sendable {
    private var users: [(name: String, uid: UInt32, home: FilePath)] = []

    static func parse(_ bytes: [UInt8]) -> UserTable {
        var table = UserTable()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 7, let uid = UInt32(String(decoding: fields[2], as: UTF8.self)) else { continue }
            let home = FilePath(String(decoding: fields[5], as: UTF8.self))
            table.users.append((String(decoding: fields[0], as: UTF8.self), uid, home.lexicallyNormalized()))
        }
        return table
    }

    func name(of uid: UInt32) -> String? { users.first { $0.uid == uid }?.name }

    /// Homes of people: root's, those of users from 1000 on, and the caller's own.
    ///
    /// Those of system users are places of the system: `/bin`, `/usr/games`.
    func homes(andOf caller: Caller) -> [FilePath] {
        var homes: [FilePath] = ["/root"]
        for user in users where user.uid == 0 || (1000..<60000).contains(user.uid) || user.uid == caller.uid {
            homes.append(user.home)
        }
        if let home = caller.environment.first(where: { $0.name == "HOME" })?.value {
            homes.append(FilePath(home.text).lexicallyNormalized())
        }
        var kept: [FilePath] = []
        for home in homes where home.isAbsolute && !home.components.isEmpty && !kept.contains(home) {
            kept.append(home)
        }
        return kept
    }
}

/// `/etc/subuid` and `/etc/subgid`, subuid(5).
enum SubordinateTable {
    static func ranges(uid: UInt32, user: String?, _ reading: inout HostReading) -> SubordinateIDs? {
        guard let uids = range(reading.bytes("/etc/subuid"), uid, user),
            let gids = range(reading.bytes("/etc/subgid"), uid, user)
        else { return nil }
        return SubordinateIDs(uids: uids, gids: gids)
    }

    private static func range(_ bytes: [UInt8], _ uid: UInt32, _ user: String?) -> SubordinateIDs.Range? {
        let ranges = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line -> SubordinateIDs.Range? in
            let fields = line.split(separator: UInt8(ascii: ":")).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 3, fields[0] == user || fields[0] == "\(uid)" else { return nil }
            guard let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0 else { return nil }
            return SubordinateIDs.Range(start: start, count: count)
        }
        return ranges.max { $0.count < $1.count }
    }
}
