internal import ArgumentParser
internal import IsorunContainers
internal import IsorunSandbox
internal import IsorunSystem

/// `isorun attach`.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract:
            "Show what a container writes from now on, and pass input and signals on; its exit code is this one's."
    )
    @Flag(name: .customLong("no-stdin"), help: "Do not pass standard input on.") var leavesInput = false
    @Option(name: .customLong("sig-proxy"), help: .init("Pass signals on.", valueName: "true|false"))
    var passesSignals = true
    @Option(
        name: .customLong("detach-keys"),
        help: .init("Keys that leave a terminal.", valueName: "keys")
    )
    var detachKeys = DetachKeys.usual
    @Argument(help: .init("Name, id, or the beginning of an id.", valueName: "container")) var container: String

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try attach() })
    }

    private func attach() throws(ContainerError) -> Int32 {
        guard let keys = DetachKeys(detachKeys) else {
            throw ContainerError(
                "--detach-keys: \"\(detachKeys)\" are no keys; for example: \(DetachKeys.usual)",
                isUsage: true
            )
        }
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let found = try store.container(container)
        guard found.isAlive else { throw ContainerError("cannot attach to \(container): it is not running") }
        guard found.status != .paused else {
            throw ContainerError("cannot attach to \(container): it is paused: unpause it first")
        }
        let session = try AttachSession(
            found,
            passesInput: !leavesInput,
            passesSignals: passesSignals,
            keys: keys
        )
        switch try session.run() {
        case .detached:
            complain("detached; the container goes on")
            return 0
        case .container(let end?):
            tell(end.notes, of: container)
            return end.exitCode ?? 0
        case .container(nil):
            found.waitForKeeper()
            return (try? store.container(found.id))?.exitCode ?? 137
        }
    }
}
