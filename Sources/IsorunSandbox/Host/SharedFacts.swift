internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import Synchronization
internal import SystemPackage

/// What is known of the host for all jobs of a run: read once, and again when its mounts or users have changed.
///
/// To read it takes a twenty-fifth of a container's CPU time; to hear that it still holds takes a few calls. What else
/// may change while a run goes on, and matters to a job, is read for each (``HostProbe/facts(for:from:)``).
final class SharedFacts: Sendable {
    private let state = Mutex(State())
    private let mountTable: FilePath
    private let files: [FilePath]
    private let survey: @Sendable () -> HostProbe.Survey
    private let pattern: Int32

    private struct State: Sendable {
        var known: Known?
        var edition = 0
    }

    private struct Known: Sendable {
        let survey: HostProbe.Survey
        let mounts: MountWatch
        let files: [FileMark]
    }

    /// Knows nothing yet.
    ///
    /// - Parameters:
    ///   - mountTable: has POLLPRI where a mount has come or gone.
    ///   - files: what the survey reads besides, and where it finds users and their ids.
    ///   - survey: reads what is so for every job.
    init(
        mountTable: FilePath = "/proc/self/mountinfo",
        files: [FilePath] = ["/etc/passwd", "/etc/subuid", "/etc/subgid"],
        survey: @escaping @Sendable () -> HostProbe.Survey = HostProbe.survey
    ) {
        (self.mountTable, self.files, self.survey) = (mountTable, files, survey)
        pattern = unsafe open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC)
    }

    deinit { close(pattern) }

    /// A number that is another one when the host was read again.
    var edition: Int { current().edition }

    /// What is so of the host now, and which reading of it that is.
    func current() -> (survey: HostProbe.Survey, edition: Int) {
        state.withLock { state in
            if let known = state.known, !known.mounts.hasChanged, known.files == marks {
                return (known.survey, state.edition)
            }
            // Whatever changes while they are read is heard the next time.
            let (mounts, files) = (MountWatch(mountTable), marks)
            let survey = survey()
            state.edition += 1
            // What could not be read may be read for the next job.
            state.known = mounts.flatMap { mounts in
                survey.facts.unread == nil ? Known(survey: survey, mounts: mounts, files: files) : nil
            }
            return (survey, state.edition)
        }
    }

    /// Where core dumps go now; nil where that cannot be read.
    ///
    /// The file is open since the run began.
    var corePattern: String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe pread(pattern, &bytes, bytes.count, 0)
        guard count >= 0, count < bytes.count else { return nil }
        return String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private var marks: [FileMark] { files.map { FileMark($0, changes: true) } }
}
