internal import ArgumentParser
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSystem

/// `isorun inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known of containers, as JSON with docker's field names."
    )
    @Option(name: .shortAndLong, help: .init("json, or a template as '{{.State.Status}}'.", valueName: "format"))
    var format: String?
    @Argument(help: .init("Name, id, or the beginning of an id.", valueName: "container")) var containers: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try show() })
    }

    private func show() throws(ContainerError) -> Int32 {
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let template = format == nil || format == "json" ? nil : try Template(format ?? "")
        var documents: [JSON] = []
        let code = forEach(containers) { reference throws(ContainerError) in
            let document = InspectDocument.json(try store.container(reference))
            if let template { emit(try template.fill(from: document) + "\n") }
            documents.append(document)
        }
        guard template == nil else { return code }
        emit((format == "json" ? JSON.array(documents).line : JSON.array(documents).indented()) + "\n")
        return code
    }
}
