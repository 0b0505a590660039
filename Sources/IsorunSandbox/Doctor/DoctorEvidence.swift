package import IsorunCgroups
package import IsorunModel
package import SystemPackage

/// What was seen of the host, before anybody says what it means.
package struct DoctorEvidence: Sendable {
    /// What the planner is told too.
    package var facts = HostFacts()
    /// Sysctls that are there, by name with points.
    package var settings: [String: String] = [:]
    /// A container without a root of its own, up to the `execve` of a program that does not exist.
    package var container = ProbeEnd.reached
    /// How long that took.
    package var containerTime = Duration.zero
    /// A new proc in namespaces of its own.
    package var proc = ProbeEnd.reached
    /// The same with sysfs.
    package var sysfs = ProbeEnd.reached
    /// A writable layer of bounded size over `/`.
    package var overlay = ProbeEnd.reached
    /// `/` with its owners mapped; nil where that is not this user's to do.
    package var ownerMapping: ProbeEnd?
    /// A cgroup with the default limits.
    package var cgroup = CgroupTrial.untried
    /// Whether this host swaps.
    package var swaps = false
    /// Whether the kernel accounts swap by cgroup; nil where that was not to be seen.
    package var accountsSwap: Bool?
    /// newuidmap(1) and newgidmap(1).
    package var helpers: [String: Helper] = [:]
    /// What carries a private network.
    package var network = NetworkFacts()
    /// What /dev/kvm answered.
    package var kvm = KVMAnswer.absent
    /// Where isorun-report is.
    package var reportProgram: FilePath?

    /// A host that has everything and says nothing.
    package init() {
        network.pasta = "/usr/bin/pasta"
    }

    /// A program that needs rights of its own.
    package enum Helper: Hashable, Sendable {
        /// It is not there.
        case missing
        /// It is there without the set-user-ID bit.
        case plain
        /// It is there with it.
        case setUserID
    }

    /// What came of making a cgroup.
    package enum CgroupTrial: Hashable, Sendable {
        /// Not tried, since no hierarchy is there or something of the host would have changed.
        case untried
        /// It was made, bounded and removed.
        case made
        /// It was refused.
        case refused(CgroupError)
    }
}

/// How a child that tried something ended.
package enum ProbeEnd: Hashable, Sendable {
    /// It did all it was to do.
    case reached
    /// It was not cloned.
    case notCloned(Errno)
    /// Its ids could not be mapped.
    case notMapped(Errno, String)
    /// A step failed.
    case failed(ProbeStep, Errno)
    /// It said nothing in time, or ended without a word.
    case silent

    /// The kernel's answer, where it gave one.
    package var errno: Errno? {
        switch self {
        case .notCloned(let errno), .notMapped(let errno, _), .failed(_, let errno): errno
        case .reached, .silent: nil
        }
    }
}

/// What a child tries; the number stands in its report.
package enum ProbeStep: Int, Hashable, Sendable {
    case ids, privateMounts, loopback, hostname, initID, limits, credentials, workdir, seccomp, execute
    case receive, scratch, attach, layers, subject, done
}
