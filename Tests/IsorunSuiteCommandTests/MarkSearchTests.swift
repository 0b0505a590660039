import Testing

@testable import IsorunSuiteCommand

@Suite struct `Marks of progress` {
    private func found(_ marks: [String], in pieces: [String]) -> [Bool] {
        var search = MarkSearch(marks)
        return pieces.map { piece in
            unsafe Array(piece.utf8).withUnsafeBytes { unsafe search.finds(in: $0) }
        }
    }

    @Test func `are found wherever they stand, and where a read cuts them in two`() {
        #expect(found(["[ RUN"], in: ["a [ RUN b", "nothing", "[ RUN"]) == [true, false, true])
        #expect(found(["begin"], in: ["be", "gi", "n", "begi", "x"]) == [false, false, true, false, false])
        #expect(found(["aab"], in: ["aaab", "aa", "b"]) == [true, false, true])
    }

    @Test func `are any of several, and none where there are none`() {
        #expect(found(["one", "two!"], in: ["a two", "!", "on", "e"]) == [false, true, false, true])
        #expect(found([], in: ["anything"]) == [false])
        #expect(found(["x"], in: ["", "x", ""]) == [false, true, false])
    }
}
