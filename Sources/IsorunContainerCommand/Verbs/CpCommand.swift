internal import ArgumentParser
internal import Glibc
internal import IsorunContainers
internal import IsorunModel
internal import IsorunSystem

/// `isorun cp`.
struct CpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy files between a container that runs and this host, in either direction.",
        discussion: """
            One of both places is the container's, NAME:PATH, the other one this host's, or - for a tar archive on \
            standard input or output. A directory is copied into one that is there, and otherwise takes the name that \
            is given; DIR/. means what is in it. What is copied in belongs to root there, what is copied out to \
            whoever copies it; set-ID bits are dropped. Links below the places that are named are copied and never \
            followed.
            """
    )
    @Flag(name: .shortAndLong, help: "Keep the owners, by their numbers.") var archive = false
    @Flag(name: [.customShort("L"), .long], help: "Copy what a link that is named as the source leads to.")
    var followLink = false
    @Flag(name: .shortAndLong, help: "Say nothing but errors.") var quiet = false
    @Argument(help: .init("NAME:PATH, a path here, or -.", valueName: "source")) var source: String
    @Argument(help: .init("NAME:PATH, a path here, or -.", valueName: "destination")) var destination: String

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try copy() })
    }

    private func copy() throws(ContainerError) -> Int32 {
        switch (CopyPlace(source), CopyPlace(destination)) {
        case (.container(let name, let path), let here): try copyOut(name, path, here)
        case (let here, .container(let name, let path)): try copyIn(here, name, path)
        default: throw ContainerError("one of both must be a container's: NAME:PATH", isUsage: true)
        }
    }

    private func copyOut(_ name: String, _ path: String, _ here: CopyPlace) throws(ContainerError) -> Int32 {
        var task = Copier.Task(.read, path)
        task.followsLink = followLink
        switch here {
        case .container: throw ContainerError("one of both must be a path here, or -", isUsage: true)
        case .stream: return try start(task, name, output: STDOUT_FILENO).wait()
        case .host(let target):
            var pipe = try telling { () throws(SystemError) in try Pipe() }
            let copier = try start(task, name, output: pipe.writer?.raw)
            pipe.writer = nil
            guard let reader = pipe.reader.take() else { return 1 }
            let archive = TarReader(reader.raw)
            var failure: ContainerError?
            do throws(ContainerError) {
                if try TreeWriter(archive, keepsOwners: self.archive, warn: complain).write(to: target) {
                    while try archive.next() != nil {}
                }
            } catch {
                failure = error
            }
            // Who cannot write any more ends.
            _ = consume reader
            let code = copier.wait()
            if let failure, code == 0 || !failure.isMissing { throw failure }
            if code == 0 { tell(archive.bytesRead, target) }
            return code
        }
    }

    private func copyIn(_ here: CopyPlace, _ name: String, _ path: String) throws(ContainerError) -> Int32 {
        var task = Copier.Task(.write, path)
        task.keepsOwners = archive
        switch here {
        case .container: throw ContainerError("one of both must be a path here, or -", isUsage: true)
        case .stream:
            task.way = .unpack
            return try start(task, name, input: STDIN_FILENO).wait()
        case .host(let origin):
            var pipe = try telling { () throws(SystemError) in try Pipe() }
            let copier = try start(task, name, input: pipe.reader?.raw)
            pipe.reader = nil
            guard let writer = pipe.writer.take() else { return 1 }
            let archive = TarWriter(writer.raw)
            var failure: ContainerError?
            do throws(ContainerError) {
                try TreeReader(archive, followsLink: followLink, warn: complain).read(origin)
                try telling { () throws(SystemError) in try archive.end() }
            } catch {
                failure = error
            }
            _ = consume writer
            let code = copier.wait()
            // Where the other side has said why it does not read on, that is the reason.
            if let failure, code == 0 || !failure.description.contains("EPIPE") { throw failure }
            if code == 0 { tell(archive.bytesWritten, "\(name):\(path)") }
            return code
        }
    }

    private func start(
        _ task: Copier.Task,
        _ name: String,
        input: Int32? = nil,
        output: Int32? = nil
    ) throws(ContainerError) -> ChildProcess {
        let store = try telling { () throws(SystemError) in try ContainerStore.own() }
        guard let program = OwnProgram.path else { throw ContainerError("cannot tell isorun-container's own path") }
        return try Copier.start(
            task,
            in: try store.container(name),
            program: program,
            words: ["isorun-copier", "copy-files"],
            input: input,
            output: output
        )
    }

    private func tell(_ bytes: UInt64, _ target: String) {
        if !quiet { complain("copied \(ByteCount(bytes)) to \(target)") }
    }
}

/// One side of a copy.
private enum CopyPlace {
    case container(name: String, path: String)
    case host(String)
    /// A tar archive.
    case stream

    /// As docker reads it: a colon makes a container's place, but not in what begins like a path.
    init(_ text: String) {
        if text == "-" {
            self = .stream
        } else if let colon = text.firstIndex(of: ":"), !text.hasPrefix("/"), !text.hasPrefix(".") {
            let path = String(text[text.index(after: colon)...])
            self = .container(name: String(text[..<colon]), path: path.hasPrefix("/") ? path : "/" + path)
        } else {
            self = .host(text)
        }
    }
}

/// The copier's side; nobody types this.
enum CopyFiles {
    static func run(_ words: [ByteString]) -> Int32 {
        guard let task = Copier.Task(Array(words.dropFirst())) else { return 64 }
        return Copier.run(task) { complain($0) }
    }
}
