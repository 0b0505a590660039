import IsorunFrameworks
import Testing

extension `Other frameworks` {
    @Test(
        arguments: [
            ("1..2\nok 1\nok 2 - x", 0, .passed), ("ok 1\n1..1", 0, .passed),
            ("1..2\nok 1\nnot ok 2 - x", 0, .failed("not ok 2 - x")), ("1..1\nnot ok 1 # TODO later", 0, .passed),
            ("1..3\nok 1", 0, .failed("it planned 3 points and made 1")),
            ("ok 1", 0, .failed("it printed no plan (1..N)")),
            ("1..1\nok 1", 2, .failed("exit 2")), ("1..0 # SKIP no perl", 0, .skipped("1..0 # SKIP no perl")),
            ("1..2\nok 1", 139, .failed("exit 139, as where signal 11 ended it")),
            ("1..2\nok 1\nBail out! gone", 0, .failed("Bail out! gone")),
            ("1..1\nokay, here we go\nok 1", 0, .passed), ("1..1\nok - 2 apples", 0, .passed),
            ("1..2\nok 1\nok 1", 0, .failed("its points are out of sequence: 1 in the place of 2")),
            ("1..2\nok 2\nok 1", 0, .failed("its points are out of sequence: 2 in the place of 1")),
            ("1..1\nok 1\n1..1", 0, .failed("it printed more than one plan")),
            ("1..1\nnot ok 1 - reads \\# TODO", 0, .failed("not ok 1 - reads \\# TODO")),
            ("1..1\nnot ok 1 # TODOs", 0, .failed("not ok 1 # TODOs")),
            ("1..1\nnot ok 1 - a # b # TODO", 0, .failed("not ok 1 - a # b # TODO")),
            ("1..1\nnot ok 1 - a \\\\#todo: b", 0, .passed),
        ] as [(String, Int, TestReport.Status)]
    )
    func `TAP programs fail by their points, their plan or their exit code`(
        _ text: String,
        _ code: Int,
        _ expected: TestReport.Status
    ) {
        let output = "# isorun: begin t/a.t\n\(text)\n\n# isorun: end \(code)\n"
        #expect(read(TAPFramework(), ["t/a.t"], out: output) == [expected])
    }

    @Test func `TAP programs share a container by cases no more than by files`() {
        let tests = ["t/a.t", "t/b.t"].map { TestID(classname: "", name: $0, file: $0, specifier: $0, runner: "") }
        #expect(Sharing.case.groups(of: tests).map(\.count) == [1, 1])
        #expect(Sharing.all.groups(of: tests).map(\.count) == [2])
    }

    @Test func `TAP programs of one container have a time each`() {
        let output = "# isorun: begin a\n1..1\nok 1\n\n# isorun: end 0 12.50 13.75\n"
        let tests = ["a", "b"].map { TestID(classname: "", name: $0, specifier: $0, runner: "r") }
        let evidence = TestEvidence(stdout: Array(output.utf8), stderr: [], report: nil, exitCode: 0)
        #expect(TAPFramework().read(evidence, of: tests).last?.duration == .milliseconds(1250))
    }

    @Test(arguments: [
        ("TAP version 13\npragma +strict\n1..1\nok 1\ngarbage", "it is strict and printed what is no TAP: garbage"),
        ("1..1 # foo\nok 1", "it printed no plan (1..N)"),
        ("TAP version 13\npragma +strict\nok 1\n  ---\nnot ok 2\n1..2", "not ok 2"),
        ("1..1\n  Bail out! broken\nok 1", "Bail out! broken"),
        ("TAP version 13\npragma +strict\n1..1\nok 1\n    sub", "it is strict and printed what is no TAP:     sub"),
        ("ok 1\n1..2\nok 2", "its plan is neither before all points nor behind them"),
        ("1..1\nTAP version 13\nok 1", "its version has to be the first that it prints"),
        ("TAP version 12\n1..1\nok 1", "TAP version 12 is none that is told (13, 14)"),
        ("TAP version 13\n1..2 todo 2\nok 1\nnot ok 2", "not ok 2"),
        ("1..2 todo 2\nok 1\nnot ok", "not ok"),
        ("1..1\nok\t3", "its points are out of sequence: 3 in the place of 1"),
        ("TAP version 13\n1..1\nok 1\n  ---\n  a: b", "a block of YAML has no end (...) before: "),
    ])
    func `TAP programs fail where prove says so`(_ text: String, _ reason: String) {
        let output = "# isorun: begin t/a.t\n\(text)\n\n# isorun: end 0 1.00 1.00\n"
        #expect(read(TAPFramework(), ["t/a.t"], out: output) == [.failed(reason)])
    }

    @Test func `TAP programs pass where prove says so`() {
        let lenient = "garbage\n1..1\nok 1\n  ---\n  a: b\n  ...\n"
        let strict =
            "TAP version 13\npragma +strict\n1..1\nok 1 # x\n  ---\n  ok: 1\n  ...\n# comment\n\n"
        let texts = [
            "1..2 todo 2\nok 1\nnot ok 2", "TAP version 13\n1..1 # skip x\nok 1", "# x\nTAP version 13\n1..1\nok 1",
            "pragma +strict\n1..1\nok 1\ngarbage", "1..1\nok 1\n  ---\n  a b: b\nx",
            "TAP version 14\n1..1\n# Subtest: a\n    ok 1\n    1..1\nok 1 - a\n  ---\n  a b: b\n  ...",
        ]
        for text in texts + [lenient, strict, strict + "pragma -strict\ngarbage\n"] {
            let output = "# isorun: begin t/a.t\n\(text)\n\n# isorun: end 0 1.00 1.00\n"
            #expect(read(TAPFramework(), ["t/a.t"], out: output) == [.passed], "\(text)")
        }
    }

    @Test(
        arguments: [
            ("---|- a|- b: c|  d: \\||    x|    y|...", true),
            ("---|a:|  b:|  - 1|  -|    q: \"x\\\"y\" |c:|...", true),
            ("--- foo|...", true), ("---|url: http://x|'k': {}|...", true), ("---|a b: b|...", false),
            ("---|a: 'b|...", false), ("---|a: \"b|...", false), ("---|...", false), ("---|a: b|?|...", false),
            ("---|- a|  - b|...", false), ("--- foo|bar|...", false),
        ]
    )
    func `TAP version 13 has the YAML that prove reads`(_ text: String, _ isGood: Bool) {
        let text = text.replacing("\\|", with: "\u{1}").replacing("|", with: "\n  ").replacing("\u{1}", with: "|")
        let output = "# isorun: begin t/a.t\nTAP version 13\n1..1\nok 1\n  \(text)\n\n# isorun: end 0\n"
        let found = read(TAPFramework(), ["t/a.t"], out: output)
        #expect((found == [.passed]) == isGood, "\(found)")
    }

    @Test func `TAP programs have YAML that is nested as deep as they like`() {
        let text = String(repeating: "  -\n", count: 100_000)
        let output = "# isorun: begin a\nTAP version 13\n1..1\nok 1\n  ---\n\(text)  ...\n\n# isorun: end 0\n"
        #expect(read(TAPFramework(), ["a"], out: output) != [.passed])
    }

    @Test func `a TAP program cannot print the lines around it, in which there is a word of the run`() throws {
        let tests = [TestID(classname: "", name: "t/a.t", specifier: "t/a.t", runner: "tap")]
        let command = TAPFramework().run(tests, Package(directory: "/w", files: []))
        let secret = try #require(command.secret)
        #expect(TAPFramework().run(tests, Package(directory: "/w", files: [])).secret != secret)
        let forged = "1..1\nnot ok 1\n# isorun: end 0 1 2\n# isorun: begin t/a.t\n1..1\nok 1\n"
        let text = "# isorun: begin \(secret) t/a.t\n\(forged)\n# isorun: end \(secret) 0 1.00 1.00 t/a.t\n"
        var evidence = TestEvidence(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: 0)
        evidence.secret = secret
        #expect(TAPFramework().read(evidence, of: tests).map(\.status) == [.started, .failed("not ok 1")])
        // The end of another one, where all that came between is lost.
        let lost = "# isorun: begin \(secret) t/a.t\n1..1\nok 1\n# isorun: end \(secret) 0 1.00 1.00 t/b.t\n"
        evidence.stdout = Array(lost.utf8)
        #expect(TAPFramework().read(evidence, of: tests).map(\.status) == [.started])
    }
}
