import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@Suite struct `The environment` {
    private func environment(
        on host: HostFacts = Hosts.hybrid,
        _ ask: (inout JobSpec) -> Void = { _ in }
    ) throws -> [String] {
        try plan(on: host, ask).process.environment.map(\.text)
    }

    @Test func `is not the host's, but for what a person at this terminal would miss`() throws {
        let expected = [
            "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "HOSTNAME=isorun", "ISORUN=1", "LANG=C.UTF-8",
            "LC_TIME=de_DE", "TERM=xterm",
        ]
        #expect(try environment() == expected)
    }

    @Test func `takes what was asked for over everything else, and only what the host has of a bare name`() throws {
        let result = try environment {
            $0.process.environment = [
                variable("LANG", "C"), variable("AWS_SECRET_ACCESS_KEY", nil), variable("NOT_SET", nil),
                variable("A", ""),
                variable("A", "2"),
            ]
        }
        #expect(result.contains("LANG=C") && !result.contains("LANG=C.UTF-8"))
        #expect(result.contains("AWS_SECRET_ACCESS_KEY=secret"))
        #expect(result.contains("A=2") && !result.contains("A="))
        #expect(!result.contains { $0.hasPrefix("NOT_SET") })
    }

    @Test func `inherits nothing for untrusted code but what was asked for`() throws {
        let result = try environment {
            $0.untrusted = true
            $0.process.environment = [variable("CI", "1")]
        }
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        #expect(result == [path, "HOME=/root", "HOSTNAME=isorun", "ISORUN=1", "CI=1"])
    }

    @Test func `has another root's own PATH`() throws {
        let result = try environment { $0.filesystem.rootfs = .directory("/data") }
        #expect(result.first == "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    }

    @Test func `keeps bytes that are no text`() throws {
        let odd = ByteString([0xff, 0xfe])
        let plan = try plan { $0.process.environment = [variable("ODD", odd)] }
        #expect(plan.process.environment.last?.bytes == Array("ODD=".utf8) + odd.bytes)
    }

    @Test func `gives another user another home`() throws {
        #expect(try environment { $0.process.user = UserSpec(uid: 1000, gid: 1000) }.contains("HOME=/"))
    }
}

@Suite struct `The program` {
    // As execvp(3): a name with a slash is a path, any other is looked for in each absolute directory of PATH.
    @Test(
        arguments: [
            ("true", "/usr/bin:/bin", ["/usr/bin/true", "/bin/true"]),
            ("/bin/true", "/usr/bin", ["/bin/true"]),
            ("./true", "/usr/bin", ["./true"]),
            ("true", "/usr/bin::.:rel/bin:/bin", ["/usr/bin/true", "/bin/true"]),  // never the current directory
            ("true", "", []),
        ] as [(ByteString, ByteString, [ByteString])]
    )
    func `is looked for as execvp does`(name: ByteString, path: ByteString, candidates: [ByteString]) throws {
        let plan = try plan {
            $0.command = [name]
            $0.process.environment = [variable("PATH", path)]
        }
        #expect(plan.process.candidates == candidates)
    }

    @Test(
        arguments: [
            (["swift", "test", "--parallel"], "swift-test"),
            (["/usr/bin/swift", "test"], "swift-test"),
            (["make", "-j4"], "make"),
            (["sh", "-c", "exit 1"], "sh"),
            (["cargo", "test", "slow"], "cargo-test"),
            (["python3", "run.py"], "python3"),
            (["true"], "true"),
            (["/"], "/"),
            (["a b"], "a b"),
            (["x", ""], "x"),
        ] as [([ByteString], String)]
    )
    func `names the job with what it is asked to do`(command: [ByteString], name: String) throws {
        #expect(try plan { $0.command = command }.name == name)
    }

    @Test func `does not name the job that has a name`() throws {
        #expect(try plan { $0.name = "unit" }.name == "unit")
    }
}

@Suite struct `The job's rights` {
    @Test func `leave no core file`() throws {
        #expect(try plan().process.rlimits.contains(Rlimit(.core, soft: 0, hard: 0)))
        #expect(try !plan().process.pinCoreLimit)
    }

    @Test func `keep a core handler of the host from running as root`() throws {
        let plan = try plan(facts: { $0.corePattern = "|/usr/share/apport/apport %p" })
        #expect(plan.process.rlimits.contains(Rlimit(.core, soft: 1, hard: 1)))
        #expect(plan.process.pinCoreLimit)
    }

    @Test func `do not let --ulimit wake that handler`() throws {
        let plan = try plan(facts: { $0.corePattern = "|/usr/share/apport/apport %p" }) {
            $0.limits.rlimits = [Rlimit(.core, soft: .max, hard: .max)]
        }
        #expect(plan.process.rlimits.contains(Rlimit(.core, soft: 1, hard: 1)))
    }

    @Test func `never ask for more than this process may give`() throws {
        let plan = try plan(facts: { $0.hardRlimits = [.nofile: 512, .memlock: 65536] })
        #expect(plan.process.rlimits.contains(Rlimit(.nofile, soft: 512, hard: 512)))
        #expect(plan.process.rlimits.contains(Rlimit(.memlock, soft: 65536, hard: 65536)))
    }

    @Test func `are fewest for untrusted code`() throws {
        let plan = try plan {
            $0.untrusted = true
            $0.process.capDrop = ["NET_RAW"]
        }
        #expect(plan.process.seccomp == .builtin(.strict))
        #expect(plan.process.capDrop == ["ALL"])
        #expect(!plan.root.ownersMapped)
        #expect(try untrusted(.debug).process.seccomp == .builtin(.debug))
    }

    private func untrusted(_ profile: SeccompProfileName) throws -> SandboxPlan {
        try plan {
            $0.untrusted = true
            $0.process.seccomp = .builtin(profile)
        }
    }

    @Test func `stand behind ids that the caller has`() throws {
        #expect(try plan().identity == .leased)
        #expect(try plan(on: Hosts.single).identity == .single)
        let range = SubordinateIDs.Range(start: 100_000, count: 65536)
        let subordinate = IdentityPlan.subordinate(SubordinateIDs(uids: range, gids: range))
        #expect(try plan(on: Hosts.subordinate).identity == subordinate)
    }

    @Test func `are container root's where there is only one id`() {
        let error = refusal(on: Hosts.single) { $0.process.user = UserSpec(uid: 1000, gid: 0) }
        #expect(error?.message == "--user: only one id can be mapped for this user, and inside it is 0")
        #expect(error?.hint?.contains("usermod --add-subuids") == true)
    }
}
