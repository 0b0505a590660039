import IsorunModel
import Testing

@testable import IsorunArguments

@Suite struct `Published ports` {
    private func ports(_ options: String) throws -> [String] {
        try resolved(options).job.ports.map(\.description)
    }

    @Test(
        arguments: [
            ("-p 8080:80", ["127.0.0.1:8080 to 80/tcp"]),
            ("-p8080:80", ["127.0.0.1:8080 to 80/tcp"]),
            ("--publish 5353:53/udp", ["127.0.0.1:5353 to 53/udp"]),
            ("-p 8080:80/tcp", ["127.0.0.1:8080 to 80/tcp"]),
            ("-p 0.0.0.0:8080:80", ["0.0.0.0:8080 to 80/tcp"]),
            ("-p [::1]:8080:80", ["[::1]:8080 to 80/tcp"]),
            // docker reads an address of IPv6 without brackets, too.
            ("-p ::1:8080:80", ["[::1]:8080 to 80/tcp"]),
            ("-p 0:80", ["127.0.0.1:any to 80/tcp"]),
            ("-p 80", ["127.0.0.1:any to 80/tcp"]),
            ("-p 192.0.2.1::80", ["192.0.2.1:any to 80/tcp"]),
            (
                "-p 8000-8002:80-82/udp",
                ["127.0.0.1:8000 to 80/udp", "127.0.0.1:8001 to 81/udp", "127.0.0.1:8002 to 82/udp"]
            ),
            ("-p 0:80-81", ["127.0.0.1:any to 80/tcp", "127.0.0.1:any to 81/tcp"]),
            ("-p 53:53 -p 53:53/udp", ["127.0.0.1:53 to 53/tcp", "127.0.0.1:53 to 53/udp"]),
            ("-p 65535:65535", ["127.0.0.1:65535 to 65535/tcp"]),
        ]
    )
    func `are understood as docker has them, on this machine's own address`(options: String, expected: [String]) throws
    {
        #expect(try ports(options) == expected)
        #expect(try resolved(options).job.network == .private)
    }

    private static let example = "for example: 8080:80, 127.0.0.1:5353:53/udp, 8000-8009:80-89"

    @Test(
        arguments: [
            ("-p 8080:80/sctp", #"--publish: "8080:80/sctp" ends in neither /tcp nor /udp; for example: 5353:53/udp"#),
            ("-p x:80", #"--publish: "x:80" has a port that is not a number; \#(example)"#),
            ("-p 8080:", #"--publish: "8080:" has a port that is not a number; \#(example)"#),
            ("-p 8080:0", #"--publish: "8080:0" has a port that is not between 1 and 65535; \#(example)"#),
            ("-p 65536:80", #"--publish: "65536:80" has a port that is not between 1 and 65535; \#(example)"#),
            ("-p 90-80:90-80", #"--publish: "90-80:90-80" has a range that ends before it begins; \#(example)"#),
            (
                "-p 8000-8002:80",
                #"--publish: "8000-8002:80" has 3 ports of the host for 1 inside; for example: 8000-8009:80-89"#
            ),
            (
                "-p localhost:8080:80",
                #"--publish: "localhost:8080:80" does not begin with an IP address; "#
                    + "for example: 127.0.0.1:8080:80, [::1]:8080:80"
            ),
            ("-p [::1]8080:80", #"--publish: "[::1]8080:80" has no ]: after its address; for example: [::1]:8080:80"#),
            (
                "-p 8080:80 -p 127.0.0.2:8080:81",
                #"--publish: "127.0.0.2:8080:81" publishes port 8080/tcp of the host a second time; "#
                    + "for example: 0:80, any free one"
            ),
            (
                "-p 1-1001:1-1001",
                #"--publish: "1-1001:1-1001" makes more than 1000 ports; for example: 8000-8009:80-89"#
            ),
            (
                "--network none -p 80:80",
                #"--publish: "80:80" needs a private network; leave --network out, or use --network private"#
            ),
            (
                "--network host --host-loopback",
                "--host-loopback: it needs a private network; leave --network out, or use --network private"
            ),
        ]
    )
    func `that make no sense are refused with the way out`(options: String, expected: String) {
        #expect(refusal(options) == expected)
    }

    @Test func `of another container is named, and has that one's ports`() throws {
        let job = try resolved("--network container:web").job
        #expect(job.network == .container && job.networkPeer == .container("web") && job.ports.isEmpty)
        #expect(
            refusal("--network container:")
                == #"--network: "container:" names no container; for example: container:web"#
        )
        #expect(refusal("--network container") != nil)
        #expect(
            refusal("--network container:web -p 80:80")?.hasPrefix(#"--publish: "80:80" needs a private network"#)
                == true
        )
    }

    @Test func `are none where nothing is asked for, and a private network may have none`() throws {
        #expect(try resolved("").job.network == .none)
        #expect(try resolved("--network private").job.ports == [])
        let job = try resolved("--host-loopback").job
        #expect(job.hostLoopback && job.network == .private)
    }
}
