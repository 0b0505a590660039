import Foundation
import IsorunReporting
import Testing

@Suite struct `JSON values` {
    @Test(arguments: [
        (Duration.microseconds(300), "0.3"), (.microseconds(5_321_400), "5321.4"), (.zero, "0"),
        (.seconds(3600), "3600000"),
        (.nanoseconds(1_499), "0.001"), (.nanoseconds(1_500), "0.002"), (.microseconds(-50), "-0.05"),
        (.microseconds(2_100), "2.1"), (Duration(secondsComponent: .max, attosecondsComponent: 0), "null"),
    ])
    func `durations are milliseconds with at most three decimals`(duration: Duration, text: String) {
        #expect(JSON.milliseconds(duration).line == text)
    }

    @Test(arguments: [
        (1.0, "1"), (0.5, "0.5"), (1.0 / 3, "0.333"), (.nan, "null"), (.infinity, "null"), (1e300, "null"),
    ])
    func `numbers are short, and null where they are none`(value: Double, text: String) {
        #expect(JSON.decimal(value).line == text)
    }

    @Test(arguments: [
        ("a\"b\\c", #""a\"b\\c""#), ("\0\u{1B}\n\r\t\u{7F}", #""\u0000\u001b\n\r\t\u007f""#),
        ("\u{9B}31m", #""\u009b31m""#), ("é€\u{2028}😀", "\"é€\u{2028}😀\""), ("\u{A0}", "\"\u{A0}\""),
    ])
    func `texts are escaped and come back`(text: String, written: String) throws {
        #expect(JSON.string(text).line == written)
        #expect(try JSON(parsing: written) == .string(text))
    }

    @Test func `whatever bytes a text is made of, Foundation reads the same text`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)
            let line = JSON.object([.init(text, .array([.string(text)]))]).line
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String]])
            #expect(
                Array(object.values.first?.first?.unicodeScalars ?? "".unicodeScalars) == Array(text.unicodeScalars)
            )
            #expect(try JSON(parsing: line)[text] == .array([.string(text)]))
        }
    }

    @Test(arguments: [
        "null", " [ ] ", "{}", "[1,-0,1.5e-3,0.1]", #"{"b":1,"a":{"b":[true,false,null]}}"#, #""\ud83d\ude00\/\b\f""#,
        "18446744073709551615",
    ])
    func `that is valid is read`(text: String) throws {
        _ = try JSON(parsing: text)
    }

    @Test(arguments: [
        "", "nul", "01", "1.", ".5", "-", "+1", "1e", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "\"a",
        "\"\\x\"",
        "\"\\u12g4\"", "\"\n\"", "[", "{\"a\":", "1 1", "NaN", "'a'", "[1}", String(repeating: "[", count: 100_000),
    ])
    func `that is none is refused`(text: String) {
        #expect(throws: ReportingError.self) { try JSON(parsing: text) }
    }

    @Test func `keeps the order of its keys and the digits of its numbers`() throws {
        let text = #"{"z":18446744073709551615,"a":0.30,"m":[1e2]}"#
        #expect(try JSON(parsing: text).line == text)
    }

    @Test(arguments: [(#""\ud800""#, "\u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\udc00x""#, "\u{FFFD}x")])
    func `lone surrogates are repaired`(text: String, repaired: String) throws {
        #expect(try JSON(parsing: text).string == repaired)
    }
}

@Suite struct `JSON records in a stream` {
    @Test(arguments: [1, 2, 3, 7, 1000])
    func `are cut the same wherever the stream is`(chunk: Int) throws {
        let stream = Array("{\"a\":\"}\\\"{\"}\n\n  {\n  \"b\": [{}, \"\\\\\"]\n}\r\n{}{\"c\":1}\n{\"cut".utf8)
        var records = JSONRecords()
        var found: [String] = []
        for start in stride(from: 0, to: stream.count, by: chunk) {
            let part = stream[start..<min(start + chunk, stream.count)]
            found += try records.append(part).map { try JSON(parsing: $0).line }
        }
        #expect(found == [#"{"a":"}\"{"}"#, #"{"b":[{},"\\"]}"#, "{}", #"{"c":1}"#])
        #expect(records.isIncomplete)
    }

    @Test(arguments: ["x", "[1]", "{}]", "\u{FEFF}{}", "<xml/>"])
    func `are nothing but objects`(stream: String) {
        var records = JSONRecords()
        #expect(throws: ReportingError.self) { try records.append(stream.utf8) }
    }
}
