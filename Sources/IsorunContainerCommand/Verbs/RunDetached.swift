internal import ArgumentParser
internal import Glibc
internal import IsorunArguments
internal import IsorunContainers
internal import IsorunModel
internal import IsorunSandbox
internal import IsorunSystem
internal import SystemPackage

/// `isorun run -d`, as the client and as the keeper read it: the same words, the same meaning.
struct DetachedRun {
    let request: RunRequest
    let logBounds: LogBounds
    /// What `ps` shows as the image.
    let image: String

    /// Understands the words after the program's name.
    init(_ words: [ByteString]) throws {
        let arguments: RunArguments
        switch LaunchLexer.lex(words) {
        case .run(let read): arguments = read
        case .fallThrough:
            let options = LaunchLexer.canonical(Array(words.dropFirst(words.first == "run" ? 1 : 0)))
            arguments = try RunOptions.parse(options).arguments
        }
        let directory = try Self.workingDirectory()
        var request = try arguments.resolve(workingDirectory: directory)
        // The keeper leaves this directory: what goes here by default is named.
        for index in request.job.collection.artifacts.indices
        where request.job.collection.artifacts[index].destination == nil {
            request.job.collection.artifacts[index].destination = directory
            request.job.collection.artifacts[index].intoDirectory = true
        }
        var bounds = LogBounds()
        for option in request.logOptions where !bounds.set(option) {
            throw UsageError(
                option: "--log-opt",
                problem: "\"\(option)\" is not understood",
                hint: "for example: max-size=10m, max-file=3"
            )
        }
        switch request.job.filesystem.rootfs {
        case .host: image = "host"
        case .directory(let path): image = path.string
        case .image(let asked): image = asked.reference
        }
        self.request = request
        logBounds = bounds
    }

    private static func workingDirectory() throws(ContainerError) -> FilePath {
        guard let path = unsafe getcwd(nil, 0) else { throw ContainerError("cannot tell the working directory") }
        defer { unsafe free(path) }
        return unsafe FilePath(platformString: path)
    }
}

/// The client's side: claims a name, starts a keeper, prints the id.
struct RunDetached: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run one job in the background (-d) and print its container's id."
    )
    @OptionGroup var options: RunOptions

    static func run(_ words: [ByteString]) -> Int32 {
        do {
            let detached = try DetachedRun(words)
            return try start(detached, words)
        } catch let error as UsageError {
            complain("\(error)")
            return UsageError.exitCode
        } catch {
            complain("\(error)")
            return 125
        }
    }

    private static func start(_ detached: DetachedRun, _ words: [ByteString]) throws -> Int32 {
        try JobImage.fetch(for: detached.request.job)
        let store = try ContainerStore.own()
        let claimed = try store.claim(name: detached.request.job.name)
        guard let program = OwnProgram.path else { throw ContainerError("cannot tell isorun-container's own path") }
        let line: [ByteString] = ["isorun-keeper", "keep", ByteString(claimed.id), ByteString(claimed.name)] + words
        let outcome: KeeperStart.Outcome
        do {
            outcome = try KeeperStart.start(claimed, program: program, words: line)
        } catch {
            store.remove(id: claimed.id, name: claimed.name)
            throw error
        }
        switch outcome {
        case .started(let notes):
            if !detached.request.reports.quiet {
                for note in notes where note.hasPrefix("warning: ") || detached.request.reports.verbose {
                    complain(note)
                }
            }
            emit(claimed.id + "\n")
            return 0
        case .failed(let problem, let exitCode):
            store.remove(id: claimed.id, name: claimed.name)
            complain(problem)
            return exitCode
        }
    }
}

/// The keeper's side; nobody types this.
struct KeepContainer: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "keep", shouldDisplay: false)
    @Argument(parsing: .captureForPassthrough) var words: [String] = []

    /// `keep ID NAME run …`.
    static func run(_ words: [ByteString]) {
        KeeperProgram.detach()
        guard let detached = try? DetachedRun(Array(words.dropFirst(3))) else { Glibc.exit(125) }
        KeeperProgram.run(
            KeeperRequest(
                id: words[1].text,
                name: words[2].text,
                job: detached.request.job,
                image: detached.image,
                autoRemove: detached.request.removesRecord,
                logBounds: detached.logBounds
            )
        )
        Glibc.exit(0)
    }
}
