/// Finds the word that was perhaps meant.
enum Suggestion {
    /// The nearest candidate, where it is near enough to be a slip, one edit in three letters; or else the one that the
    /// word begins, or that begins the word: `pids` for `pidsLimit`, `environment` for `env`.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let word = Array(word.lowercased().utf8)
        guard word.count < 64 else { return nil }
        let ranked = candidates.map { (name: $0, distance: distance(word, Array($0.lowercased().utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        if best.distance <= max(1, min(word.count, best.name.utf8.count) / 3) { return best.name }
        return beginning(word, among: candidates)
    }

    /// The candidate that has a beginning of three letters or more in common with a word, of which one is all; nil
    /// where there are several that have not that of each other.
    private static func beginning(_ word: [UInt8], among candidates: [String]) -> String? {
        let found = candidates.filter { candidate in
            let other = Array(candidate.lowercased().utf8)
            return min(word.count, other.count) >= 3 && (other.starts(with: word) || word.starts(with: other))
        }
        guard let shortest = found.min(by: { $0.utf8.count < $1.utf8.count }) else { return nil }
        return found.allSatisfy { $0.hasPrefix(shortest) } ? shortest : nil
    }

    /// Edits between two words: insertion, deletion, replacement, and the exchange of two neighbours (Damerau).
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                var best = last[column] + (first[row] == second[column] ? 0 : 1)
                best = min(best, last[column + 1] + 1, current[column] + 1)
                let exchanged = row > 0 && column > 0 && first[row] == second[column - 1]
                if exchanged, first[row - 1] == second[column] { best = min(best, beforeLast[column - 1] + 1) }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
