/// What `isorun doctor` prints: a line for each thing, its cause and its fix below, and the verdict at the end.
public enum DoctorText {
    /// The findings for a person; whatever the host could have named is escaped.
    public static func render(_ findings: [some DoctorEntry], color: Bool) -> String {
        let width = findings.map(\.name.count).max() ?? 0
        let margin = String(repeating: " ", count: width + 5)
        var text = ""
        for finding in findings {
            let style = style(finding)
            let name = finding.name + String(repeating: " ", count: width - finding.name.count)
            let mark = style.paint("\(mark(finding)) \(name)", color: color)
            text += "\(mark)   \(TerminalText.escape(finding.what, limit: 1000))\n"
            if let cause = finding.cause { text += margin + "because \(TerminalText.escape(cause, limit: 1000))\n" }
            if let fix = finding.fix { text += margin + "try: \(TerminalText.escape(fix, limit: 1000))\n" }
        }
        return text + "\n" + verdict(findings, color: color) + "\n"
    }

    private static func verdict(_ findings: [some DoctorEntry], color: Bool) -> String {
        let blocking = findings.filter(\.blocks).map(\.name)
        if blocking.isEmpty {
            return TerminalStyle.good.paint("Every default limit can be enforced here.", color: color)
        }
        let names = blocking.joined(separator: ", ")
        return TerminalStyle.bad.paint("Not every default limit can be enforced here: \(names).", color: color)
    }

    private static func mark(_ finding: some DoctorEntry) -> String {
        switch finding.state.rawValue {
        case "ok": "✓"
        case "limited": "!"
        default: finding.required ? "✗" : "–"
        }
    }

    private static func style(_ finding: some DoctorEntry) -> TerminalStyle {
        if finding.blocks { return .bad }
        return finding.state.rawValue == "ok" ? .good : .warning
    }
}

/// The findings as a document, `isorun.doctor/1`: what `isorun doctor --json` prints.
public enum DoctorDocument {
    /// The value of the key `schema`.
    public static let schema = "isorun.doctor/1"

    /// The document for a person or a program, a line for each outer key.
    public static func page(_ findings: [some DoctorEntry]) -> String { json(findings).page }

    /// The document as a value; `ok` is whether every default limit can be enforced.
    public static func json(_ findings: [some DoctorEntry]) -> JSON {
        .object([
            .init("schema", .string(schema)),
            .init("ok", .bool(!findings.contains { $0.blocks })),
            .init("findings", .array(findings.map { json($0) })),
        ])
    }

    private static func json(_ finding: some DoctorEntry) -> JSON {
        .object([
            .init("name", .string(finding.name)),
            .init("state", .string(finding.state.rawValue)),
            .init("required", .bool(finding.required)),
            .init("what", .string(finding.what)),
            .init("cause", .text(finding.cause)),
            .init("fix", .text(finding.fix)),
        ])
    }
}
