import Foundation
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A framework's report on the host` {
    private func taken(_ content: [UInt8], upTo limit: Int? = nil) throws -> HostReport? {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-report-")
        let path = directory.path.appending("report")
        defer { _ = unsafe rmdir(directory.path.string) }
        try Data(content).write(to: URL(filePath: path.string))
        let report = HostReport(taking: path, upTo: limit)
        #expect(!FileManager.default.fileExists(atPath: path.string))
        return report
    }

    @Test func `is what was written, but for a line as long as what a test attached`() throws {
        let short = Array("{\"a\":1}\n{\"b\":2}".utf8)
        let report = try taken(short)
        #expect(report?.lines == short && report?.isWhole == true)
        let attachment = [UInt8](repeating: UInt8(ascii: "x"), count: 70 << 20) + [UInt8(ascii: "\n")]
        let long = try taken(Array("first\n".utf8) + attachment + Array("last\n".utf8))
        #expect(long?.lines == Array("first\nlast\n".utf8) && long?.isWhole == false)
        #expect(try taken(Array("first\n".utf8) + attachment, upTo: 9)?.lines == Array("first\nxxx".utf8))
    }

    @Test func `has its beginning and its end where it is too long`() throws {
        let line = Array(repeatElement(UInt8(ascii: "y"), count: 1023)) + [UInt8(ascii: "\n")]
        let many = Array(repeatElement(line, count: 120 << 10).joined())
        let taken = try #require(try taken(Array("first\n".utf8) + many + Array("last\n".utf8)))
        let report = taken.lines
        #expect(!taken.isWhole)
        #expect(report.count < 100 << 20)
        #expect(report.starts(with: Array("first\n".utf8)) && report.suffix(5) == Array("last\n".utf8)[...])
        #expect(report.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count == 1023 || $0.count < 6 })
    }

    @Test func `is none where there is no file`() {
        #expect(HostReport(taking: "/nonexistent/report") == nil)
    }
}
