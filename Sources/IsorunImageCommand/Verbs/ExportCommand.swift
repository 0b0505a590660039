internal import ArgumentParser
internal import IsorunImageStore
internal import IsorunImages

/// `isorun image export`.
struct ImageExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write images into a directory as an OCI layout, which skopeo and others read.",
        aliases: ["save"]
    )
    @Option(name: .shortAndLong, help: .init("The directory; it is made where it is missing.", valueName: "dir"))
    var output: String
    @Argument(help: .init("Names, digests, ids, or beginnings of ids.", valueName: "image")) var images: [String]

    func run() throws {
        let code = attempt { () throws(ImageError) in
            let directory = try ImageName.path(output)
            let store = try OwnStore.open()
            try ImageExport.write(images, to: directory, from: store)
        }
        throw ExitCode(code)
    }
}
