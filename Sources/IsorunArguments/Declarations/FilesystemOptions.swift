public import ArgumentParser
import IsorunModel

/// What a container sees of the file system.
public struct FilesystemOptions: ParsableArguments {
    @Option(
        help: .init(
            "The read-only lower layer: the host's own root, or a directory. (default: host)",
            valueName: "host|dir"
        ),
        completion: .directory
    )
    var rootfs: String?

    @Option(
        help: .init(
            "Run on an image: a name as debian:12, a digest, or an id. Its configuration says what is not said here.",
            valueName: "ref"
        )
    )
    var image: String?

    @Option(help: .init("For which the image is, as linux/arm64. (default: this machine's)", valueName: "platform"))
    var platform: String?

    @Option(
        help: .init("When the image is fetched: always, missing or never. (default: missing)", valueName: "policy"),
        completion: .list(PullPolicy.allCases.map(\.rawValue))
    )
    var pull: String?

    @Option(help: .init("In place of the image's entrypoint; empty leaves it out.", valueName: "program"))
    var entrypoint: String?

    @Option(
        name: [.customShort("v", allowingJoined: true), .long],
        help: .init(
            """
            Bind mount, or a volume by its name; what is written through rw stays. A new volume begins with what the \
            image has there, unless nocopy is said. (default mode: rw)
            """,
            valueName: "src|name:dst[:ro|rw]"
        ),
        completion: .directory
    )
    var volume: [String] = []

    @Option(help: .init("Empty scratch directory.", valueName: "dst[:size=size]"))
    var tmpfs: [String] = []

    @Option(
        name: [.customShort("w", allowingJoined: true), .long],
        help: .init("Working directory. (default: the current directory)", valueName: "dir"),
        completion: .directory
    )
    var workdir: String?

    @Flag(help: "No writable layer.")
    var readOnly = false

    @Option(help: .init("Hide one more host path.", valueName: "path"), completion: .file())
    var mask: [String] = []

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.rootfs = rootfs.map { .init($0) }
        arguments.image = image
        arguments.platform = platform
        arguments.pull = pull
        arguments.entrypoint = entrypoint.map { .init($0) }
        arguments.volumes = volume.map { .init($0) }
        arguments.tmpfs = tmpfs.map { .init($0) }
        arguments.workdir = workdir.map { .init($0) }
        arguments.readOnly = readOnly
        arguments.masks = mask.map { .init($0) }
    }
}
