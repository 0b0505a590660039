import Foundation
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A framework's report on the host` {
    private func taken(_ content: [UInt8]) throws -> [UInt8]? {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-report-")
        let path = directory.path.appending("report")
        defer { _ = unsafe rmdir(directory.path.string) }
        try Data(content).write(to: URL(filePath: path.string))
        let report = HostReport.take(path)
        #expect(!FileManager.default.fileExists(atPath: path.string))
        return report
    }

    @Test func `is what was written, but for a line as long as what a test attached`() throws {
        let short = Array("{\"a\":1}\n{\"b\":2}".utf8)
        #expect(try taken(short) == short)
        let attachment = [UInt8](repeating: UInt8(ascii: "x"), count: 70 << 20) + [UInt8(ascii: "\n")]
        #expect(try taken(Array("first\n".utf8) + attachment + Array("last\n".utf8)) == Array("first\nlast\n".utf8))
    }

    @Test func `has its beginning and its end where it is too long`() throws {
        let line = Array(repeatElement(UInt8(ascii: "y"), count: 1023)) + [UInt8(ascii: "\n")]
        let many = Array(repeatElement(line, count: 120 << 10).joined())
        let report = try #require(try taken(Array("first\n".utf8) + many + Array("last\n".utf8)))
        #expect(report.count < 100 << 20)
        #expect(report.starts(with: Array("first\n".utf8)) && report.suffix(5) == Array("last\n".utf8)[...])
        #expect(report.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count == 1023 || $0.count < 6 })
    }

    @Test func `is none where there is no file`() {
        #expect(HostReport.take("/nonexistent/report") == nil)
    }
}
