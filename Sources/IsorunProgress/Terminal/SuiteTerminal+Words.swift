internal import IsorunModel
internal import IsorunReporting

/// Words and colours.
extension SuiteTerminal {
    enum Paint: String { case good = "32", bad = "1;31", warning = "1;33", dim = "2" }

    func paint(_ text: String, _ paint: Paint) -> String {
        style.color ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }

    func counted(_ count: Int, _ word: String) -> String {
        count == 1 ? "1 \(word)" : "\(count) \(word)\(word.hasSuffix("s") ? "es" : "s")"
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
