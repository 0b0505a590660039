internal import ArgumentParser
internal import IsorunContainers
internal import IsorunSystem

/// `isorun pause`.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold every process of containers where it is."
    )
    @Argument(help: .init("Names, ids, or beginnings of ids.", valueName: "container")) var containers: [String]

    func run() throws { throw ExitCode(Freezing.ask("pause", of: containers)) }
}

/// `isorun unpause`.
struct UnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause",
        abstract: "Let containers that were paused go on."
    )
    @Argument(help: .init("Names, ids, or beginnings of ids.", valueName: "container")) var containers: [String]

    func run() throws { throw ExitCode(Freezing.ask("unpause", of: containers)) }
}

/// What both have in common.
private enum Freezing {
    static func ask(_ verb: String, of containers: [String]) -> Int32 {
        attempt { () throws(ContainerError) in
            let store = try telling { () throws(SystemError) in try ContainerStore.own() }
            return forEach(containers) { reference throws(ContainerError) in
                let container = try store.container(reference)
                guard container.isAlive, let keeper = try Conversation(with: container) else {
                    throw ContainerError("cannot \(verb) container \(reference): it is not running")
                }
                do throws(ContainerError) {
                    try keeper.ask(verb)
                    guard try keeper.answer() != nil else { throw ContainerError("it ended") }
                } catch {
                    throw ContainerError("cannot \(verb) container \(reference): \(error.description)")
                }
                emit(reference + "\n")
            }
        }
    }
}
