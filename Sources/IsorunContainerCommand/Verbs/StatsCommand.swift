internal import ArgumentParser
internal import Glibc
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSystem

/// `isorun stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use, every second until interrupted."
    )
    @Flag(name: .customLong("no-stream"), help: "Once.") var once = false
    @Option(help: .init("table, json, or a template as '{{.Name}} {{.CPUPerc}}'.", valueName: "format"))
    var format: String?
    @Argument(help: .init("Names, ids, or beginnings of ids. (default: all that run)", valueName: "container"))
    var containers: [String] = []

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try show() })
    }

    private func show() throws(ContainerError) -> Int32 {
        let shape = try OutputShape(format)
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        var before = try answers(store)
        while true {
            // Two looks make a share of the CPU.
            usleep(once ? 250_000 : 1_000_000)
            let now = try answers(store)
            let rows = now.map { answer in
                let former = before.first { $0.record.id == answer.record.id } ?? answer
                return StatsRow(answer.record, before: former.body, now: answer.body)
            }
            if !once, isatty(STDOUT_FILENO) == 1 { emit("\u{1B}[H\u{1B}[2J") }
            try shape.print(head: StatsRow.head, rows.map { ($0.cells, $0.json) })
            if once { return 0 }
            before = now
        }
    }

    private func answers(_ store: borrowing ContainerStore) throws(ContainerError) -> [Answer] {
        var names = containers
        if names.isEmpty { store.forEach { if $0.isAlive { names.append($0.id) } } }
        var answers: [Answer] = []
        for name in names {
            let container = try store.container(name)
            guard container.isAlive, let keeper = try Conversation(with: container) else {
                if containers.isEmpty { continue }
                throw ContainerError("container \(name) is not running")
            }
            try keeper.ask("stats")
            if let reply = try keeper.answer() { answers.append(Answer(record: container.record, body: reply.body)) }
        }
        return answers
    }

    private struct Answer {
        let record: ContainerRecord
        let body: JSON
    }
}
