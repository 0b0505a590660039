internal import ArgumentParser
internal import IsorunContainers
internal import IsorunSandbox
internal import IsorunSystem

/// `isorun logs`.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what a container wrote: stdout on stdout, stderr on stderr."
    )
    @Flag(name: .shortAndLong, help: "Go on until the container ends.") var follow = false
    @Flag(name: .shortAndLong, help: "With the time of each line.") var timestamps = false
    @Option(
        name: [.customShort("n"), .long],
        help: .init("The last so many lines. (default: all)", valueName: "n|all")
    )
    var tail: String?
    @Option(help: .init("Not before: 10m (ago), 2026-11-23T12:00:00Z, or seconds since 1970.", valueName: "time"))
    var since: String?
    @Option(help: .init("Not after.", valueName: "time")) var until: String?
    @Argument(help: .init("Name, id, or the beginning of an id.", valueName: "container")) var container: String

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try show() })
    }

    private func show() throws(ContainerError) -> Int32 {
        let selection = try selection()
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let found = try store.container(container)
        let follower = try telling { () throws(SystemError) in try LogFollower(found, follows: follow) }
        try telling { () throws(SystemError) in
            try follower.run(selection) { record in
                var bytes: [UInt8] = []
                if timestamps, follower.isLineStart(record.stream) {
                    bytes += "\(LogRecord.timestamp(record.timeUs)) ".utf8
                }
                bytes += record.bytes
                if record.isWhole { bytes.append(UInt8(ascii: "\n")) }
                emit(bytes, to: record.stream == .output ? 1 : 2)
            }
        }
        // What the container did not say itself: as it stands now, for it may have ended meanwhile.
        if let now = try? store.container(found.id) { tell(now.record.laterNotes, of: container) }
        return 0
    }

    private func selection() throws(ContainerError) -> LogSelection {
        var selection = LogSelection()
        if let tail, tail != "all" {
            guard let count = Int(tail) else {
                throw ContainerError(
                    "--tail: \"\(tail)\" is no number of lines; for example: 100, or all",
                    isUsage: true
                )
            }
            // As docker reads it: less than none is all.
            if count >= 0 { selection.tail = count }
        }
        selection.since = try moment(since, "--since")
        selection.until = try moment(until, "--until")
        return selection
    }

    private func moment(_ text: String?, _ option: String) throws(ContainerError) -> Int64? {
        guard let text else { return nil }
        guard let moment = LogSelection.moment(text, nowUs: Clock.wallMicroseconds) else {
            throw ContainerError(
                "\(option): \"\(text)\" is no time; for example: 10m, 2026-11-23T12:00:00Z",
                isUsage: true
            )
        }
        return moment
    }
}
