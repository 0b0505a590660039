import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Collect: the job's own JUnit files")
struct JUnitReaderTests {
    private let tree: HostileTree

    init() throws { tree = try HostileTree() }

    private func collect(_ patterns: String..., limits: CollectLimits = CollectLimits()) throws -> [JobReport] {
        var spec = CollectionSpec()
        spec.junitPatterns = patterns
        var collector = Collector(layers: [try tree.layer()], workdir: "/proj", limits: limits)
        collector.job = "j"
        return collector.collect(spec, to: try Destinations(spec)).reports
    }

    @Test("Files are read once, byte for byte; of a directory only its XML")
    func reads() throws {
        tree.file("proj/r/a.xml", "<a/>", mode: 0o777)
        tree.file("proj/r/sub/b\n.xml", "<b/>")
        tree.file("proj/r/notes.txt")
        #expect(
            try collect("r", "r/*.xml") == [
                JobReport(job: "j", path: "/proj/r/a.xml", content: .file(Array("<a/>".utf8))),
                JobReport(job: "j", path: #"/proj/r/sub/b\n.xml"#, content: .file(Array("<b/>".utf8))),
            ]
        )
    }

    @Test("Links, pipes, long files and too much of all are refused, each with its reason")
    func refusals() throws {
        func refused(_ reports: [JobReport]) -> [JobReport] {
            reports.filter { if case .refused = $0.content { true } else { false } }
        }
        tree.link("proj/link.xml", to: "/etc/passwd")
        tree.special("proj/pipe.xml", 0o010000)
        tree.sparse("proj/long.xml", size: 17 << 20)
        let files = try collect("*.xml", "none/*.xml")
        #expect(files.map(\.path) == ["/proj/link.xml", "/proj/long.xml", "/proj/pipe.xml", "none/*.xml"])
        #expect(refused(files) == files)
        var limits = CollectLimits()
        limits.junitFiles = 2
        for name in ["a", "b", "c"] { tree.file(FilePath("proj/m/\(name).xml"), "<a/>") }
        #expect(try refused(collect("m/*.xml", limits: limits)).count == 1)
        limits.junitFiles = 3
        limits.totalJUnitBytes = 8
        #expect(try refused(collect("m/*.xml", limits: limits)).count == 1)
    }
}
