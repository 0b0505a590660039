internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension Doctor {
    /// proc and sysfs: the kernel shows a new one only to those who see all of the old one.
    static func pseudo(_ type: String, _ end: ProbeEnd, _ evidence: DoctorEvidence) -> Finding {
        let path: FilePath = type == "proc" ? "/proc" : "/sys"
        switch end {
        case .reached:
            return Finding(type, .ok, "a new one was mounted in namespaces of its own", required: true)
        case .notCloned, .notMapped, .silent, .failed(.ids, _):
            return Finding(type, .missing, "not tried: it needs a user namespace", required: true)
        case .failed(_, let errno):
            let what = "\(type) cannot be mounted in a user namespace: \(errno.text)"
            guard errno == .notPermitted else { return Finding(type, .missing, what, required: true) }
            let covers = covers(of: path, evidence.facts.mounts)
            let names = covers.prefix(4).joined(separator: ", ") + (covers.count > 4 ? ", …" : "")
            let cause =
                covers.isEmpty
                ? "the \(path) of this host is not fully visible here, as in most containers"
                : "parts of the \(path) seen here are covered (\(names)), as in most containers"
            let fix =
                type == "proc"
                ? "docker run --security-opt systempaths=unconfined …" : "docker run --privileged …"
            return Finding(type, .missing, what, cause: cause, fix: fix, required: true)
        }
    }

    // Cgroups and debugfs stand on directories that are empty for ever; those hide nothing.
    private static let harmless: Set<String> = [
        "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "pstore", "bpf", "configfs", "fusectl", "efivarfs",
        "binfmt_misc", "autofs", "selinuxfs",
    ]

    private static func covers(of path: FilePath, _ mounts: [HostMount]) -> [String] {
        mounts.filter { mount in
            mount.mountPoint != path && mount.mountPoint.starts(with: path) && !harmless.contains(mount.type)
                && mount.mountPoint != "/sys/fs/cgroup"
        }.map(\.mountPoint.string)
    }

    static func overlay(_ evidence: DoctorEvidence) -> Finding {
        let name = "writable layer"
        let privileged = evidence.facts.caller.privileged
        let place = privileged ? "/" : "a directory of /"
        switch evidence.overlay {
        case .reached where !privileged && olderThan(6, 6, evidence):
            let what = "an overlay over \(place) was mounted; directories of the host cannot be deleted in it (EIO)"
            let cause = "tmpfs keeps the marks of unprivileged overlays from Linux 6.6 on"
            return Finding(name, .limited, what, cause: cause, required: false)
        case .reached:
            let what = "an overlay on a tmpfs of bounded size was mounted over \(place)"
            return Finding(name, .ok, what, required: true)
        case .notCloned, .notMapped, .silent, .failed(.ids, _):
            return Finding(name, .missing, "not tried: it needs namespaces of its own", required: true)
        case .failed(let step, let errno):
            let what =
                step == .subject
                ? "an overlay cannot be mounted over \(place): \(errno.text)"
                : "an overlay cannot be tried, for `\(step.text)` is refused: \(errno.text)"
            var finding = Finding(name, .missing, what, required: true)
            guard step == .subject else { return finding }
            switch errno {
            case Errno(rawValue: 19):
                (finding.cause, finding.fix) = ("the kernel has no overlay file system", "sudo modprobe overlay")
            case .notPermitted where !privileged:
                finding.cause = "this kernel lets nobody but root mount overlays (5.11 and later do)"
                finding.fix = "sudo isorun …"
            case .invalidArgument where !privileged:
                finding.cause =
                    "its file system (\(rootType(evidence))) is one over which this kernel makes no overlay in a user "
                    + "namespace"
                finding.fix = "sudo isorun …"
            case .invalidArgument:
                finding.cause = "/ is \(rootType(evidence)), over which this kernel makes no overlay"
            default: break
            }
            return finding
        }
    }

    static func ownerMapping(_ evidence: DoctorEvidence) -> Finding? {
        guard let end = evidence.ownerMapping else { return nil }
        let name = "owner mapping"
        let type = rootType(evidence)
        guard end != .reached else {
            return Finding(name, .ok, "/ (\(type)) was cloned with its owners mapped", required: false)
        }
        guard case .failed(_, let errno) = end else {
            return Finding(name, .missing, "not tried: it needs a user namespace", required: false)
        }
        let what = "/ cannot be cloned with its owners mapped: \(errno.text)"
        let cause = errno == .invalidArgument ? "\(type), which / is, cannot map owners; ext4, xfs and btrfs can" : nil
        return Finding(name, .limited, what + "; owners are shown as nobody's", cause: cause, required: false)
    }

    private static func olderThan(_ major: Int, _ minor: Int, _ evidence: DoctorEvidence) -> Bool {
        let numbers = evidence.facts.kernelRelease.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) < (major, minor)
    }

    private static func rootType(_ evidence: DoctorEvidence) -> String {
        evidence.facts.mounts.last { $0.mountPoint == "/" }?.type ?? "an unknown file system"
    }
}
