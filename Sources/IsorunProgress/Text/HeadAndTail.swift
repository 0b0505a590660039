/// The lines of a text that is longer than a person would read.
enum HeadAndTail {
    /// The first lines and the last ones, `…` between them: what a text is about is said first, and why it ended last.
    ///
    /// - Parameters:
    ///   - text: text of any length; empty lines are left out of it.
    ///   - most: how many lines are kept, a quarter of them from the head: of 8, the first 2 and the last 6.
    /// - Returns: the lines, one more than `most` where some were left out.
    static func lines(of text: String, most: Int) -> [Substring] {
        let lines = text.split { $0 == "\n" || $0 == "\r\n" }
        guard lines.count > most else { return lines }
        let head = most / 4
        return lines.prefix(head) + ["…"] + lines.suffix(most - head)
    }
}
