internal import ArgumentParser
internal import IsorunContainers
internal import IsorunImages
internal import IsorunReporting
internal import IsorunSystem

/// `isorun image list`.
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List images.",
        aliases: ["ls"]
    )
    @Flag(name: .shortAndLong, help: "Ids only.") var quiet = false
    @Flag(name: .customLong("no-trunc"), help: "Whole ids.") var isWhole = false
    @Flag(help: "With the digests of their manifests.") var digests = false
    @Option(help: .init("table, json, or a template as '{{.Repository}} {{.ID}}'.", valueName: "format"))
    var format: String?
    @Argument(help: .init("Only this repository, or this name.", valueName: "name")) var name: String?

    func run() throws {
        throw ExitCode(attempt { () throws(ImageError) in try list() })
    }

    private func list() throws(ImageError) {
        let store = ImageStore(at: ImageStore.ownPath)
        let wanted = try name.map { name throws(ImageError) in try ImageName.parse(name) }
        let hasTag = name.map { $0.split(separator: "/").last?.contains(":") ?? false } ?? false
        var entries = try store.index().entries.filter { entry in
            guard let wanted else { return true }
            return entry.name?.name == wanted.name && (!hasTag || entry.name?.tag == wanted.tag)
        }
        // The newest first, as docker lists them.
        entries.sort { ($0.createdAtUs ?? 0, $0.name?.full ?? "") > ($1.createdAtUs ?? 0, $1.name?.full ?? "") }
        let rows = entries.map { ImageRow($0, store.record($0.id), isWhole: isWhole || format == "json") }
        if quiet {
            var shown: Set<String> = []
            for row in rows where shown.insert(row.id).inserted { emit(row.id + "\n") }
            return
        }
        try print(rows)
    }

    private func print(_ rows: [ImageRow]) throws(ImageError) {
        switch format {
        case nil, "table":
            let head = ["REPOSITORY", "TAG"] + (digests ? ["DIGEST"] : []) + ["IMAGE ID", "CREATED", "SIZE"]
            emit(TextTable.render([head] + rows.map { $0.cells(digests: digests) }))
        case "json": for row in rows { emit(row.json.line + "\n") }
        case .some(let text):
            try telling { () throws(ContainerError) in
                let template = try Template(text)
                for row in rows { emit(try template.fill(from: row.json) + "\n") }
            }
        }
    }
}

/// Runs what throws errors of containers, whose forms images share.
func telling(_ body: () throws(ContainerError) -> Void) throws(ImageError) {
    do throws(ContainerError) {
        try body()
    } catch {
        throw ImageError(error.isUsage ? .usage : .failed, error.description)
    }
}

/// An image as a line of `list`.
struct ImageRow {
    let id: String
    private let repository: String
    private let tag: String
    private let digest: String
    private let created: String
    private let size: String

    init(_ entry: StoreIndex.Entry, _ record: ImageRecord?, isWhole: Bool) {
        id = isWhole ? "\(entry.id)" : entry.id.short
        let source = entry.sources.first.flatMap(ImageReference.init)
        repository = (entry.name ?? source)?.familiarName ?? "<none>"
        tag = entry.name?.tag ?? "<none>"
        digest = "\(entry.manifest.digest)"
        created =
            entry.createdAtUs.map { HumanTime.since($0, nowUs: Clock.wallMicroseconds) + " ago" } ?? "N/A"
        size = HumanSize.decimal(record?.size ?? 0)
    }

    func cells(digests: Bool) -> [String] {
        [repository, tag] + (digests ? [digest] : []) + [id, created, size]
    }

    var json: JSON {
        let members = [
            ("Repository", repository), ("Tag", tag), ("Digest", digest), ("ID", id), ("CreatedSince", created),
            ("Size", size),
        ]
        return .object(members.map { JSON.Member($0.0, .string($0.1)) })
    }
}
