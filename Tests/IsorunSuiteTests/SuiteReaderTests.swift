import IsorunArguments
import IsorunModel
import SystemPackage
import Testing

@testable import IsorunSuite

@Suite struct `A suite file` {
    private func read(_ text: String, environment: [String: String] = [:]) throws(SuiteProblems) -> SuiteFile {
        try SuiteReader.read(
            text,
            name: "isorun.yml",
            directory: "/srv/p",
            frameworks: ["swift", "exec", "googletest"]
        ) { environment[$0] }
    }

    private func problems(_ text: String) -> [String] {
        do throws(SuiteProblems) {
            _ = try read(text)
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    @Test func `gives jobs with their options, the defaults' where they have none of their own`() throws {
        let suite = try read(
            """
            version: 1
            defaults: {memory: 256m, timeout: 30s, volume: [./a:/a], env: {A: 1}}
            jobs:
              - name: unit
                run: swift test && echo done
                memory: 2g
                retries: 2
                readOnly: true
                volume: ./b:/b:ro
                env: {B: two words, C: }
              - name: plain
                run: [printf, '%s', 1.10]
            """
        )
        let unit = suite.jobs[0]
        #expect(unit.spec.command.map(\.text) == ["/bin/sh", "-ec", "swift test && echo done"])
        #expect(unit.spec.limits.memory == ByteCount(2 << 30))
        #expect(unit.spec.limits.timeout == .seconds(30))
        #expect(unit.spec.filesystem.readOnly)
        #expect(unit.spec.filesystem.volumes.map(\.source.string) == ["/srv/p/b"])
        #expect(unit.spec.process.environment.map(\.name.text) == ["A", "B", "C"])
        #expect(unit.spec.process.environment.last?.value == nil)
        #expect(unit.retries == 2)
        let plain = suite.jobs[1]
        #expect(plain.spec.command.map(\.text) == ["printf", "%s", "1.10"], "a number stays as it was written")
        #expect(plain.spec.limits.memory == ByteCount(256 << 20))
        #expect(plain.spec.filesystem.volumes.map(\.source.string) == ["/srv/p/a"])
    }

    @Test func `takes back each flag and list of the defaults that a job may take back`() {
        for (name, kind) in JobOptionNames.all where kind != .value && name != "init" {
            var arguments = RunArguments()
            JobOptionNames.set(name, kind == .flag ? "true" : "x", in: &arguments)
            #expect(arguments != RunArguments(), "\(name)")
            arguments.clear(name)
            #expect(arguments == RunArguments(), "\(name)")
        }
    }

    @Test func `gives a package's tests with what their framework has to be told`() throws {
        let suite = try read(
            """
            version: 1
            jobs:
              - name: unit
                tests: {framework: googletest, path: cpp, per: case, build: make, program: [a, b], buildNetwork: host}
            """
        )
        let tests = try #require(suite.jobs[0].tests)
        #expect(tests.framework == "googletest" && tests.path == "cpp" && tests.per == "case")
        #expect(tests.programs == ["a", "b"] && tests.build == "make" && tests.buildNetwork == "host")
    }

    @Test(arguments: [
        ("{framework: swft}", "tests.framework: there is no \"swft\"; did you mean swift?"),
        ("{per: tset}", "tests.per: there is no \"tset\"; did you mean test?"),
        ("{framework: exec}", "tests: exec needs listCommand and runCommand"),
        ("{framework: googletest}", "tests: googletest needs program; for example: program: build/unit_tests"),
        ("{buildCache: maybe}", "tests.buildCache: it is neither true nor false"),
        ("{prgram: x}", "tests.prgram: there is no such field; did you mean program?"),
    ])
    func `refuses tests that no framework could run`(_ tests: String, _ problem: String) {
        let found = problems("version: 1\njobs:\n  - {name: a, tests: \(tests)}\n")
        #expect(found.count == 1)
        #expect(found.first?.contains(problem) == true, "\(found)")
    }

    @Test func `refuses tests of a package that is not there`() {
        let text = "version: 1\njobs:\n  - {name: a, tests: {path: nodir}}\n  - {name: b, tests: {path: pkg}}\n"
        let error = #expect(throws: SuiteProblems.self) {
            try SuiteReader.read(
                text,
                name: "isorun.yml",
                directory: "/srv/p",
                frameworks: [],
                isDirectory: { $0 == "/srv/p/pkg" }
            ) { _ in nil }
        }
        let found = error?.all.map { "\($0)" }
        #expect(found == ["isorun.yml:3:29: jobs[0].tests.path: there is no directory nodir"])
    }

    @Test func `makes a job of each combination of a matrix, and needs names all of them`() throws {
        let suite = try read(
            """
            version: 1
            jobs:
              - name: build
                matrix: {os: [a, b], n: [1, 2]}
                run: make ${matrix.os} ${matrix.n} "$HOME" ${HOME}
              - {name: after, run: "true", needs: build}
              - {name: one, run: "true", needs: ["build (os=b, n=1)"]}
            """
        )
        #expect(
            suite.jobs.map(\.name).prefix(4) == [
                "build (os=a, n=1)", "build (os=a, n=2)", "build (os=b, n=1)", "build (os=b, n=2)",
            ]
        )
        #expect(suite.jobs[1].spec.command.last?.text == #"make a 2 "$HOME" ${HOME}"#)
        #expect(suite.jobs[4].needs == [0, 1, 2, 3])
        #expect(suite.jobs[5].needs == [2])
    }

    @Test func `calls the jobs of a matrix as their name says, where that has the matrix in it`() throws {
        let text = """
            version: 1
            jobs:
              - {name: "t-${matrix.os}", matrix: {os: [a, b]}, run: "true"}
              - {name: after, run: "true", needs: t-b}
            """
        let suite = try read(text)
        #expect(suite.jobs.map(\.name) == ["t-a", "t-b", "after"])
        #expect(suite.jobs[2].needs == [1])
    }

    @Test(
        arguments: [
            ("run: \"true\\0 && exit 1\"", "run"), ("run: [\"true\", \"\\0\"]", "run[1]"),
            ("run: x, workdir: \"/tmp\\0/nope\"", "workdir"), ("run: x, env: {A: \"x\\0y\"}", "env.A"),
            ("run: x, env: {\"A\\0\": y}", "env"), ("run: x, matrix: {m: [\"\\0\"]}", "matrix.m[0]"),
        ]
    )
    func `has no text with a NUL in it, which would be cut there`(_ fields: String, _ field: String) {
        let found = problems("version: 1\njobs: [{name: a, \(fields)}]")
        #expect(found.contains { $0.contains("jobs[0].\(field): it ") }, "\(found)")
    }

    @Test func `leaves to the shell what that can do with a variable called env`() throws {
        let line = "echo ${env:-prod} ${env:=x} ${env:+y} ${env:?z} ${env:0:3} ${env: -1}"
        let suite = try read("version: 1\njobs: [{name: a, run: '\(line)'}]")
        #expect(suite.jobs[0].spec.command.last?.text == line)
    }

    @Test func `refuses variables that are not UTF-8, which would become others`() {
        let error = #expect(throws: SuiteProblems.self) {
            try read("version: 1\njobs: [{name: a, run: '${env:B}'}]", environment: ["B": "a\u{FFFD}b"])
        }
        #expect(error?.all.first?.description.contains("env: [B] passes them on") == true)
    }

    @Test func `takes variables of isorun's environment where they are named, and from nowhere else`() throws {
        let text = "version: 1\njobs: [{name: a, run: 'echo ${env:TOKEN}'}]"
        #expect(try read(text, environment: ["TOKEN": "x y"]).jobs[0].spec.command.last?.text == "echo x y")
        #expect(
            problems(text) == [
                "isorun.yml:2:23: jobs[0].run: the variable TOKEN is not set in isorun's environment"
            ]
        )
        #expect(
            problems("version: 1\njobs: [{name: a, run: 'echo ${env:TOKEN'}]") == [
                "isorun.yml:2:23: jobs[0].run: ${env:TOKEN has no closing brace"
            ]
        )
    }

    @Test func `takes them within what the shell expands, too`() throws {
        let text = "\u{FEFF}version: 1\njobs: [{name: a, run: 'echo ${A:-${env:TOKEN}} ${B} ${C'}]"
        let suite = try read(text, environment: ["TOKEN": "x"])
        #expect(suite.jobs[0].spec.command.last?.text == "echo ${A:-x} ${B} ${C")
        #expect(
            problems(text) == [
                "isorun.yml:2:23: jobs[0].run: the variable TOKEN is not set in isorun's environment"
            ]
        )
    }

    @Test(
        arguments: [
            (
                "version: 1\njobs:\n  - {name: a, run: x, timeout: 5}\n  - {name: b, run: x, needs: [a]}",
                ["isorun.yml:3:32: jobs[0].timeout: \"5\" is not a duration; for example: 1h30m"]
            ),
            (
                "version: 1\ndefaults: {timeout: 5}\njobs:\n  - {name: a, run: x}\n  - {name: b, run: x}",
                ["isorun.yml:2:21: defaults.timeout: \"5\" is not a duration; for example: 1h30m"]
            ),
            ("version: 1\njobs: [{name: [x], run: x}]", ["isorun.yml:2:15: jobs[0].name: it is not a text"]),
            (
                "version: 1\njobs:\n  - name: a\n    run: x\n    memroy: 1g",
                [
                    "isorun.yml:5:5: jobs[0].memroy: there is no such field; did you mean memory?"
                ]
            ),
            (
                "version: 1\njobs:\n  - name: a\n    run: x\n    memory: 12q\n  - name: a\n    run: y",
                [
                    "isorun.yml:5:13: jobs[0].memory: \"12q\" is not a size; for example: 256m"
                ]
            ),
            ("version: 2\njobs: []", ["isorun.yml:1:10: version: this isorun reads version 1 only"]),
            ("jobs: []", ["isorun.yml:1:1: version: it is missing; write: version: 1"]),
            (
                "version: 1\njobs:\n  - name: a",
                [
                    "isorun.yml:3:5: jobs[0]: it runs nothing; write run: COMMAND, or tests: {path: .}"
                ]
            ),
            (
                "version: 1\njobs:\n  - {name: a, run: x}\n  - {name: a, run: y}",
                [
                    "isorun.yml:4:12: jobs[1].name: another job is called \"a\", in line 3"
                ]
            ),
            (
                "version: 1\njobs:\n  - {name: \"a ${matrix.x}\", run: x, matrix: {x: [1], y: [2, 3]}}",
                [
                    """
                    isorun.yml:3:12: jobs[0].name: two jobs of the matrix are called "a 1"; a name has all its variables \
                    or none, and no value is there twice
                    """
                ]
            ),
            (
                "version: 1\njobs:\n  - &a {name: a, run: x}\n  - {<<: *a, name: b, run: x, pids: 4}",
                [
                    """
                    isorun.yml:4:6: jobs[1].<<: merge keys are of YAML 1.1, and not read; what jobs have in common may \
                    stand in defaults
                    """,
                    "isorun.yml:4:31: jobs[1].pids: there is no such field; did you mean pidsLimit?",
                ]
            ),
            (
                "version: 1\njobs:\n  - {name: build, run: x}\n  - {name: b, run: y, needs: biuld}",
                [
                    "isorun.yml:4:30: jobs[1].needs: there is no job \"biuld\"; did you mean \"build\"?"
                ]
            ),
            (
                "version: 1\njobs:\n  - {name: a, run: x, needs: b}\n  - {name: b, run: y, needs: a}",
                [
                    "isorun.yml:3:12: jobs[0].name: jobs need each other in a circle: \"a\" needs \"b\" needs \"a\""
                ]
            ),
            (
                "version: 1\njobs:\n  - {name: a, run: x, init: maybe}",
                [
                    "isorun.yml:3:29: jobs[0].init: it is neither true nor false"
                ]
            ),
            ("version: 1\njobs:\n  - {name: a, run: []}", ["isorun.yml:3:20: jobs[0].run: there is no command in it"]),
            (
                "version: 1\njobs:\n  - {name: a, run: x, tests: {path: .}}",
                [
                    "isorun.yml:3:15: jobs[0].run: a job has either run or tests"
                ]
            ),
            ("", ["isorun.yml:1:1: it is empty; a suite needs version: 1 and jobs"]),
        ] as [(String, [String])]
    )
    func `names line, column, field and the nearest right name of all that is wrong`(
        _ text: String,
        _ expected: [String]
    ) {
        #expect(problems(text) == expected)
    }

    @Test(arguments: [
        "version: 1\njobs:\n  - {name: a", "version: 1\n\tjobs: []", "a: b: c", "version: 1\nversion: 1\njobs: []",
    ]
    )
    func `that is no YAML is refused with its place`(_ text: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("isorun.yml:") == true)
    }

    @Test func `says all that is wrong at once`() {
        let text = "version: 1\njobs:\n  - {name: a, run: x, timeout: soon}\n  - {name: b, runn: y}"
        #expect(problems(text).count == 3)
    }

    @Test func `has all that is wrong with defaults, though jobs have their own`() {
        let text =
            "version: 1\ndefaults: {memory: lots, retries: two, cpus: 1}\njobs: [{name: a, run: x, memory: 1g, retries: 1}]"
        let found = problems(text)
        #expect(found.count == 2 && found.allSatisfy { $0.contains("defaults.") })
        // What belongs together is looked at in the jobs, which may have the rest of it.
        #expect(problems("version: 1\ndefaults: {memorySwap: 2g}\njobs: [{name: a, run: x, memory: 1g}]").isEmpty)
        #expect(
            problems("version: 1\ndefaults: {memory: '${matrix.m}'}\njobs: [{name: a, run: x, matrix: {m: [1g]}}]")
                .isEmpty
        )
    }

    @Test(arguments: SuiteReader.independent) func `looks at each default that means the same alone`(name: String) {
        #expect(JobOptionNames.all.contains { $0.name == name })
        let found = problems("version: 1\ndefaults: {\(name): nonsense}\njobs: []")
        #expect(found.contains { $0.contains("defaults.\(name): ") })
    }

    @Test func `tells of a name that many jobs need wrongly, and soon`() {
        let values = (0..<5000).map(String.init).joined(separator: ", ")
        let text =
            "version: 1\njobs:\n  - {name: build, run: x}\n  - {name: test, run: x, needs: biuld, matrix: {n: [\(values)]}}"
        #expect(problems(text) == ["isorun.yml:4:33: jobs[1].needs: there is no job \"biuld\""])
    }

    @Test(
        arguments: [
            ("matrix: {'': [1]}", "matrix: it is no name of a variable"),
            ("matrix: {? [x] : [1]}", "matrix: it is no name of a variable"),
            ("env: {A: '${env:B:-c}'}", "env.A: \"B:-c\" is no name of a variable"),
            ("env: {A: '${env:}'}", "env.A: \"\" is no name of a variable"),
        ]
    )
    func `refuses what is no name of a variable`(field: String, message: String) {
        #expect(problems("version: 1\njobs: [{name: a, run: x, \(field)}]").first?.contains(message) == true)
    }

    @Test func `refuses what no command could be given`() {
        let long = String(repeating: "x", count: 128 << 10)
        #expect(problems("version: 1\njobs: [{name: a, run: x, env: {A: \(long)}}]").first?.contains("128 KiB") == true)
        #expect(problems("version: 1\njobs: [{name: a, run: x, env: {A: \(long.dropLast(3))}}]").isEmpty)
    }
}
