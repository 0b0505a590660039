internal import ArgumentParser
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSystem

/// `isorun ps`.
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ps", abstract: "List containers.")
    @Flag(name: .shortAndLong, help: "Those that have ended, too.") var all = false
    @Flag(name: .shortAndLong, help: "Ids only.") var quiet = false
    @Flag(name: .customLong("no-trunc"), help: "Whole ids and commands.") var isWhole = false
    @Flag(name: .shortAndLong, help: "The newest one, whatever its state.") var latest = false
    @Option(name: [.customShort("n"), .long], help: "The newest so many, whatever their state.") var last: Int?
    @Option(help: .init("table, json, a template as '{{.ID}} {{.Status}}', or 'table TEMPLATE'.", valueName: "format"))
    var format: String?
    @Option(
        name: .shortAndLong,
        help: .init("id=, name=, status=, exited=, ancestor=, volume=; may be repeated.", valueName: "key=value")
    )
    var filter: [String] = []

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try list() })
    }

    private func list() throws(ContainerError) -> Int32 {
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let wanted = try PsFilter(filter)
        let shape = try OutputShape(format)
        let limit = latest ? 1 : last
        let now = Clock.wallMicroseconds
        var rows: [PsRow] = []
        var foundDead = false
        store.forEach { container in
            if container.status == .dead {
                foundDead = true
                if container.record.autoRemove { return }
            }
            guard all || limit != nil || wanted.includesEnded || container.isAlive else { return }
            guard wanted.matches(container.record, container.status, exitCode: container.exitCode) else { return }
            if let limit, rows.count >= limit { return }
            rows.append(PsRow(container, nowUs: now, truncated: !isWhole))
        }
        if foundDead { store.clear() }
        if quiet {
            for row in rows { emit((row.json["ID"]?.string ?? "") + "\n") }
        } else {
            try shape.print(head: PsRow.head, rows.map { ($0.row, $0.json) })
        }
        return 0
    }
}
