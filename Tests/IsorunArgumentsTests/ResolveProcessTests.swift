import IsorunArguments
import IsorunModel
import SystemPackage
import Testing

@Suite struct `The process` {
    @Test func `is understood`() throws {
        let job = try resolved(
            "-e A=1 -e B -e C= -e A=x=y -u 1000:65535 --hostname build-1.local --seccomp debug --cap-add cap_net_raw "
                + "--cap-drop all --no-init --network host -it --name unit"
        ).job
        var expected = ProcessSpec()
        expected.environment = [
            EnvironmentEntry(name: "A", value: "1"), EnvironmentEntry(name: "B", value: nil),
            EnvironmentEntry(name: "C", value: ""), EnvironmentEntry(name: "A", value: "x=y"),
        ]
        expected.user = UserSpec(uid: 1000, gid: 65535)
        expected.hostname = "build-1.local"
        expected.seccomp = .builtin(.debug)
        expected.capAdd = ["NET_RAW"]
        expected.capDrop = ["ALL"]
        expected.initProcess = false
        #expect(job.process == expected)
        #expect(job.network == .host)
        #expect(job.streams.interactive && job.streams.terminal)
        #expect(job.name == "unit")
    }

    @Test func `has group 0 where only a user is given`() throws {
        #expect(try resolved("-u 7").job.process.user == UserSpec(uid: 7, gid: 0))
    }

    @Test func `takes a seccomp profile from a file`() throws {
        #expect(try resolved("--seccomp my.json").job.process.seccomp == .file("/home/ada/my.json"))
        #expect(try resolved("--seccomp ./strict").job.process.seccomp == .file("/home/ada/strict"))
    }

    @Test func `that is not trusted has the strict filter and may be given variables`() throws {
        let job = try resolved("--untrusted -e A=1 --cap-drop ALL --seccomp strict").job
        #expect(job.untrusted)
        #expect(job.process.seccomp == .builtin(.strict))
        #expect(try resolved("--untrusted").job.process.seccomp == .builtin(.strict))
    }

    @Test(
        arguments: [
            ("-u root", #"--user: "root" is not UID[:GID] in numbers; for example: 1000:1000"#),
            ("-u 1:2:3", #"--user: "1:2:3" is not UID[:GID] in numbers; for example: 1000:1000"#),
            ("-u 1:", #"--user: "1:" is not UID[:GID] in numbers; for example: 1000:1000"#),
            (
                "-u 65536",
                #"--user: "65536" is not between 0 and 65535, the ids of a container; for example: 1000:1000"#
            ),
            (
                "--hostname -x",
                nil  // no value at all: ArgumentParser says so
            ),
            (
                "--hostname=-x",
                #"--hostname: "-x" is not a host name: letters, digits and - within, in parts by dots; for example: build-1"#
            ),
            (
                "--hostname a_b",
                #"--hostname: "a_b" is not a host name: letters, digits and - within, in parts by dots; for example: build-1"#
            ),
            (
                "--hostname a..b",
                #"--hostname: "a..b" is not a host name: letters, digits and - within, in parts by dots; for example: build-1"#
            ),
            ("-e =x", #"--env: "=x" has no name; for example: MODE=test"#),
            ("-e=", #"--env: "" has no name; for example: MODE=test"#),
            ("--seccomp strcit", #"--seccomp: "strcit" is not a seccomp profile; did you mean strict?"#),
            (
                "--seccomp web",
                #"--seccomp: "web" is not a seccomp profile; use one of: default, strict, debug, unconfined, "#
                    + "or a file: ./profile.json"
            ),
            ("--cap-add NET_RWA", #"--cap-add: "NET_RWA" is not a capability; did you mean NET_RAW?"#),
            (
                "--cap-drop x",
                #"--cap-drop: "x" is not a capability; for example: NET_RAW, or ALL; see capabilities(7)"#
            ),
            ("--network hots", #"--network: "hots" is not a network; did you mean host?"#),
            ("--network bridge", #"--network: "bridge" is not a network; use one of: none, host, private"#),
            ("--name=", #"--name: "" is not a name that a report can carry; for example: unit-tests"#),
            (
                "--untrusted --cap-add KILL",
                #"--cap-add: "KILL" gives a capability to a job that --untrusted gives none; leave one of the two out"#
            ),
            (
                "--seccomp unconfined --untrusted",
                #"--seccomp: "unconfined" takes the place of the strict filter of --untrusted; leave one of the two out"#
            ),
        ] as [(String, String?)]
    )
    func `that cannot be meant is refused`(options: String, error: String?) {
        #expect(refusal(options) == error)
    }

    @Test func `shows no control characters of a value to the terminal`() {
        #expect(
            refusal(["--name", "a\u{1B}[31m"])
                == #"--name: "a\u{1B}[31m" is not a name that a report can carry; for example: unit-tests"#
        )
    }

    @Test func `has a host name that the kernel can hold`() {
        let long = String(repeating: "a", count: 63)
        #expect(refusal("--hostname \(long)") == nil)
        #expect(refusal("--hostname \(long).b") != nil)
        #expect(refusal("--hostname \(long)a") != nil)
    }

    @Test func `has a command`() {
        #expect(
            throws: UsageError(option: "command", problem: "there is none", hint: "for example: isorun -- swift test")
        ) {
            try RunArguments().resolve(workingDirectory: "/")
        }
        #expect(throws: UsageError.self) { try RunArguments(command: ["", "x"]).resolve(workingDirectory: "/") }
    }
}
