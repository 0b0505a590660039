import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite struct `The table of mounts` {
    // One line each, and what is read of it.
    @Test(arguments: [
        (
            "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
            "/mnt2|/mnt1|ext3|98:0|rw,errors=continue"
        ),
        ("36 35 98:0 / / rw - ext4 /dev/a rw", "/|/|ext4|98:0|rw"),
        ("36 35 0:5 / /a rw shared:1 master:2 propagate_from:3 - tmpfs tmpfs rw,size=4k", "/a|/|tmpfs|0:5|rw,size=4k"),
        (#"36 35 0:5 /b\040c /a\040b\011\012\134x rw - tmpfs none rw"#, "/a b\t\n\\x|/b c|tmpfs|0:5|rw"),
        (#"36 35 0:5 / /a\999\04 rw - tmpfs none rw"#, #"/a\999\04|/|tmpfs|0:5|rw"#),
        // A field named like the separator, an empty source, a dash in a path.
        ("36 35 0:5 / /- rw - tmpfs  rw", "/-|/|tmpfs|0:5|rw"),
    ])
    func `has a line for each`(line: String, expected: String) throws {
        let mount = try #require(MountTable.parse(Array(line.utf8)).first)
        let fields = [mount.mountPoint.string, mount.root.string, mount.type, mount.device, mount.superOptions]
        #expect(fields.joined(separator: "|") == expected)
    }

    @Test(arguments: [
        "", "\n\n", "36 35 98:0 /a /b rw", "36 35 98:0 /a /b rw - ext3", "36 35 98:0 /a /b rw ext3 /dev/root rw x",
    ])
    func `leaves out what is no mount`(text: String) {
        #expect(MountTable.parse(Array(text.utf8)).isEmpty)
    }

    @Test func `keeps the order, and names byte for byte`() {
        let line = { (path: [UInt8]) in Array("1 2 0:5 / ".utf8) + path + Array(" rw - tmpfs none rw\n".utf8) }
        let mounts = MountTable.parse(line(Array("/b".utf8)) + line([0x2F, 0xFF]) + line(Array("/b".utf8)))
        #expect(mounts.map(\.mountPoint.bytes) == [[0x2F, 0x62], [0x2F, 0xFF], [0x2F, 0x62]])
    }

    @Test func `of many mounts is read in time that grows with their number only`() {
        let line = "36 35 98:0 / /data/disk rw,noatime shared:1 - ext4 /dev/root rw\n"
        let clock = ContinuousClock()
        func least(_ lines: Int) -> Duration {
            let bytes = Array(String(repeating: line, count: lines).utf8)
            let times = (0..<5).map { _ in clock.measure { #expect(MountTable.parse(bytes).count == lines) } }
            return times.min() ?? .zero
        }
        // Twenty times the lines; a square would be four hundred times the time.
        #expect(least(10000) < least(500) * 150)
    }
}

@Suite struct `The table of users` {
    private static let text = """
        root:x:0:0:root:/root:/bin/bash
        daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
        ann:x:1000:1000:Ann,,,:/home/ann/:/bin/sh
        bob:x:1001:1001::/srv/../srv/bob:/bin/sh
        toor:x:0:0::/toor:/bin/sh
        broken:x:many:0::/broken:/bin/sh
        short:x:1002:1002
        relative:x:1003:1003::home:/bin/sh
        slash:x:1004:1004::/:/bin/sh
        service:x:999:999::/var/lib/service:/bin/false
        """

    private func homes(uid: UInt32 = 0, home: ByteString? = nil) -> [FilePath] {
        var caller = Caller()
        caller.uid = uid
        if let home { caller.environment = [EnvironmentEntry(name: "HOME", value: home)] }
        return UserTable.parse(Array(Self.text.utf8)).homes(andOf: caller)
    }

    @Test func `knows the homes of people and of root, and none of the system's places`() {
        #expect(homes() == ["/root", "/home/ann", "/srv/bob", "/toor"])
    }

    @Test func `knows the caller's own, whoever that is`() {
        #expect(homes(uid: 999) == ["/root", "/home/ann", "/srv/bob", "/toor", "/var/lib/service"])
        #expect(homes(home: "/elsewhere/./me").last == "/elsewhere/me")
        #expect(homes(home: "/home/ann").count == 4 && homes(home: "/").count == 4 && homes(home: "").count == 4)
    }

    @Test func `knows names by id`() {
        let table = UserTable.parse(Array(Self.text.utf8))
        #expect(table.name(of: 0) == "root" && table.name(of: 1001) == "bob" && table.name(of: 4) == nil)
    }
}
