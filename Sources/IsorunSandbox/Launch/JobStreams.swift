internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Both ends of the job's three streams, until the clone has given each side its own.
struct JobStreams: ~Copyable {
    /// The keeper's ends; nil where the job has a terminal, or no input.
    var input: OwnedDescriptor?
    var output: OwnedDescriptor?
    var error: OwnedDescriptor?
    private var inputEnd: OwnedDescriptor?
    private var outputEnd: OwnedDescriptor?
    private var errorEnd: OwnedDescriptor?

    init(terminal: Bool, interactive: Bool) throws(SystemError) {
        if terminal { return }
        if interactive {
            var pipe = try Pipe()
            inputEnd = pipe.reader.take()
            input = pipe.writer.take()
        } else {
            let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            inputEnd = try OwnedDescriptor(null < 0 ? -errno : null, "open", "/dev/null")
        }
        var pipe = try Pipe()
        output = pipe.reader.take()
        outputEnd = pipe.writer.take()
        pipe = try Pipe()
        error = pipe.reader.take()
        errorEnd = pipe.writer.take()
        for raw in [output?.raw, error?.raw] { if let raw { _ = fcntl(raw, F_SETFL, O_NONBLOCK) } }
        jobEnds = (inputEnd?.raw ?? -1, outputEnd?.raw ?? -1, errorEnd?.raw ?? -1)
    }

    /// What the job gets as 0, 1 and 2; -1 where its terminal takes their place.
    private(set) var jobEnds: (Int32, Int32, Int32) = (-1, -1, -1)

    /// Gives the job's ends to its user.
    func give(to user: UserSpec, of identity: IdentityRange) {
        identity.give([jobEnds.0, jobEnds.1, jobEnds.2], to: user)
    }

    mutating func closeJobEnds() {
        inputEnd = nil
        outputEnd = nil
        errorEnd = nil
    }
}
