internal import ArgumentParser
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSystem

/// `isorun stop`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop containers: a signal, and the kill when the time is over."
    )
    @Option(
        name: [.customShort("t"), .customLong("time"), .customLong("timeout")],
        help: .init("Seconds until the kill; -1 waits for ever. (default: 10)", valueName: "seconds")
    )
    var time = 10
    @Option(name: .shortAndLong, help: .init("The signal. (default: the image's, else TERM)", valueName: "signal"))
    var signal: String?
    @Argument(help: .init("Names, ids, or beginnings of ids.", valueName: "container")) var containers: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try stop() })
    }

    private func stop() throws(ContainerError) -> Int32 {
        let asked = try signal.map { signal throws(ContainerError) in try SignalOption.number(signal) }
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        return forEach(containers) { reference throws(ContainerError) in
            let container = try store.container(reference)
            if let keeper = try Conversation(with: container) {
                // What an image says may be no signal at all.
                let own = container.record.setup.stopSignal.flatMap { try? SignalOption.number($0) }
                let number = asked ?? own ?? 15
                var details = [JSON.Member("signal", .whole(number))]
                if time >= 0 { details.append(.init("graceMs", .whole(time * 1000))) }
                try keeper.ask("stop", details)
                _ = try keeper.answer()
                // The keeper kills in its time, and then has to remove the container.
                let limit = time < 0 ? nil : Int64(time) * 1000 + Int64(Conversation.usualPatience)
                try Ending.wait(for: container, keeper, limit: limit)
            }
            emit(reference + "\n")
        }
    }
}

/// `isorun kill`.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Send containers a signal; KILL ends all that is in them."
    )
    @Option(name: .shortAndLong, help: .init("The signal. (default: KILL)", valueName: "signal"))
    var signal = "KILL"
    @Argument(help: .init("Names, ids, or beginnings of ids.", valueName: "container")) var containers: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try send() })
    }

    private func send() throws(ContainerError) -> Int32 {
        let number = try SignalOption.number(signal)
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        return forEach(containers) { reference throws(ContainerError) in
            let container = try store.container(reference)
            guard container.isAlive, let keeper = try Conversation(with: container) else {
                throw ContainerError("cannot kill container: \(reference): it is not running")
            }
            try keeper.ask("kill", [.init("signal", .whole(number))])
            _ = try keeper.answer()
            if number == 9 { try Ending.wait(for: container, keeper, limit: Int64(Conversation.usualPatience)) }
            emit(reference + "\n")
        }
    }
}

/// `isorun wait`.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until containers end, and print their exit codes."
    )
    @Argument(help: .init("Names, ids, or beginnings of ids.", valueName: "container")) var containers: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try wait() })
    }

    private func wait() throws(ContainerError) -> Int32 {
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        return forEach(containers) { reference throws(ContainerError) in
            let container = try store.container(reference)
            if container.isAlive, let keeper = try Conversation(with: container) {
                try keeper.ask("wait")
                if let end = try keeper.waitForEnd(notice: complain) {
                    tell(end.notes, of: reference)
                    return emit("\(end.exitCode ?? 0)\n")
                }
                container.waitForKeeper()
            }
            // It ended while it was called: its record has the last word.
            let ended = try store.container(container.id)
            tell(ended.record.laterNotes, of: reference)
            emit("\(ended.exitCode)\n")
        }
    }
}

/// `isorun rm`.
struct RmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove containers: their records and logs."
    )
    @Flag(name: .shortAndLong, help: "End those that run first.") var force = false
    @Flag(name: .shortAndLong, help: "As docker's: there are no unnamed volumes that could be left.") var volumes =
        false
    @Argument(help: .init("Names, ids, or beginnings of ids.", valueName: "container")) var containers: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try remove() })
    }

    private func remove() throws(ContainerError) -> Int32 {
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        var foundDead = false
        let code = forEach(containers) { reference throws(ContainerError) in
            guard let container = try find(reference, in: store) else { return }
            let wasKilled = container.isAlive ? try end(container) : false
            foundDead = foundDead || wasKilled || container.status == .dead
            store.remove(id: container.id, name: container.record.name)
            emit(reference + "\n")
        }
        if foundDead { store.clear() }
        return code
    }

    /// With `-f` what is not there is as good as removed.
    private func find(_ reference: String, in store: borrowing ContainerStore) throws(ContainerError) -> Container? {
        do throws(ContainerError) {
            return try store.container(reference)
        } catch {
            if force, error.isMissing { return nil }
            throw error
        }
    }

    private static let patience: Int32 = 5000

    /// Whether its keeper had to be killed.
    private func end(_ container: borrowing Container) throws(ContainerError) -> Bool {
        guard force else {
            throw ContainerError(
                "cannot remove container \"/\(container.record.name)\": container is \(container.status.rawValue): "
                    + "stop it first (isorun stop \(container.record.name)), or isorun rm -f"
            )
        }
        guard let keeper = try Conversation(with: container, patience: Self.patience) else { return false }
        try keeper.ask("kill", [.init("signal", .whole(9))])
        // A keeper that is stopped, or hangs, does not keep its container: that ends with it.
        let speaks = keeper.speaks(withinMilliseconds: Self.patience)
        if !speaks { keeper.killKeeper() }
        if try keeper.waitForEnd(notice: complain) == nil { container.waitForKeeper() }
        return !speaks
    }
}

/// The end of a container that was asked for.
private enum Ending {
    static func wait(
        for container: borrowing Container,
        _ keeper: borrowing Conversation,
        limit: Int64?
    ) throws(ContainerError) {
        if let end = try keeper.waitForEnd(limit: limit, notice: complain) {
            tell(end.notes, of: container.record.name)
        } else {
            container.waitForKeeper()
        }
    }
}

/// A signal as an option's value.
enum SignalOption {
    static func number(_ text: String) throws(ContainerError) -> Int32 {
        guard let number = SignalNumber.named(text) else {
            throw ContainerError("--signal: \"\(text)\" is no signal; for example: TERM, SIGUSR1, 9", isUsage: true)
        }
        return number
    }
}
