import IsorunModel
import IsorunSandbox
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunContainers

@Suite struct `A container's log` {
    private func write(_ pieces: [(String, JobStream)], bounds: LogBounds = LogBounds()) throws -> [LogRecord] {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-log-")
        defer { removeAll(directory) }
        var writer = try LogWriter(in: directory.held, bounds: bounds)
        for (index, piece) in pieces.enumerated() {
            var text = piece.0
            text.withUTF8 { unsafe writer.append(UnsafeRawBufferPointer($0), from: piece.1, timeUs: Int64(index)) }
        }
        var reader = try LogReader(directory.held)
        return readAll(&reader)
    }

    private func readAll(_ reader: inout LogReader) -> [LogRecord] {
        var all: [LogRecord] = []
        while true {
            let records = reader.next()
            if records.isEmpty { return all }
            all += records
        }
    }

    @Test
    func `tells the streams apart, and has the time of each line`() throws {
        let records = try write([("a\n", .output), ("b\n", .error)])
        #expect(
            records == [
                LogRecord(timeUs: 0, stream: .output, isWhole: true, bytes: Array("a".utf8)),
                LogRecord(timeUs: 1, stream: .error, isWhole: true, bytes: Array("b".utf8)),
            ]
        )
    }

    @Test
    func `gives back every byte, however it came in pieces`() throws {
        let long = String(repeating: "x", count: LogRecord.longest * 2 + 7)
        let pieces = ["one\ntw", "o\n\n", "no end", long + "\n", "\u{0}\r\n"]
        let records = try write(pieces.map { ($0, .output) })
        let text = records.map { $0.bytes + ($0.isWhole ? [UInt8(ascii: "\n")] : []) }.joined()
        #expect(Array(text) == Array(pieces.joined().utf8))
        #expect(records.allSatisfy { $0.bytes.count <= LogRecord.longest })
    }

    @Test(arguments: [1, 1000])
    func `is bounded: the oldest files go, and lines are never cut`(linesInOnePiece: Int) throws {
        var bounds = LogBounds()
        bounds.fileSize = 4096
        bounds.files = 3
        let lines = (0..<1000).map { "line \($0)\n" }
        let pieces = stride(from: 0, to: 1000, by: linesInOnePiece).map { lines[$0..<($0 + linesInOnePiece)].joined() }
        let records = try write(pieces.map { ($0, .output) }, bounds: bounds)
        let numbers = records.compactMap { Int(String(decoding: $0.bytes, as: UTF8.self).dropFirst(5)) }
        #expect(numbers.count == records.count && numbers.last == 999)
        #expect(numbers == Array((numbers.first ?? 0)...999))
        #expect(100..<250 ~= numbers.count)
    }

    @Test
    func `is read on across a rotation`() throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-log-")
        defer { removeAll(directory) }
        var bounds = LogBounds()
        bounds.fileSize = 4096
        var writer = try LogWriter(in: directory.held, bounds: bounds)
        var reader = try LogReader(directory.held)
        var read: [LogRecord] = []
        for number in 0..<500 {
            var text = "\(number)\n"
            text.withUTF8 { unsafe writer.append(UnsafeRawBufferPointer($0), from: .output, timeUs: 0) }
            if number % 50 == 0 { read += readAll(&reader) }
        }
        read += readAll(&reader)
        #expect(read.map { String(decoding: $0.bytes, as: UTF8.self) } == (0..<500).map(String.init))
    }

    @Test(arguments: ["2026", "2026-11-23T12:00:00.0"])
    func `that was cut off by a kill is read up to its last whole line`(end: String) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-log-")
        defer { removeAll(directory) }
        try directory.held.replace("log", mode: 0o600) { file throws(SystemError) in
            try file.write(all: "2026-11-23T12:00:00.123456000Z stdout F whole\n\(end)".utf8)
        }
        var reader = try LogReader(directory.held)
        let records = readAll(&reader)
        #expect(records.map(\.bytes) == [Array("whole".utf8)])
        #expect(LogRecord.timestamp(records[0].timeUs) == "2026-11-23T12:00:00.123456000Z")
    }

    @Test(arguments: [(nil, 4), (0, 0), (1, 1), (2, 3), (9, 4)] as [(Int?, Int)])
    func `is selected by its last lines`(count: Int?, records: Int) {
        func record(_ isWhole: Bool) -> LogRecord {
            LogRecord(timeUs: 0, stream: .output, isWhole: isWhole, bytes: [])
        }
        // whole, a line in two parts, and one that has no end yet
        let all = [record(true), record(false), record(true), record(false)]
        var selection = LogSelection()
        selection.tail = count
        #expect(selection.last(of: all).count == records)
    }

    @Test(
        arguments: [
            ("10s", 90_000_000), ("100", 100_000_000), ("1970-01-01T00:01:00Z", 60_000_000),
            ("1970-01-01T00:00:01.5Z", 1_500_000), ("1970-01-02", 86_400_000_000), ("soon", nil),
        ] as [(String, Int64?)]
    )
    func `is selected by time`(text: String, moment: Int64?) {
        #expect(LogSelection.moment(text, nowUs: 100_000_000) == moment)
    }

    @Test(arguments: [
        ("max-size=10m", true), ("max-file=3", true), ("max-size=1", false), ("max-file=0", false), ("x", false),
    ])
    func `has bounds that are understood or refused`(option: String, isValid: Bool) {
        var bounds = LogBounds()
        #expect(bounds.set(option) == isValid)
    }
}
