internal import ArgumentParser
internal import IsorunContainers
internal import IsorunModel
internal import IsorunSystem

/// `isorun port`.
struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port",
        abstract: "Show where the published ports of a container are reached."
    )
    @Argument(help: .init("Name, id, or the beginning of an id.", valueName: "container")) var container: String
    @Argument(help: .init("One port of the container, 80 or 53/udp. (default: all)", valueName: "port[/udp]"))
    var port: String?

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try show() })
    }

    private func show() throws(ContainerError) -> Int32 {
        let wanted = try wanted()
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let found = try store.container(container)
        let ports = PortList(found.record, found.status)
        guard let wanted else {
            for line in ports.lines { emit(line + "\n") }
            return 0
        }
        let places = ports.places(of: wanted.port, wanted.transport)
        guard !places.isEmpty else {
            throw ContainerError("no port \(wanted.port)/\(wanted.transport) is published for \(container)")
        }
        for place in places { emit(place + "\n") }
        return 0
    }

    private func wanted() throws(ContainerError) -> (port: UInt16, transport: PublishedPort.Transport)? {
        guard let port else { return nil }
        let parts = port.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let transport = parts.count == 1 ? .tcp : PublishedPort.Transport(rawValue: parts[1])
        guard let number = UInt16(parts[0]), number > 0, let transport else {
            throw ContainerError("\"\(port)\" is no port; for example: 80, 53/udp", isUsage: true)
        }
        return (number, transport)
    }
}
