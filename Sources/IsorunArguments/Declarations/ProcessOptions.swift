public import ArgumentParser
import IsorunModel

/// Who the job is and what it may do.
public struct ProcessOptions: ParsableArguments {
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        help: .init(
            """
            Add a variable; without a value, the host's. Of the host's environment only PATH, LANG, LC_*, TERM, TZ \
            and CI are inherited.
            """,
            valueName: "name[=value]"
        )
    )
    var env: [String] = []

    @Option(
        help: .init("Add the variables of a file: NAME=VALUE lines, # comments.", valueName: "file"),
        completion: .file()
    )
    var envFile: [String] = []

    @Option(
        name: [.customShort("u", allowingJoined: true), .long],
        help: .init(
            "User and group inside, by number, or by the image's own names. (default: 0:0)",
            valueName: "uid[:gid]"
        )
    )
    var user: String?

    @Option(help: .init("Host name inside. (default: isorun)", valueName: "name"))
    var hostname: String?

    @Option(
        help: .init(
            """
            none has loopback only, private an address of its own and the way out that the host has (by pasta), host \
            is the host's own network, container:NAME that of a container that runs. (default: none, with -p private)
            """,
            valueName: "mode"
        ),
        completion: .list(ValueNames.networks)
    )
    var network: String?

    @Option(
        name: [.customShort("p", allowingJoined: true), .long],
        help: .init(
            """
            Have a port of the host lead to one inside. Bound is 127.0.0.1, so that only this machine reaches it, and \
            not every address: 0.0.0.0:8080:80 does that. Ranges: 8000-8009:80-89; port 0 is any free one.
            """,
            valueName: "[ip:]host:container[/udp]"
        )
    )
    var publish: [String] = []

    @Flag(help: "Services on the host's loopback are reached at the private network's gateway.")
    var hostLoopback = false

    @Option(
        help: .init(
            "System call filter: default, strict, debug, unconfined, or a docker-format JSON profile. (default: default)",
            valueName: "profile"
        ),
        completion: .file(extensions: ["json"])
    )
    var seccomp: String?

    @Option(
        help: .init("Add a capability to docker's default set, or all.", valueName: "name|ALL"),
        completion: .list(ValueNames.capabilities)
    )
    var capAdd: [String] = []

    @Option(
        help: .init("Take a capability from docker's default set, or all.", valueName: "name|ALL"),
        completion: .list(ValueNames.capabilities)
    )
    var capDrop: [String] = []

    @Flag(
        help: """
            For code you do not trust: strict seccomp, no capabilities, only world-readable host files, no inherited \
            environment.
            """
    )
    var untrusted = false

    @Flag(
        inversion: .prefixedNo,
        exclusivity: .chooseLast,
        help: "A tiny init is PID 1 and the job PID 2, or the job is PID 1 itself."
    )
    var `init` = true

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.env = env.map { .init($0) }
        arguments.envFiles = envFile.map { .init($0) }
        arguments.user = user
        arguments.hostname = hostname
        arguments.network = network
        arguments.publish = publish
        arguments.hostLoopback = hostLoopback
        arguments.seccomp = seccomp.map { .init($0) }
        arguments.capAdd = capAdd
        arguments.capDrop = capDrop
        arguments.untrusted = untrusted
        arguments.initProcess = `init`
    }
}
