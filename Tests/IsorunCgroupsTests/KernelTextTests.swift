import Testing

@testable import IsorunCgroups

@Suite struct `Text of the kernel` {
    @Test(
        arguments: [
            ("0", 0), ("42\n", 42), ("18446744073709551615", UInt64.max),
            ("18446744073709551616", nil), ("99999999999999999999999", nil), ("max\n", nil), ("", nil), ("-1", nil),
        ] as [(String, UInt64?)]
    )
    func `is read as decimal numbers of 64 bits, or not at all`(text: String, value: UInt64?) {
        #expect(decimal(Array(text.utf8).span) == value)
    }

    @Test(
        arguments: [
            ("oom", 2), ("oom_kill", 3), ("max", 7), ("oom_group_kill", nil), ("low", nil), ("", nil), ("last", nil),
        ] as [(String, UInt64?)]
    )
    func `gives the number behind a whole key`(key: String, value: UInt64?) {
        let text = KeyedText(bytes: Array("max 7\noom_kill 3\noom 2\nlow x\nlast".utf8))
        switch key {
        case "oom": #expect(text.value("oom") == value)
        case "oom_kill": #expect(text.value("oom_kill") == value)
        case "max": #expect(text.value("max") == value)
        case "oom_group_kill": #expect(text.value("oom_group_kill") == value)
        case "low": #expect(text.value("low") == value)
        case "last": #expect(text.value("last") == value)
        default: #expect(text.value("") == value)
        }
    }

    @Test(arguments: [0, 7, 10, 99, 100, 999, 1000, 2047])
    func `names a slot's directory and knows it again`(slot: Int) {
        let name = GroupName(slot: slot)
        let bytes = (0..<name.count).map { name.bytes[$0] }
        #expect(String(decoding: bytes, as: UTF8.self) == "isorun-\(slot)")
        #expect(name.bytes[name.count] == 0)
        #expect(GroupName.slot(named: bytes.span) == slot)
    }

    @Test(arguments: ["isorun-", "isorun-2048", "isorun-07", "isorun-1x", "isorun-99999", "isorun", "xisorun-1", "."])
    func `takes no other directory for one of isorun's`(name: String) {
        #expect(GroupName.slot(named: Array(name.utf8).span) == nil)
    }
}
