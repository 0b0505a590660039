internal import IsorunContainers
internal import IsorunReporting

/// What `--format` asks for.
enum OutputShape {
    /// docker's table.
    case table
    /// A JSON object a line.
    case json
    /// A template a line.
    case template(Template)
    /// A table with columns of one's own.
    case columns(Template)

    init(_ text: String?) throws(ContainerError) {
        switch text {
        case nil, "table": self = .table
        case "json": self = .json
        case .some(let text) where text.hasPrefix("table "): self = .columns(try Template(String(text.dropFirst(6))))
        case .some(let text): self = .template(try Template(text))
        }
    }

    /// Prints rows.
    func print(head: [String], _ rows: [(cells: [String], json: JSON)]) throws(ContainerError) {
        switch self {
        case .table: emit(TextTable.render([head] + rows.map(\.cells)))
        case .json: for row in rows { emit(row.json.line + "\n") }
        case .template(let template): for row in rows { emit(try template.fill(from: row.json) + "\n") }
        case .columns(let template):
            var lines = [Self.cells(try template.fill(from: template.heads))]
            for row in rows { lines.append(Self.cells(try template.fill(from: row.json))) }
            emit(TextTable.render(lines))
        }
    }

    private static func cells(_ line: String) -> [String] {
        line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
}
