internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
package import IsorunModel
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem
internal import SystemPackage

/// What a keeper is started with.
package struct KeeperRequest {
    package var id: String
    package var name: String
    package var job: JobSpec
    package var image: String
    package var autoRemove: Bool
    package var logBounds: LogBounds

    package init(
        id: String,
        name: String,
        job: JobSpec,
        image: String,
        autoRemove: Bool,
        logBounds: LogBounds
    ) {
        self.id = id
        self.name = name
        self.job = job
        self.image = image
        self.autoRemove = autoRemove
        self.logBounds = logBounds
    }
}

/// The life of a keeper: from the moment its client has started it until nothing is left but the record.
package enum KeeperProgram {
    /// The container's lock, and the pipe to whoever waits for the job's start.
    static let lockDescriptor: Int32 = 3
    static let readyDescriptor: Int32 = 4

    /// Sheds what came from the client: files, and its terminal's signals.
    package static func detach() {
        _ = isorun_close_from(UInt32(readyDescriptor + 1))
        _ = fcntl(lockDescriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(readyDescriptor, F_SETFD, FD_CLOEXEC)
        for number in [SIGHUP, SIGPIPE, SIGTTIN, SIGTTOU, SIGTSTP] { signal(number, SIG_IGN) }
        signal(SIGCHLD, SIG_DFL)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// Runs the container to its end.
    package static func run(_ request: KeeperRequest) {
        let ready = WaitingClient()
        do throws(SystemError) {
            try run(request, ready)
        } catch {
            forget(request)
            ready.tell(.object([.init("error", .string("\(error)")), .init("exitCode", .whole(125))]))
        }
    }

    private static func run(_ request: KeeperRequest, _ ready: WaitingClient) throws(SystemError) {
        var request = request
        // Held for as long as the container lives; its client has fetched it.
        let image: HeldImage?
        do throws(ImageError) {
            image = try JobImage.settle(&request.job)
        } catch {
            forget(request)
            return ready.tell(.object([.init("error", .string("\(error)")), .init("exitCode", .whole(125))]))
        }
        defer { withExtendedLifetime(image) {} }
        let store = try ContainerStore.own()
        let directory = try store.containers.directory(request.id)
        var record = ContainerRecord(
            id: request.id,
            name: request.name,
            createdAtUs: Clock.wallMicroseconds,
            command: request.job.command.map(\.text),
            image: request.image,
            autoRemove: request.autoRemove
        )
        record.terminal = request.job.streams.terminal
        record.interactive = request.job.streams.interactive
        record.keeperPID = getpid()
        record.setup = ContainerSetup(request.job)
        let janitor = Janitor(for: request.id)
        defer { janitor?.dismiss() }
        let keeper = try Keeper(record, in: directory, bounds: request.logBounds)
        var isAnnounced = false
        var sandbox = Sandbox()
        sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        sandbox.capturedBytes = 0
        sandbox.attendant = keeper
        let run = sandbox.run(request.job) { event in
            switch event {
            case .note(let text): keeper.note(text)
            case .jobStarted:
                keeper.started()
                // Only now: where the client stood decides what the job sees.
                _ = unsafe chdir("/")
                isAnnounced = true
                let notes = JSON.array(keeper.notes.map { .string($0) })
                ready.tell(.object([.init("started", .bool(true)), .init("notes", notes)]))
                // From here on it waits, for days maybe, and what set the container up is not used again.
                isorun_let_code_go()
            default: break
            }
        }
        if !isAnnounced, let problem = run.error {
            store.remove(id: request.id, name: request.name)
            ready.tell(.object([.init("error", .string("\(problem)")), .init("exitCode", .whole(run.exitCode))]))
            return
        }
        if let failure = run.writesFailure { keeper.note("warning: the list of writes: \(failure)") }
        keeper.finish(run)
        if request.autoRemove { store.remove(id: request.id, name: request.name) }
        keeper.tellEnd()
    }

    /// What never became a container leaves nothing.
    private static func forget(_ request: KeeperRequest) {
        guard let store = try? ContainerStore.own() else { return }
        store.remove(id: request.id, name: request.name)
    }

    /// Whoever waits until the job runs; it hears one thing and goes.
    private final class WaitingClient {
        private var pipe: OwnedDescriptor? = OwnedDescriptor(KeeperProgram.readyDescriptor)

        func tell(_ json: JSON) {
            guard let pipe = pipe.take() else { return }
            try? pipe.write(all: json.line.utf8)
        }
    }
}
