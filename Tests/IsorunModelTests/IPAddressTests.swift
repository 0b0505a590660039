import IsorunModel
import Testing

@Suite struct `An IP address` {
    @Test(
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("fe80::1", "fe80::1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("1::", "1::"),
            ("::ffff:192.0.2.1", "::ffff:c000:201"), ("fd69:736f:7275:6e::100", "fd69:736f:7275:6e::100"),
        ]
    )
    func `is read and written as RFC 5952 has it`(text: String, expected: String) throws {
        #expect(try #require(IPAddress(parsing: text)).description == expected)
    }

    @Test(
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "+1.2.3.4", "1..2.3", "localhost",
            ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%eth0",
            "1:2:3:4:5:6:7::8",
            "::1.2.3", "[::1]", "::-1",
        ]
    )
    func `is not read from anything else`(text: String) {
        #expect(IPAddress(parsing: text) == nil)
    }

    @Test func `knows where it leads`() throws {
        #expect(IPAddress(127, 9, 9, 9).isLoopback && !IPAddress(128, 0, 0, 1).isLoopback)
        #expect(IPAddress(169, 254, 1, 1).isLinkLocal && IPAddress(0, 0, 0, 0).isAny)
        #expect(try #require(IPAddress(parsing: "::1")).isLoopback)
        #expect(try #require(IPAddress(parsing: "febf::1")).isLinkLocal)
        #expect(try !#require(IPAddress(parsing: "fec0::1")).isLinkLocal)
    }
}

@Suite struct `A resolv.conf` {
    @Test func `is read as far as a container can use it`() {
        let text =
            "# x\nnameserver 127.0.0.53\nnameserver\t2001:db8::1 \nnameserver fe80::1%eth0\n; y\noptions edns0\nsearch a b\n\nfoo"
        let facts = ResolverFacts(parsing: text)
        #expect(facts.nameservers.map(\.description) == ["127.0.0.53", "2001:db8::1"])
        #expect(facts.settings == ["options edns0", "search a b"])
    }
}
