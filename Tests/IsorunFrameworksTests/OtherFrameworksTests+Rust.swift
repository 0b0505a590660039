import IsorunFrameworks
import Testing

extension `Other frameworks` {
    @Test func `Rust's list is read`() throws {
        let list = "tests::good: test\nbench: benchmark\n"
        let tests = try CargoFramework().tests(
            in: Array(list.utf8),
            of: TestCommand([], runner: "/w/target/debug/deps/my_crate-0123\t/w/my\tmy-crate")
        )
        #expect(tests.map(\.fullName) == ["my-crate::tests/good"])
    }

    @Test func `Rust's list is known by its total, whatever a program printed before main`() throws {
        let command = TestCommand([], runner: "/w/p-1\t/w\tp")
        func names(_ list: String) throws -> [String] {
            try CargoFramework().tests(in: Array(list.utf8), of: command).map(\.fullName)
        }
        #expect(
            try names("logger ready\na: test\nm::b: test\nc: benchmark\n\n2 tests, 1 benchmark\n") == ["p/a", "p::m/b"]
        )
        #expect(try names("noise\n0 tests, 0 benchmarks\nbye\n").isEmpty)
        #expect(throws: ListError.self) { try names("a: test\n\n2 tests, 0 benchmarks\n") }
        #expect(throws: ListError.self) { try names("this is a: test\na: test\n\n1 test, 0 benchmarks\n") }
        #expect(throws: ListError.self) { try names("noise\na: test\n") }
    }

    @Test func `every call of cargo knows the toolchains of the user whose cargo PATH names`() throws {
        let framework = CargoFramework()
        let package = Package(directory: "/w", files: [])
        let metadata =
            #"{"packages":[{"name":"dd","version":"0.1.0","manifest_path":"/w/Cargo.toml","targets":[{"kind":["lib"],"name":"dd","doctest":true}]}]}"#
        let lines = ["   Doc-tests dd", metadata]
        let documentation = try #require(framework.list(package, built: BuiltFiles(lines: lines)).last)
        let test = TestID(classname: "", name: "x", specifier: "x", runner: documentation.runner)
        for command in framework.build(package) + [documentation, framework.run([test], package)] {
            #expect(command.arguments.contains { $0.contains("export RUSTUP_HOME=") && $0.contains("cargo test") })
        }
        #expect(framework.build(package).first?.title == "cargo test --no-run")
    }

    @Test func `Rust's programs are told apart by package and target, and start where their manifest is`() {
        func message(_ id: String, _ kind: String, _ target: String, test: Bool = true) -> String {
            #"{"reason":"compiler-artifact","package_id":"\#(id)","manifest_path":"/w/a/Cargo.toml","target":{"kind":["\#(kind)"],"name":"\#(target)"},"profile":{"test":\#(test)},"executable":"/w/target/debug/deps/x-1"}"#
        }
        let built = BuiltFiles(lines: [
            message("path+file:///w/a#0.1.0", "lib", "a"), message("path+file:///w/a#0.1.0", "bin", "a"),
            message("path+file:///w/a#one@0.1.0", "test", "it"), message("two 0.1.0 (path+file:///w/a)", "test", "it"),
            message("path+file:///w/a#0.1.0", "bin", "a", test: false), "warning: noise",
        ])
        let commands = CargoFramework().list(Package(directory: "/w", files: []), built: built)
        #expect(commands.map { $0.runner.split(separator: "\t").last } == ["a", "a::bin/a", "one::it", "two::it"])
        #expect(commands[0].arguments.contains("/w/a"))
    }

    @Test func `examples in the documentation of a library of Rust are tests that share a container`() throws {
        let framework = CargoFramework()
        let package = Package(directory: "/w", files: [])
        let message =
            #"{"package_id":"path+file:///w#dd@0.1.0","manifest_path":"/w/Cargo.toml","target":{"kind":["lib"],"name":"dd","doctest":true},"profile":{"test":true},"executable":"/w/target/debug/deps/dd-1"}"#
        let metadata =
            #"{"packages":[{"name":"dd","version":"0.1.0","manifest_path":"/w/Cargo.toml","targets":[{"kind":["lib"],"name":"dd","doctest":true}]}]}"#
        let commands = framework.list(package, built: BuiltFiles(lines: [message, "   Doc-tests dd", metadata]))
        #expect(commands.count == 2)
        let list = "src/lib.rs - (line 1): test\nsrc/lib.rs - f (line 5): test\nsrc/lib.rs - g (line 10): test\n"
        let tests = try framework.tests(in: Array(list.utf8), of: commands[1])
        #expect(
            tests.map(\.fullName) == [
                "dd::doc/src/lib.rs - (line 1)", "dd::doc/src/lib.rs - f (line 5)", "dd::doc/src/lib.rs - g (line 10)",
            ]
        )
        #expect(Sharing.test.groups(of: tests).map(\.count) == [3])
        let text = """
            test src/lib.rs - (line 1) ... ignored
            test src/lib.rs - f (line 5) ... FAILED
            test src/lib.rs - g (line 10) - compile fail ... ok

            failures:

            ---- src/lib.rs - f (line 5) stdout ----
            Test executable failed (exit status: 101).

            stderr:
            """
        let evidence = TestEvidence(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: 0)
        #expect(
            framework.read(evidence, of: tests).map(\.status) == [
                .skipped("ignored"), .failed("Test executable failed (exit status: 101)."), .passed,
            ]
        )
        #expect(framework.run([tests[0]], package).arguments.contains("dd:0.1.0"))
    }

    @Test func `a program of Rust's that brings a main of its own is one test, and its exit code the result`() throws {
        let framework = CargoFramework()
        let command = TestCommand([], runner: "/w/target/debug/deps/ui-1\t/w\tp::ui")
        let tests = try framework.tests(in: Array("isorun: this program brings a main of its own\n".utf8), of: command)
        #expect(tests.map(\.fullName) == ["p::ui/main"])
        let run = framework.run(tests, Package(directory: "/w", files: []))
        #expect(run.arguments.last == "/w/target/debug/deps/ui-1")
        for (code, status) in [(0, .passed), (3, .failed("exit 3")), (nil, .started)] as [(Int32?, TestReport.Status)] {
            let evidence = TestEvidence(
                stdout: Array("test x ... FAILED".utf8),
                stderr: [],
                report: nil,
                exitCode: code
            )
            #expect(framework.read(evidence, of: tests).map(\.status) == [status])
        }
    }

    @Test func `a program of Rust's tests is told from a module of its name`() {
        func names(_ programs: [(name: String, module: String)]) -> [String] {
            let tests = programs.map { program in
                let runner = "/p/\(program.name)\t/w\t\(program.name)"
                return TestID(classname: program.module, name: "works", specifier: "works", runner: runner)
            }
            return CargoFramework().distinguish(tests).map(\.fullName)
        }
        #expect(names([("app", "app::tests"), ("app::it", "app::it")]) == ["app::tests/works", "app::it/works"])
        #expect(
            names([("app", "app::it::a"), ("app::it", "app::it::a")]) == ["app::it::a/works", "app::test/it::a/works"]
        )
    }

    @Test func `libraries with examples are those that cargo names, whether or not they have tests`() throws {
        func package(_ name: String, _ version: String, _ doctest: Bool, kind: String = "lib") -> String {
            #"{"name":"\#(name)","version":"\#(version)","manifest_path":"/w/\#(name)/Cargo.toml","#
                + #""targets":[{"kind":["\#(kind)"],"name":"\#(name)","doctest":\#(doctest)}]}"#
        }
        let packages = [
            package("my-app", "0.2.0", true), package("other", "1.0.0", true), package("none", "1.0.0", false),
        ]
        let lines = ["   Doc-tests my_app", #"{"packages":[\#(packages.joined(separator: ","))]}"#]
        let commands = CargoFramework().list(Package(directory: "/w", files: []), built: BuiltFiles(lines: lines))
        #expect(commands.count == 1)
        #expect(commands.first?.arguments.suffix(2) == ["/w/my-app", "my-app:0.2.0"])
        let tests = try CargoFramework().tests(in: Array("src/lib.rs - f (line 1): test\n".utf8), of: commands[0])
        #expect(tests.map(\.fullName) == ["my-app::doc/src/lib.rs - f (line 1)"])
    }
}
