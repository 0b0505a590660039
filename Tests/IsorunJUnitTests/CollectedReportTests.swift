import IsorunJUnit
import IsorunModel
import Testing

/// Reads a report as if the job `job` had written it.
private func collect(_ bytes: [UInt8], _ limits: CollectLimits = CollectLimits()) -> CollectedReport {
    CollectedReport(reading: bytes, job: "job", path: "/project/report.xml", limits: limits)
}

private func collect(_ text: String) -> CollectedReport { collect(Array(text.utf8)) }

private func utf16(_ text: String, littleEndian: Bool, mark: Bool = true) -> [UInt8] {
    ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
        let bytes = [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
        return littleEndian ? bytes : bytes.reversed()
    }
}

private let good = """
    <?xml version="1.0" encoding="UTF-8"?>
    <!-- a comment -->
    <testsuites tests="9999" failures="0">
      <testsuite name="outer" tests="-5"><properties><property name="a" value="b"/></properties>
        <testcase name="passes" classname="C" time="0.25"><system-out><![CDATA[<!DOCTYPE html> & \u{9B}31mtext]]></system-out></testcase>
        <testcase name="fails" classname="C" time="1,000.5"><failure message="m" type="t">trace</failure></testcase>
        <testsuite name="inner">
          <testcase name="errs"><error message="e"/><skipped/></testcase>
          <testcase name="skips"><skipped>why</skipped></testcase>
          <testcase name="flaky"><flakyFailure message="f" type="t"><stackTrace>first</stackTrace></flakyFailure></testcase>
        </testsuite>
      </testsuite>
    </testsuites>
    """

@Suite struct `A report the job wrote` {
    @Test func `is read`() throws {
        let report = collect(good)
        #expect(report.refusal == nil)
        #expect(report.suites.map(\.name) == ["inner", "outer"])
        let cases = report.suites.flatMap(\.cases)
        #expect(cases.map(\.name) == ["errs", "skips", "flaky", "passes", "fails"])
        #expect(cases.map(\.seconds) == [0, 0, 0, 0.25, 1000.5])
        #expect(cases[0].status == .error(JUnitProblem(type: "", message: "e")))
        #expect(cases[1].status == .skipped("why"))
        #expect(cases[2].reruns.map(\.problem.details) == ["first"])
        #expect(cases[3].stdout == "<!DOCTYPE html> & \u{9B}31mtext")
        #expect(cases[4].status == .failure(JUnitProblem(type: "t", message: "m", details: "trace")))
    }

    @Test(arguments: [JUnitDialect.default, .surefire])
    func `is merged with its counts computed anew, and marked`(dialect: JUnitDialect) throws {
        let text = try report([job("job", .passed)], collected: [collect(good)]).text(dialect)
        try (dialect == .surefire ? Schema.surefire : .jenkins).expectValid(
            text.replacing(#/ {6}<properties>.*?</properties>\n/#.dotMatchesNewlines(), with: "")
        )
        #expect(text.contains(#"tests="6" failures="1" errors="1""#))
        #expect(text.matches(of: #/<testcase [^>]*group="reported-by-job"/#).count == 5)
        #expect(!text.contains("\u{9B}"))
        #expect(!text.contains("9999"))
        try expectSnapshot(text, "collected-\(dialect.rawValue).xml")
    }

    @Test func `can only make things worse`() throws {
        let passes = (0..<999).map { #"<testcase name="job" classname="isorun" time="\#($0)"/>"# }.joined()
        let forged = collect(#"<testsuite name="isorun" tests="999" failures="0">\#(passes)</testsuite>"#)
        let merged = report([job("job", .failed)], collected: [forged])
        #expect(merged.suites[0].cases.count == 1)
        #expect(merged.suites[0].cases[0].status == report([job("job", .failed)]).suites[0].cases[0].status)
        #expect(merged.suites[1].cases.allSatisfy { $0.group == "reported-by-job" && $0.classname != "isorun" })
        let text = try merged.text()
        #expect(text.contains(#"<testsuites name="isorun" tests="1000" failures="1" errors="0""#))
    }

    @Test(arguments: [
        ("-5", 0), ("1e308", 31_536_000), ("1e999", 0), ("nan", 0), ("inf", 0), ("", 0), ("abc", 0), ("3", 3),
        ("-0", 0),
    ])
    func `has finite times that are not negative`(time: String, seconds: Double) throws {
        let report = collect(#"<testsuite name="s"><testcase name="c" time="\#(time)"/></testsuite>"#)
        let found = try #require(report.suites.first?.cases.first?.seconds)
        #expect(found == seconds || (time == "1e999" && found.isFinite) || (time == "inf" && found.isFinite))
        #expect(found.isFinite && found >= 0)
    }

    @Test func `in UTF-16 or Latin-1 is read`() {
        let text = #"<?xml version="1.0" encoding="UTF-8"?><testsuite name="é"><testcase name="c"/></testsuite>"#
        for littleEndian in [true, false] {
            for mark in [true, false] {
                #expect(collect(utf16(text, littleEndian: littleEndian, mark: mark)).suites.first?.name == "é")
            }
        }
        let latin = text.replacing("UTF-8", with: "ISO-8859-1").unicodeScalars.map { UInt8($0.value) }
        #expect(collect(latin).suites.first?.name == "é")
        #expect(collect([0xEF, 0xBB, 0xBF] + Array(text.utf8)).suites.first?.name == "é")
    }

    @Test func `is cut where its texts are too long`() {
        let long = String(repeating: "x", count: 200_000)
        let report = collect(
            #"<testsuite name="\#(long)"><testcase name="c"><system-out>\#(long)</system-out></testcase></testsuite>"#
        )
        #expect(report.suites.first?.name.utf8.count == 1024)
        #expect((report.suites.first?.cases.first?.stdout.utf8.count ?? .max) < 66_000)
    }
}

@Suite struct `A hostile report` {
    private static let bomb = (0..<20).map { #"<!ENTITY l\#($0 + 1) "&l\#($0);&l\#($0);&l\#($0);">"# }.joined()

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            (#"<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"/>"#, "document type"),
            (#"<!DOCTYPE t SYSTEM "http://127.0.0.1/x.dtd"><testsuite name="a"/>"#, "document type"),
            ("<!DOCTYPE t [<!ENTITY l0 \"lol\">\(bomb)]><testsuite name=\"&l20;\"/>", "document type"),
            ("<!DOCTYPE testsuite><testsuite name=\"a\"/>", "document type"),
            (" \n<!-- x --><?pi?><!DOCTYPE t []><testsuite/>", "document type"),
            ("<testsuite><!ENTITY a \"b\"></testsuite>", "document type"),
            ("<testsuite name=\"&undefined;\"/>", "well-formed"),
            ("<testsuite>&undefined;</testsuite>", "well-formed"),
            (
                "<testsuite><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/></testsuite>",
                nil
            ),
            (String(repeating: "<testsuite>", count: 33) + String(repeating: "</testsuite>", count: 33), "nested"),
            (String(repeating: "<a>", count: 1_000_000), "nested"),
            ("<testsuite " + (0..<100_000).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>", "attributes"),
            ("<testsuite><testcase name=\"a\"><failure", "ends within"),
            ("<testsuite><testcase name=\"a\">", "well-formed"),
            ("<testsuite name=\"a\"/><testsuite name=\"b\"/>", "well-formed"),
            ("<testsuite name=\"a\0b\"/>", "NUL"),
            ("<testsuite>\0</testsuite>", "NUL"),
            ("<testsuite>\u{1B}[31m</testsuite>", "well-formed"),
            ("<testsuite name=\"&#27;\"/>", "well-formed"),
            ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><testsuite/>", "UTF-16"),
            ("<?xml version=\"1.0\" encoding=\"UTF-7\"?><testsuite/>", "encoding"),
            ("<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?><testsuite/>", "encoding"),
            ("<html/>", "no JUnit report"),
            ("<testcase name=\"a\"/>", "no JUnit report"),
            ("{}", "well-formed"),
            ("", "well-formed"),
            ("<!--", "comment"),
            ("<", "ends within"),
        ] as [(String, String?)]
    )
    func `is left out with the reason`(text: String, reason: String?) {
        let report = collect(text)
        guard let reason else {
            #expect(report.refusal == nil)
            #expect(report.suites.flatMap(\.cases).isEmpty)
            return
        }
        #expect(report.refusal?.contains(reason) == true, "\(report.refusal ?? "read")")
        #expect(report.suites.isEmpty)
        #expect(report.refusal?.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ?? false)
    }

    @Test(arguments: [
        ([0xFF, 0xFE, 0x00, 0x00, 0x3C, 0x00, 0x00, 0x00] as [UInt8], "NUL"),  // UTF-32
        ([0x00, 0x00, 0xFE, 0xFF, 0x00, 0x00, 0x00, 0x3C], "UTF-8"),
        ([0xFF, 0xFE, 0x3C], "UTF-16"),  // half a unit
        ([0xFF, 0xFE, 0x00, 0xD8, 0x3C, 0x00], "UTF-16"),  // a lone surrogate
        ([0x3C, 0x61, 0xFF, 0x3E], "UTF-8"),
        ([0x4C, 0x6F, 0xA7, 0x94], "UTF-8"),  // EBCDIC
    ])
    func `in a wrong encoding is left out`(bytes: [UInt8], reason: String) {
        #expect(collect(bytes).refusal?.contains(reason) == true, "\(collect(bytes).refusal ?? "read")")
    }

    @Test func `in UTF-16 hides no document type`() {
        let text = "<!DOCTYPE t [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><testsuite name=\"&x;\"/>"
        #expect(collect(utf16(text, littleEndian: true)).refusal?.contains("document type") == true)
    }

    @Test(.timeLimit(.minutes(10))) func `that is huge or has too many cases is left out`() {
        let huge = [UInt8](repeating: UInt8(ascii: " "), count: (16 << 20) + 1)
        #expect(collect(huge).refusal?.contains("longer than") == true)
        let many = "<testsuite>" + String(repeating: "<testcase/>", count: 100_001) + "</testsuite>"
        #expect(collect(many).refusal?.contains("100000 cases") == true)
        let crowd = "<testsuite>" + String(repeating: "<!---->", count: 1_000_001) + "</testsuite>"
        #expect(collect(crowd).refusal?.contains("1000000 elements") == true)
    }

    @Test(.timeLimit(.minutes(10))) func `that slows libxml2 down is left out in time`() {
        var limits = CollectLimits()
        limits.time = .milliseconds(100)
        let names = "<testsuite>" + (0..<400_000).map { "<e\($0)/>" }.joined() + "</testsuite>"
        #expect(collect(Array(names.utf8), limits).refusal == "it takes too long to read")
    }

    @Test func `is an error in the merged report, so that spoiling it hides nothing`() throws {
        let merged = report([job("job", .passed)], collected: [collect("<testsuite")])
        #expect(try merged.text().contains(#"tests="2" failures="0" errors="1""#))
        try Schema.surefire.expectValid(merged.text(.surefire))
    }

    @Test(.timeLimit(.minutes(10))) func `of random bytes or of a good one gone bad never traps`() throws {
        var generator = SeededGenerator(seed: 3)
        for round in 0..<3000 {
            var bytes =
                round % 3 == 0 ? (0..<100).map { _ in .random(in: 0...255, using: &generator) } : Array(good.utf8)
            for _ in 0..<round % 7 {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] =
                    Bool.random(using: &generator)
                    ? .random(in: 0...255, using: &generator)
                    : Array("<>&\"/! ".utf8).randomElement(using: &generator) ?? 0
            }
            if round % 5 == 0 { bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &generator))) }
            let report = collect(bytes)
            #expect(report.suites.isEmpty || report.refusal == nil)
            #expect(report.suites.flatMap(\.cases).allSatisfy { $0.seconds.isFinite && $0.seconds >= 0 })
        }
    }

    @Test func `shares one budget with all others of a run`() {
        var limits = CollectLimits()
        limits.cases = 100_000
        var budget = CollectBudget(limits: limits)
        let many = Array(("<testsuite>" + String(repeating: "<testcase/>", count: 90_000) + "</testsuite>").utf8)
        let refused = (0..<3).map { _ in budget.read(many, job: "job", path: "p").refusal != nil }
        #expect(refused == [false, false, true])
    }
}
