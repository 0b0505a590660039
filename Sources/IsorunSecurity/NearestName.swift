/// The name a person may have meant.
enum NearestName {
    /// The candidate with the fewest edits; nil where even that differs in more than a third of its letters.
    static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let best = candidates.map { (name: $0, edits: edits(Array(word.utf8), Array($0.utf8))) }.min {
            $0.edits < $1.edits
        }
        guard let best, best.edits * 3 <= max(best.name.utf8.count, 3) else { return nil }
        return best.name
    }

    /// Levenshtein's distance.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (byte == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
