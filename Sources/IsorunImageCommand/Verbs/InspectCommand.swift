internal import ArgumentParser
internal import IsorunContainers
internal import IsorunImages
internal import IsorunReporting

/// `isorun image inspect`.
struct ImageInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known of images, by docker's names."
    )
    @Option(name: .shortAndLong, help: .init("A template, as '{{.Config.Cmd}}'.", valueName: "template"))
    var format: String?
    @Argument(help: .init("Names, digests, ids, or beginnings of ids.", valueName: "image")) var images: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ImageError) in try show() })
    }

    private func show() throws(ImageError) {
        let store = ImageStore(at: ImageStore.ownPath)
        let index = try store.index()
        var documents: [JSON] = []
        for image in images {
            let entries = try index.matching(image)
            guard let first = entries.first, let record = store.record(first.id) else {
                throw ImageError(.missing, "No such image: \(image)")
            }
            documents.append(Self.document(index.entries.filter { $0.id == first.id }, record))
        }
        guard let format else { return emit(JSON.array(documents).indented() + "\n") }
        try telling { () throws(ContainerError) in
            let template = try Template(format)
            for document in documents { emit(try template.fill(from: document) + "\n") }
        }
    }

    private static func document(_ entries: [StoreIndex.Entry], _ record: ImageRecord) -> JSON {
        let config = record.config
        let names = entries.compactMap { $0.name?.familiar }
        let sources = entries.flatMap(\.sources).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        var members: [JSON.Member] = [
            .init("Id", .string("\(record.id)")), .init("RepoTags", .array(names.map { .string($0) })),
            .init("RepoDigests", .array(sources.map { .string($0) })),
            .init("Created", .text(config.created)), .init("Config", config.document["config"] ?? .object([])),
            .init("Architecture", .string(config.platform.architecture)),
        ]
        if let variant = config.platform.variant { members.append(.init("Variant", .string(variant))) }
        members += [
            .init("Os", .string(config.platform.os)), .init("Size", .whole(record.size)),
            .init(
                "RootFS",
                .object([
                    .init("Type", .string("layers")),
                    .init("Layers", .array(config.layers.map { .string("\($0)") })),
                ])
            ),
        ]
        return .object(members)
    }
}
