package import IsorunReporting

/// A container as `ps` shows it: docker's columns and field names.
package struct PsRow: Hashable, Sendable {
    /// Every field a template may name, in order.
    package let json: JSON
    private let cells: [String]

    /// The head of the table.
    package static let head = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]

    package init(_ container: borrowing Container, nowUs: Int64, truncated: Bool) {
        self.init(container.record, container.status, exitCode: container.exitCode, nowUs: nowUs, truncated: truncated)
    }

    package init(
        _ record: ContainerRecord,
        _ status: Container.Status,
        exitCode: Int32,
        nowUs: Int64,
        truncated: Bool
    ) {
        let id = truncated ? ContainerID.short(record.id) : record.id
        let command = Self.command(record.command, truncated: truncated)
        let age = HumanTime.since(record.createdAtUs, nowUs: nowUs) + " ago"
        let state = Self.text(of: status, record, exitCode, nowUs)
        let ports = PortList(record, status).column
        cells = [id, TerminalText.escape(record.image), command, age, state, ports, record.name]
        let mounts = record.setup.mounts.map { $0.name ?? $0.source }.filter { !$0.isEmpty }.joined(separator: ",")
        let named = record.setup.mounts.count { $0.type == "volume" }
        json = .object([
            .init("Command", .string(command)),
            .init("CreatedAt", .string(Timestamp.text(microseconds: record.createdAtUs))),
            .init("ID", .string(id)),
            .init("Image", .string(record.image)),
            .init("Labels", .string("")),
            .init("LocalVolumes", .string("\(named)")),
            .init("Mounts", .string(mounts)),
            .init("Names", .string(record.name)),
            .init("Networks", .string(record.setup.network)),
            .init("Ports", .string(ports)),
            .init("RunningFor", .string(age)),
            .init("State", .string(status.rawValue)),
            .init("Status", .string(state)),
        ])
    }

    /// The row of the table.
    package var row: [String] { cells }

    private static func command(_ words: [String], truncated: Bool) -> String {
        let text = TerminalText.escape(words.joined(separator: " "), limit: truncated ? 60 : 100_000)
        guard truncated, text.count > 20 else { return "\"\(text)\"" }
        return "\"\(text.prefix(19))…\""
    }

    /// `Up 5 minutes (Paused)`, `Exited (0) 3 seconds ago`.
    package static func text(
        of status: Container.Status,
        _ record: ContainerRecord,
        _ exitCode: Int32,
        _ nowUs: Int64
    ) -> String {
        switch status {
        case .created: "Created"
        case .running: "Up \(HumanTime.since(record.startedAtUs, nowUs: nowUs))"
        case .paused: "Up \(HumanTime.since(record.startedAtUs, nowUs: nowUs)) (Paused)"
        case .exited: "Exited (\(exitCode)) \(HumanTime.since(record.finishedAtUs, nowUs: nowUs)) ago"
        case .dead: "Dead"
        }
    }
}
