@testable import IsorunSecurity
import Testing

private func set(_ names: String...) throws -> CapabilitySet {
    try names.reduce(into: []) { $0.formUnion(try CapabilityNames.named($1)) }
}

@Suite struct `Capabilities` {
    @Test func `of docker's default are the constants`() throws {
        let names = try set(
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "MKNOD",
            "NET_RAW",
            "SETGID",
            "SETUID",
            "SETFCAP",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "SYS_CHROOT",
            "KILL",
            "AUDIT_WRITE"
        )
        #expect(names == .dockerDefault)
        #expect(names.rawValue == 0xa804_25fb)
        #expect(try CapabilityRequest().resolve().bounding == .dockerDefault)
    }

    @Test(arguments: ["NET_ADMIN", "cap_net_admin", "Cap_Net_Admin", "net_admin"])
    func `are named in any case, with or without CAP_`(name: String) throws {
        #expect(try CapabilityNames.named(name) == CapabilitySet(number: 12))
        #expect(CapabilityNames.name(of: 12) == "NET_ADMIN")
    }

    @Test(arguments: [
        ("NET_ADMN", "did you mean NET_ADMIN?"), ("sysadmin", "did you mean SYS_ADMIN?"), ("AL", "did you mean ALL?"),
        ("", "write for example NET_ADMIN or ALL; see capabilities(7)"),
        ("12", "write for example NET_ADMIN or ALL; see capabilities(7)"),
        ("CAP_", "write for example NET_ADMIN or ALL; see capabilities(7)"),
        ("frobnicate", "write for example NET_ADMIN or ALL; see capabilities(7)"),
    ])
    func `with a wrong name are refused with the right one`(name: String, hint: String) throws {
        let error = try #require(throws: SecurityError.self) { try CapabilityRequest(drop: [name]).resolve() }
        #expect(error.code == .unknownCapability)
        #expect(error.subject == "\"\(name)\"")
        #expect(error.hint == hint)
    }

    @Test func `are added and dropped as docker does`() throws {
        let all = CapabilityNames.all
        let standard = CapabilitySet.dockerDefault
        let cases: [(add: [String], drop: [String], expected: CapabilitySet)] = [
            (["NET_ADMIN"], [], standard.union(try set("NET_ADMIN"))),
            ([], ["KILL", "cap_chown"], standard.subtracting(try set("KILL", "CHOWN"))),
            (["KILL"], ["KILL"], standard),
            ([], ["ALL"], []),
            (["SYS_PTRACE"], ["all"], try set("SYS_PTRACE")),
            (["ALL"], [], all),
            (["all"], ["SYS_ADMIN"], all.subtracting(try set("SYS_ADMIN"))),
        ]
        for (add, drop, expected) in cases {
            let masks = try CapabilityRequest(add: add, drop: drop).resolve()
            #expect(masks.bounding == expected, "+\(add) -\(drop)")
            #expect(masks.permitted == expected && masks.effective == expected)
            #expect(masks.inheritable.isEmpty && masks.ambient.isEmpty && masks.withheld.isEmpty)
        }
    }

    @Test func `of another user are only those added by name`() throws {
        let plain = try CapabilityRequest(uid: 1000).resolve()
        #expect(plain.bounding == .dockerDefault)
        #expect(plain.permitted.isEmpty && plain.effective.isEmpty && plain.ambient.isEmpty)
        let asked = try CapabilityRequest(add: ["NET_BIND_SERVICE"], uid: 1000).resolve()
        let expected = try set("NET_BIND_SERVICE")
        #expect(asked.ambient == expected && asked.inheritable == expected)
        #expect(asked.permitted == expected && asked.effective == expected)
    }

    @Test func `are none for code that is not trusted`() throws {
        let masks = try CapabilityRequest(add: ["ALL"], untrusted: true).resolve()
        #expect(masks.bounding.isEmpty && masks.permitted.isEmpty && masks.effective.isEmpty && masks.ambient.isEmpty)
        #expect(masks.withheld == CapabilityNames.all)
    }

    @Test func `give files none where set-ID bits are forbidden`() throws {
        let masks = try CapabilityRequest(forbidSetIDBits: true).resolve()
        #expect(masks.bounding == .dockerDefault.subtracting(.setFileCapabilities))
        #expect(masks.withheld.isEmpty)
        for uid in [0, 1000] as [UInt32] {
            let asked = try CapabilityRequest(add: ["SETFCAP"], uid: uid, forbidSetIDBits: true).resolve()
            let held = asked.bounding.union(asked.permitted).union(asked.ambient)
            #expect(!held.contains(.setFileCapabilities))
            #expect(asked.withheld == .setFileCapabilities)
        }
    }
}
