import IsorunArguments
import IsorunModel
import SystemPackage
import Testing

@Suite struct `Reports` {
    @Test func `are understood`() throws {
        let request = try resolved(
            "--junit out/j.xml --junit-dialect surefire --json - --events /tmp/e.jsonl --writes w.txt --verbose "
                + "--artifact build/*.log:logs --artifact [[:alpha:]]* --artifact x --collect-junit **/*.xml"
        )
        var expected = ReportRequest()
        expected.junit = .file("/home/ada/out/j.xml")
        expected.junitDialect = .surefire
        expected.json = .standardOutput
        expected.events = .file("/tmp/e.jsonl")
        expected.verbose = true
        #expect(request.reports == expected)
        #expect(request.job.collection.writes == "/home/ada/w.txt")
        #expect(request.job.collection.junitPatterns == ["**/*.xml"])
        #expect(
            request.job.collection.artifacts == [
                ArtifactSpec(pattern: "build/*.log", destination: "/home/ada/logs"),
                ArtifactSpec(pattern: "[[:alpha:]]*", destination: nil), ArtifactSpec(pattern: "x", destination: nil),
            ]
        )
        #expect(try resolved("-q").reports.quiet)
    }

    // Written with a slash at its end, or as a directory's own name, a destination is a directory.
    @Test(arguments: [
        ("x:out/", true), ("x:out", false), ("x:out/.", true), ("x:..", true), ("x:/", true), ("x", false),
        ("a/../x:out", false), ("a/./../b/..:out", false),
    ])
    func `of artifacts know a directory by its spelling`(artifact: String, intoDirectory: Bool) throws {
        let specs = try resolved("--artifact \(artifact)").job.collection.artifacts
        #expect(specs.map(\.intoDirectory) == [intoDirectory])
    }

    @Test(arguments: [
        ("--json x --junit x", #"--json: "x" is the file that --junit writes to as well; give each a file of its own"#),
        (
            "--json /home/ada/x --events ./y/../x",
            #"--events: "./y/../x" is the file that --json writes to as well; give each a file of its own"#
        ),
        ("--json - --events -", #"--events: "-" is stdout that --json writes to as well; give each a file of its own"#),
        (
            "--writes x --junit x",
            #"--writes: "x" is the file that --junit writes to as well; give each a file of its own"#
        ),
        ("--json out/", #"--json: "out/" is a directory, and a file is needed; for example: result.json"#),
        ("--junit ..", #"--junit: ".." is a directory, and a file is needed; for example: junit.xml"#),
        ("--events=", #"--events: "" is not a path; for example: events.jsonl"#),
        ("--junit-dialect surfire", #"--junit-dialect: "surfire" is not a dialect; did you mean surefire?"#),
        ("--writes -", #"--writes: "-" is not a file; for example: writes.txt"#),
        (
            "--writes x --read-only",
            #"--writes: "x" would list what --read-only does not let the job write; leave one of the two out"#
        ),
        ("--artifact x:", #"--artifact: "x:" has an empty destination; for example: build/*.log:logs"#),
        (
            "--artifact ../../x",
            #"--artifact: "../../x" leads out of the working directory; name the path inside, as /build/*.log"#
        ),
        (
            "--artifact a/../../x:y",
            #"--artifact: "a/../../x:y" leads out of the working directory; name the path inside, as /build/*.log"#
        ),
        ("--artifact /a/../../x", #"--artifact: "/a/../../x" leads out of the container; leave the .. out"#),
        ("--artifact a/*/../x", #"--artifact: "a/*/../x" has .. behind a wildcard; for example: build/*.log"#),
        (
            "--collect-junit ../*.xml",
            #"--collect-junit: "../*.xml" leads out of the working directory; name the path inside, as /build/*.log"#
        ),
        ("--artifact :x", #"--artifact: ":x" has no pattern; for example: build/*.log:logs"#),
        (
            "--collect-junit a.xml",
            #"--collect-junit: "a.xml" has no report to be merged into; name that report: --junit FILE, or --events FILE"#
        ),
        ("--collect-junit=", #"--collect-junit: "" is not a pattern; for example: build/*.xml"#),
        ("-q --verbose", "--quiet: says less, and --verbose more; leave one of the two out"),
    ])
    func `that cannot be meant are refused`(options: String, error: String) {
        #expect(refusal(options) == error)
    }
}
