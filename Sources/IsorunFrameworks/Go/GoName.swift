/// The name of a test, an example or a fuzz test.
struct GoName {
    let text: String

    /// The line behind the names of a program that failed while it listed them.
    static let noMore = "isorun-go: the program failed"

    /// Finds the name that a line of `-test.list` is, or ends with: `TestMain` may have printed before it, and a name
    /// too many fails where one that is missing would be passed over.
    init?(endOf line: Substring) {
        var start = line.endIndex
        while start > line.startIndex, Self.isPart(line[line.index(before: start)]) {
            start = line.index(before: start)
        }
        let word = line[start...]
        guard !line.hasPrefix("Benchmark"), let name = word.indices.first(where: { Self.isName(word[$0...]) }) else {
            return nil
        }
        text = String(word[name...])
        if text == "TestMain", text != line { return nil }
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    // As go itself has it: what follows the prefix is no lower-case letter.
    private static func isName(_ word: Substring) -> Bool {
        ["Test", "Example", "Fuzz"].contains { prefix in
            word.hasPrefix(prefix) && word.dropFirst(prefix.count).first?.isLowercase != true
        }
    }
}
