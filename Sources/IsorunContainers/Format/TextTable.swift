/// Columns as docker sets them: at least ten wide, three apart, the last one as long as it is.
package enum TextTable {
    /// The lines of a table, each with its end.
    package static func render(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            max(10, (rows.compactMap { column < $0.count ? width($0[column]) : nil }.max() ?? 0) + 3)
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - width(cell)) }
            }
            return line + "\n"
        }.joined()
    }

    private static func width(_ text: String) -> Int { text.unicodeScalars.count }
}
