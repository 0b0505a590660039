internal import IsorunCgroups
package import IsorunModel
package import IsorunPlanning
package import IsorunSystem
package import SystemPackage

/// One of a job's streams.
package enum JobStream: Hashable, Sendable { case output, error }

/// Looks after a job while it runs: the keeper of a container that lives on, to whom clients talk.
///
/// All of it happens on the thread that runs the job; nothing may wait.
package protocol JobAttendant: AnyObject {
    /// Readable while there is something to attend to.
    var readiness: Int32 { get }

    /// Learns of the job before anything of it is heard.
    func begin(with job: any RunningJob)

    /// Does what has come up.
    func attend(to job: any RunningJob)

    /// Takes the end that the job's input is written to, where it has one.
    func take(input: consuming OwnedDescriptor)

    /// Hears what the job wrote.
    func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream)
}

/// A job as its attendant sees it.
package protocol RunningJob: AnyObject {
    /// What it was started with.
    var plan: SandboxPlan { get }
    /// The ports of the host that lead into it, with a number for each that was left open.
    var ports: [PublishedPort] { get }
    /// The host's id of init, or of the job itself where it is PID 1.
    var initPID: Int32 { get }
    /// What carries its private network, by its pidfd: readable when that has ended.
    var networkProcess: Int32? { get }
    /// What is to be said where that has ended before the job; never waits.
    var networkEnd: String? { get }
    /// Whether the container is paused.
    var isFrozen: Bool { get }
    /// Whether its job has ended, or everything in it was killed: then it is no longer paused.
    var isEnding: Bool { get }

    /// Gives the job and its process group a signal.
    func signal(_ number: Int32)

    /// Ends the container: a signal now, and the kill when the time is over; SIGKILL ends it at once.
    func stop(signal: Int32, grace: Duration)

    /// Pauses the container or lets it go on; false where no cgroup of this host can, or where it is ending.
    func freeze(_ frozen: Bool) -> Bool

    // Commands that were started in it descend from the keeper.
    /// The host's ids of the container's processes, init among them.
    func processes(with visits: [Visit]) -> [Int32]

    /// Who `NAME|UID[:GROUP|GID]` is by the container's own tables of users and groups.
    func user(named text: String) throws(SandboxError) -> UserSpec

    /// Starts a command in the container.
    func visit(_ request: VisitRequest) throws(SandboxError) -> Visit

    /// What another process needs to see the container's files and to be counted with it.
    func entrance() throws(SandboxError) -> ContainerEntrance

    /// Ends the container as its timeout does, which it need not have reached.
    func endForTime()

    /// What the job has written to a regular file since a place in it; nil where it has written no such file.
    ///
    /// The job may be at work with it: what is read is hostile, and no link and no file of the host is followed.
    func written(to path: FilePath, from offset: Int) -> [UInt8]?

    /// Ends the container, because the filter caught a call of a visitor.
    func end(forCalling syscall: String)

    /// What it uses now.
    func consumption() -> Consumption
}

/// What a container uses at one moment; nil where the host cannot say.
package struct Consumption: Hashable, Sendable {
    /// Bytes of memory of all kinds.
    package var memory: UInt64?
    /// Microseconds of CPU time so far.
    package var cpu: UInt64?
    /// Bytes in the writable layer.
    package var disk: UInt64?
    /// Bytes read from devices so far.
    package var ioRead: UInt64?
    /// Bytes written to devices so far.
    package var ioWritten: UInt64?
    /// Tasks.
    package var tasks: UInt64?
}

/// The way into a container for a process that its keeper has not cloned.
package struct ContainerEntrance: ~Copyable {
    /// A process of the container, by its pidfd; it stays its keeper's.
    package let process: Int32
    /// What is written into to be counted with the container; none while it is paused, where nothing could go on.
    package let groups: [Int32]
    private let entrances: Entrances
    private let unified: OwnedDescriptor?

    init(process: Int32, entrances: Entrances, unified: consuming OwnedDescriptor?) {
        self.process = process
        self.entrances = entrances
        let raw = unified?.raw
        groups = (raw.map { [$0] } ?? []) + entrances.descriptors
        self.unified = unified
    }
}
