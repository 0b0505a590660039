internal import ArgumentParser
internal import Glibc
internal import IsorunImageStore
internal import IsorunImages
internal import IsorunModel
internal import SystemPackage

/// What every command that unpacks takes.
struct UnpackingOptions: ParsableArguments {
    @Option(
        help: .init("Bytes that an image may unpack to; what is larger is refused. (default: 32g)", valueName: "size")
    )
    var maxSize: String?
    @Option(help: .init("For which the image is, as linux/arm64. (default: this machine's)", valueName: "platform"))
    var platform: String?

    func unpacking() throws(ImageError) -> UnpackOptions {
        var options = UnpackOptions()
        guard let maxSize else { return options }
        guard let size = ByteCount(parsing: maxSize), size.bytes > 0 else {
            throw ImageError(.usage, "--max-size: \"\(maxSize)\" is not a size; for example: 4g")
        }
        options.mostBytes = size.bytes
        return options
    }

    func chosenPlatform() throws(ImageError) -> Platform? {
        guard let platform else { return nil }
        guard let parsed = Platform(platform) else {
            throw ImageError(.usage, "--platform: \"\(platform)\" is no platform; for example: linux/arm64")
        }
        return parsed
    }
}

/// `isorun image import`.
struct ImageImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make images of files: an OCI layout, docker's archive, a root as a tarball or a directory.",
        aliases: ["load"]
    )
    @OptionGroup var unpacking: UnpackingOptions
    @Option(
        help: .init("What the source is: auto, oci, docker, tar or directory. (default: auto)", valueName: "format")
    )
    var format = "auto"
    @Option(
        name: .shortAndLong,
        help: .init("Of a root: a line as in a Dockerfile, as 'CMD [\"/bin/sh\"]'; may be repeated.", valueName: "line")
    )
    var change: [String] = []
    @Flag(name: .shortAndLong, help: "Print nothing but errors.") var quiet = false
    @Argument(help: .init("A directory, an archive, or - for standard input.", valueName: "source")) var source: String
    @Argument(help: .init("The image's name; else those that the source has.", valueName: "name")) var name: String?

    func run() throws {
        throw ExitCode(attempt { () throws(ImageError) in try take() })
    }

    private func take() throws(ImageError) {
        let reference = try name.map { name throws(ImageError) in try ImageName.parse(name) }
        var request = ImageImport(try ImageName.path(source), name: reference)
        guard let kind = ImageImport.Kind(rawValue: format) else {
            let known = ImageImport.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ImageError(.usage, "--format: \"\(format)\" is not one of \(known)")
        }
        request.kind = kind
        for line in change { request.changes.append(try ConfigChange(line)) }
        request.options = try unpacking.unpacking()
        if let platform = try unpacking.chosenPlatform() { request.platform = platform }
        let store = try OwnStore.open()
        let images = try store.adding { () throws(ImageError) in try request.run(store) }
        for image in images where !quiet {
            emit(
                reference == nil && image.name != nil
                    ? "Loaded image: \(image.name?.familiar ?? "")\n" : "\(image.id)\n"
            )
        }
    }
}

/// Names and paths of the command line.
enum ImageName {
    static func parse(_ text: String) throws(ImageError) -> ImageReference {
        guard let reference = ImageReference(text), reference.digest == nil else {
            throw ImageError(
                .usage,
                "\"\(text)\" is no name for an image",
                hint: "for example: debian:12, or registry.example/team/app:1.0"
            )
        }
        return reference
    }

    static func path(_ text: String) throws(ImageError) -> FilePath {
        if text == "-" { return "-" }
        let path = FilePath(text)
        if path.isAbsolute { return path.lexicallyNormalized() }
        guard let directory = unsafe getcwd(nil, 0) else { throw ImageError(.failed, "there is no working directory") }
        defer { unsafe free(directory) }
        return unsafe FilePath(platformString: directory).pushing(path).lexicallyNormalized()
    }
}
