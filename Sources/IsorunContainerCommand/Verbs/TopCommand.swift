internal import ArgumentParser
internal import Glibc
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// `isorun top`.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the processes of a container, as this host sees them."
    )
    @Argument(help: .init("Name, id, or the beginning of an id.", valueName: "container")) var container: String

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try show() })
    }

    private func show() throws(ContainerError) -> Int32 {
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let found = try store.container(container)
        guard found.isAlive, let keeper = try Conversation(with: found) else {
            throw ContainerError("container \(container) is not running")
        }
        try keeper.ask("processes")
        guard let reply = try keeper.answer() else { throw ContainerError("container \(container) has ended") }
        let pids: [Int32] = reply.body["processes"]?.array?.compactMap { $0.integer() } ?? []
        let up = (try? SmallFile.read("/proc/uptime"))
            .flatMap { Double(String(decoding: $0, as: UTF8.self).prefix { $0 != " " }) }
        let ticks = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        let now = Clock.wallMicroseconds
        // Init is isorun's own.
        let rows = pids.sorted().filter { $0 != found.record.pid || pids.count == 1 }.compactMap {
            ProcessRow(pid: $0, ticksPerSecond: ticks, nowUs: now, upSeconds: up ?? 0)
        }
        emit(TextTable.render([ProcessRow.head] + rows.map(\.cells)))
        return 0
    }
}
