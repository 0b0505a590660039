internal import ArgumentParser
internal import IsorunContainers
internal import IsorunSandbox
internal import IsorunSystem

/// `isorun gc`, with what the commands about containers may leave behind.
struct GCCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what killed isoruns, keepers and clients left behind; every start does it too."
    )

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try collect() })
    }

    private func collect() throws(ContainerError) -> Int32 {
        // Where nothing was ever started there is nothing to clear, and no run directory is made for it.
        if ContainerStore.isThere {
            let store = try telling { () throws(SystemError) in try ContainerStore.own() }
            for id in store.tidy() { emit("removed container \(id)\n") }
        }
        let removed = try telling { () throws(SystemError) in try Sandbox.sweep() }
        for path in removed { emit("removed \(path)\n") }
        try telling { () throws(SystemError) in try VolumeStore.own.sweep(clear: VolumeClearing.clear) }
        return 0
    }
}
