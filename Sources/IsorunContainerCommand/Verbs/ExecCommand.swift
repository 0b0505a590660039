internal import ArgumentParser
internal import Glibc
internal import IsorunContainers
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem

/// `isorun exec`.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command in a container that runs; the exit code is the command's own."
    )
    @Flag(name: .shortAndLong, help: "Pass standard input on.") var interactive = false
    @Flag(name: .shortAndLong, help: "Allocate a terminal.") var tty = false
    @Flag(name: .shortAndLong, help: "Return when it runs, and let it run.") var detach = false
    @Option(name: .shortAndLong, help: .init("Add a variable; without a value, one's own.", valueName: "name[=value]"))
    var env: [String] = []
    @Option(name: .shortAndLong, help: .init("Directory inside. (default: the job's)", valueName: "dir"))
    var workdir: String?
    @Option(name: .shortAndLong, help: .init("User and group inside. (default: the job's)", valueName: "uid[:gid]"))
    var user: String?
    @Argument(help: .init("Name, id, or the beginning of an id.", valueName: "container")) var container: String
    @Argument(parsing: .captureForPassthrough, help: .init("The program and its arguments.", valueName: "command"))
    var command: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try execute() })
    }

    private func execute() throws(ContainerError) -> Int32 {
        let request = try request()
        if tty, isatty(STDIN_FILENO) != 1 {
            throw ContainerError("--tty: standard input is not a terminal; leave -t out in scripts", isUsage: true)
        }
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        let found = try store.container(container)
        guard found.isAlive, let keeper = try Conversation(with: found) else {
            throw ContainerError("container \(container) is not running")
        }
        let session = try telling { () throws(SystemError) in
            try ExecSession(terminal: tty, interactive: interactive, detached: detach)
        }
        try keeper.ask("exec", request.members, session.streams)
        try keeper.awaitAnswer()
        return try session.run(keeper)
    }

    private func request() throws(ContainerError) -> ExecRequest {
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        guard let program = words.first, !program.isEmpty else {
            throw ContainerError("there is no command to run; for example: isorun exec web sh", isUsage: true)
        }
        var request = ExecRequest(words.map { ByteString($0) })
        for entry in env {
            if entry.contains("=") {
                request.environment.append(ByteString(entry))
            } else if let value = unsafe getenv(entry) {
                request.environment.append(ByteString("\(entry)=\(unsafe String(cString: value))"))
            }
        }
        if tty { request.environment.insert("TERM=xterm", at: 0) }
        if let workdir {
            guard workdir.hasPrefix("/") else {
                throw ContainerError("--workdir: \"\(workdir)\" is not absolute; for example: /src", isUsage: true)
            }
            request.workdir = workdir
        }
        if let user {
            let parts = user.split(separator: ":", omittingEmptySubsequences: false)
            guard 1...2 ~= parts.count, !parts.contains("") else {
                let example = "is no user or USER:GROUP; for example: 1000:1000, www-data"
                throw ContainerError("--user: \"\(user)\" \(example)", isUsage: true)
            }
            request.userName = user
        }
        request.terminal = tty
        request.terminalSize = TerminalMode.size(of: STDIN_FILENO)
        return request
    }
}
