import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

@Suite("Collect: the job's own JUnit files")
struct JUnitCopyTests {
    private let tree: HostileTree

    init() throws { tree = try HostileTree() }

    private func collect(_ patterns: String..., limits: CollectLimits = CollectLimits()) throws -> [CollectedJUnitFile]
    {
        var spec = CollectionSpec()
        spec.junitPatterns = patterns
        let layers = [try tree.layer()]
        let collector = Collector(layers: layers, workdir: "/proj", limits: limits, temporaryDirectory: tree.out)
        return collector.collect(spec, to: try Destinations(spec)).junitFiles
    }

    @Test("Files are copied once, private, under plain names; of a directory only its XML")
    func copies() throws {
        tree.file("proj/r/a.xml", "<a/>", mode: 0o777)
        tree.file("proj/r/sub/b\n.xml", "<b/>")
        tree.file("proj/r/notes.txt")
        let files = try collect("r", "r/*.xml")
        #expect(files.map(\.path) == ["/proj/r/a.xml", #"/proj/r/sub/b\n.xml"#])
        let copies = files.compactMap(\.file)
        #expect(copies.compactMap(\.lastComponent?.string).sorted() == ["1.xml", "2.xml"])
        #expect(String(decoding: try SmallFile.read(try #require(copies.first)), as: UTF8.self) == "<a/>")
        let directory = try #require(copies.first?.removingLastComponent())
        #expect(try EntryStatus(of: HeldDirectory(host: directory).descriptor).mode & 0o7777 == 0o700)
        #expect(try HeldDirectory(host: directory).entry("1.xml")?.mode ?? 0 & 0o7777 == 0o100600)
    }

    @Test("Links, pipes, long files and too many files are refused, each with its reason")
    func refusals() throws {
        tree.link("proj/link.xml", to: "/etc/passwd")
        tree.special("proj/pipe.xml", 0o010000)
        tree.sparse("proj/long.xml", size: 17 << 20)
        let files = try collect("*.xml", "none/*.xml")
        #expect(files.map(\.path) == ["/proj/link.xml", "/proj/long.xml", "/proj/pipe.xml", "none/*.xml"])
        #expect(files.allSatisfy { $0.file == nil && $0.refused != nil })
        #expect(try tree.copies().isEmpty)
        var limits = CollectLimits()
        limits.junitFiles = 2
        for name in ["a", "b", "c"] { tree.file(FilePath("proj/m/\(name).xml")) }
        let many = try collect("m/*.xml", limits: limits)
        #expect(many.filter { $0.file != nil }.count == 2)
        #expect(many.filter { $0.refused != nil }.count == 1)
    }
}
