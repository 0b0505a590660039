internal import IsorunCgroups
internal import IsorunModel
internal import Synchronization
internal import SystemPackage

/// What is known of the host for all jobs of a run: read once, and again when its mounts or users have changed.
///
/// To read it takes a twenty-fifth of a container's CPU time; to hear that it still holds takes two calls. The rest is
/// this process's own (its PATH, its limits, where it stands) or the kernel's, and as it was when the run began.
final class SharedFacts: Sendable {
    private static let users: FilePath = "/etc/passwd"
    private let known = Mutex<Known?>(nil)

    private struct Known: Sendable {
        let survey: HostProbe.Survey
        let mounts: MountWatch
        let users: FileMark
    }

    /// What is so of the host now.
    func current() -> HostProbe.Survey {
        known.withLock { known in
            if let known, !known.mounts.hasChanged, known.users == FileMark(Self.users, changes: true) {
                return known.survey
            }
            // Whatever changes while they are read is heard the next time.
            let (mounts, users) = (MountWatch("/proc/self/mountinfo"), FileMark(Self.users, changes: true))
            let survey = HostProbe.survey()
            known = mounts.map { Known(survey: survey, mounts: $0, users: users) }
            return survey
        }
    }
}
