import Testing

@testable import IsorunSandbox

@Suite struct `What a service wrote last` {
    private func words(_ texts: String...) -> LastWords {
        var words = LastWords()
        for text in texts {
            unsafe Array(text.utf8).withUnsafeBytes { bytes in unsafe words.append(bytes) }
        }
        return words
    }

    private func section(_ words: LastWords) -> String { String(decoding: words.section("db"), as: UTF8.self) }

    @Test func `is quoted after a sentence, and stands whole under its name`() {
        let words = words("one\ntw", "o\n")
        #expect(words.quote == "; its last lines:\none\ntwo" && words.isShort)
        #expect(section(words) == "--- service db ---\none\ntwo\n")
    }

    @Test func `is nothing where it wrote nothing`() {
        #expect(words().quote == "; it wrote nothing" && section(words()).isEmpty)
    }

    @Test func `ends with the end of a line where it did not`() {
        #expect(section(words("no end")) == "--- service db ---\nno end\n")
    }

    @Test func `is its last twelve lines in a sentence`() {
        let words = words((1...20).map { "line \($0)\n" }.joined())
        #expect(words.quote == "; its last lines:\n" + (9...20).map { "line \($0)" }.joined(separator: "\n"))
        #expect(!words.isShort && section(words).hasPrefix("--- service db ---\nline 1\n"))
    }

    @Test func `is bounded, and begins with the beginning of a line`() {
        var words = LastWords()
        for number in 0..<5000 {
            unsafe Array("line \(number)\n".utf8).withUnsafeBytes { bytes in unsafe words.append(bytes) }
        }
        let lines = section(words).split(separator: "\n").dropFirst()
        #expect(lines.first == "line \(5000 - lines.count)" && lines.last == "line 4999")
        #expect(words.section("db").count <= 4096 + 32 && words.quote.utf8.count < 200)
    }

    @Test func `is the end of a line that is longer than all that is kept`() {
        let words = words(String(repeating: "a", count: 100_000), "end\n")
        #expect(words.section("db").count == 4096 + 19 && section(words).hasSuffix("aend\n"))
        #expect(words.quote.hasSuffix("aend") && words.quote.utf8.count < 2100 && !words.isShort)
    }
}
