import IsorunModel
import IsorunReporting
import Testing

@Suite struct `Output as text` {
    @Test(arguments: [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\u{1B}[1;31mred\u{1B}[0m", "red"),  // CSI
        ("\u{9B}31mred\u{9B}0m", "red"),  // CSI as one C1 control
        ("\u{1B}]0;title\u{07}text", "text"),  // OSC, closed by BEL
        ("\u{1B}]8;;http://x\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),  // OSC, closed by ST
        ("\u{9D}0;title\u{9C}text", "text"),  // OSC and ST as C1 controls
        ("\u{1B}P1$tx\u{1B}\\text", "text"),  // DCS
        ("\u{1B}_apc\u{1B}\\\u{1B}^pm\u{1B}\\\u{1B}Xsos\u{1B}\\text", "text"),
        ("\u{1B}(B\u{1B}c\u{1B}=text", "text"),  // escape sequences
        ("\u{1B}]never closed\nnext line", "\nnext line"),  // hides no more than its line
        ("\u{1B}[31\nnext", "\nnext"),  // broken off
        ("\u{1B}\u{1B}[31mx", "x"),
        ("cut \u{1B}[3", "cut "),
        ("a\r\nb\r\r\nc\rd", "a\nb\nc\nd"),
        ("a\n\nb\u{85}c", "a\n\nb\nc"),
        ("\0\u{01}\u{08}\u{0C}\u{7F}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("\u{FFFE}\u{FFFF}\u{FFFD}", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("é€😀\u{2028}", "é€😀\u{2028}"),
    ])
    func `has no control sequences and nothing XML forbids`(raw: String, text: String) {
        #expect(OutputText.sanitize(raw.utf8) == text)
    }

    @Test(arguments: [
        ([0xFF, 0x41] as [UInt8], "\u{FFFD}A"), ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"), ([0xE2, 0x82], "\u{FFFD}"),
        ([0x9B, 0x33, 0x31, 0x6D], "\u{FFFD}31m"),  // a lone byte is no C1 control in UTF-8
        ([0xED, 0xA0, 0x80, 0x42], "\u{FFFD}\u{FFFD}\u{FFFD}B"),  // a surrogate
    ])
    func `is repaired where it is no UTF-8`(raw: [UInt8], text: String) {
        #expect(OutputText.sanitize(raw) == text)
    }

    @Test func `whatever the bytes, holds only what XML allows`() {
        var generator = SeededGenerator(seed: 3)
        let spice: [UInt8] = [0x1B, 0x5B, 0x5D, 0x9B, 0xC2, 0x07, 0x0D, 0x0A, 0x00, 0xEF, 0xBF, 0xBE, 0x50, 0x5C]
        for round in 0..<2000 {
            let bytes = (0..<round % 200).map { _ in
                Bool.random(using: &generator)
                    ? spice.randomElement(using: &generator) ?? 0 : .random(in: 0...255, using: &generator)
            }
            let text = OutputText.sanitize(bytes)
            let isLegal = text.unicodeScalars.allSatisfy { scalar in
                switch scalar.value {
                case 0x09, 0x0A, 0x20..<0x7F, 0xA0..<0xD800, 0xE000..<0xFFFE, 0x10000...: true
                default: false
                }
            }
            #expect(isLegal, "\(bytes)")
            #expect(OutputText.sanitize(text.utf8) == text, "\(bytes)")
        }
    }

    @Test(.timeLimit(.minutes(10))) func `takes time in proportion to its length`() {
        let bytes = [UInt8](repeating: 0x1B, count: 1 << 20) + [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(OutputText.sanitize(bytes).utf8.count < bytes.count)
    }

    @Test func `says where bytes were left out, and cuts no character in two`() {
        let euro = Array("€".utf8)
        let output = CapturedOutput(
            head: Array("head".utf8) + Array(euro.dropLast()),
            tail: Array(euro.dropFirst()) + Array("tail".utf8),
            omitted: 99
        )
        #expect(OutputText.render(output) == "head\n[isorun: 99 bytes were left out here]\ntail")
        let whole = CapturedOutput(head: Array(euro.prefix(1)), tail: Array(euro.dropFirst()), omitted: 0)
        #expect(OutputText.render(whole) == "€")
    }

    @Test(arguments: [
        (CapturedOutput(head: Array("0123456789".utf8)), "01\n[isorun: 6 bytes were left out here]\n89"),
        (
            CapturedOutput(head: Array("01234".utf8), tail: Array("56789".utf8), omitted: 4),
            "01\n[isorun: 10 bytes were left out here]\n89"
        ),
        (
            CapturedOutput(head: Array("0".utf8), tail: Array("123456789".utf8), omitted: 1),
            "0\n[isorun: 8 bytes were left out here]\n89"
        ),
        (CapturedOutput(head: Array("0123".utf8)), "0123"),
    ])
    func `keeps head and tail of what is too long`(output: CapturedOutput, text: String) {
        #expect(OutputText.render(output, limit: 4) == text)
    }
}
