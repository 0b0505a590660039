/// Words of a Dockerfile's line: blanks part them, quotes hold them together, and a backslash takes a character as it is.
enum DockerfileWords {
    /// Takes a line apart, into `most` words at most, of which the last has blanks in it.
    ///
    /// - Returns: the words without their quotes; nil where a quote is not closed.
    static func split(_ text: String, most: Int = .max) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text[...]
        while rest.last.map(isBlank) ?? false { rest.removeLast() }
        while let character = rest.popFirst() {
            switch character {
            case "\\" where quote != "'":
                // Between double quotes it stands for itself before anything but these.
                let isEscape = rest.first.map { quote == nil || "\"\\$".contains($0) } ?? false
                word = (word ?? "") + String(isEscape ? rest.removeFirst() : character)
            case quote: quote = nil
            case "\"" where quote == nil, "'" where quote == nil:
                quote = character
                word = word ?? ""
            case _ where quote == nil && isBlank(character) && (word == nil || words.count + 1 < most):
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return quote == nil ? words : nil
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
}
