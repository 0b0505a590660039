internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension Doctor {
    // Overlays over layers with mapped owners came with Linux 5.19, the latest of all that isorun uses.
    private static let oldest = (5, 19)

    static func kernel(_ evidence: DoctorEvidence) -> Finding {
        let release = evidence.facts.kernelRelease
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let floor = "\(oldest.0).\(oldest.1)"
        guard numbers.count == 2 else {
            return Finding("kernel", .limited, "its version cannot be read (\(release))", required: false)
        }
        guard (numbers[0], numbers[1]) >= oldest else {
            let what = "Linux \(release) is older than \(floor)"
            let cause = "overlays over mounts with mapped owners came with \(floor)"
            return Finding("kernel", .missing, what, cause: cause, fix: "sudo apt-get dist-upgrade", required: true)
        }
        return Finding("kernel", .ok, "Linux \(release); \(floor) or later is needed", required: true)
    }

    static func namespaces(_ evidence: DoctorEvidence) -> Finding {
        let name = "namespaces"
        switch evidence.container {
        case .reached, .failed(.seccomp, _):
            let count = evidence.settings["user.max_user_namespaces"].map { "; up to \($0) user namespaces" } ?? ""
            let what = "7 namespaces were made and left in \(evidence.containerTime.text)\(count)"
            return Finding(name, .ok, what, required: true)
        case .silent:
            return Finding(name, .missing, "a child in new namespaces gave no answer", required: true)
        case .notCloned(let errno):
            return refused(name, "no process can be cloned into new namespaces: \(errno.text)", errno, evidence)
        case .notMapped(let errno, let detail):
            return refused(name, "ids cannot be mapped into a user namespace: \(detail)", errno, evidence)
        case .failed(let step, let errno):
            let what = "in a user namespace the step `\(step.text)` is refused: \(errno.text)"
            return refused(name, what, errno, evidence)
        }
    }

    private static func refused(
        _ name: String,
        _ what: String,
        _ errno: Errno,
        _ evidence: DoctorEvidence
    ) -> Finding {
        let (cause, fix) = namespaceCause(errno, evidence)
        return Finding(name, .missing, what, cause: cause, fix: fix, required: true)
    }

    /// Why namespaces are refused, most certain cause first.
    private static func namespaceCause(_ errno: Errno, _ evidence: DoctorEvidence) -> (cause: String, fix: String?) {
        let settings = evidence.settings
        if let none = settings.keys.sorted().first(where: { $0.hasPrefix("user.max_") && settings[$0] == "0" }) {
            return ("the sysctl \(none) is 0", "sudo sysctl \(none)=15000")
        }
        if !evidence.facts.caller.privileged {
            let clone = "kernel.unprivileged_userns_clone"
            if settings[clone] == "0" { return ("the sysctl \(clone) is 0", "sudo sysctl \(clone)=1") }
            let restriction = "kernel.apparmor_restrict_unprivileged_userns"
            if settings[restriction] == "1" {
                return (
                    "AppArmor takes the rights of unprivileged user namespaces away, as on Ubuntu 23.10 and later "
                        + "(the sysctl \(restriction) is 1)", "sudo sysctl \(restriction)=0"
                )
            }
        }
        switch errno {
        case .noFunction:
            return (
                "clone3 is not known: the kernel is older than 5.7, or a container around isorun filters it",
                "docker run --security-opt seccomp=unconfined …"
            )
        case .noSpace: return ("a limit on the number or depth of namespaces is reached", "sysctl -a -r '^user.max_'")
        case .resourceTemporarilyUnavailable: return ("a limit on processes is reached", "ulimit -u")
        case .invalidArgument where settings["user.max_user_namespaces"] == nil:
            return ("the kernel was built without user namespaces (CONFIG_USER_NS)", nil)
        default:
            return (
                "isorun runs in a chroot, or in a container that may not make namespaces",
                "docker run --privileged --cgroupns=private …"
            )
        }
    }
}

extension ProbeStep {
    /// The step in words.
    var text: String {
        switch self {
        case .ids: "become the container's root"
        case .privateMounts: "end mount propagation"
        case .loopback: "bring the loopback interface up"
        case .hostname: "set the host name"
        case .initID: "become init"
        case .limits: "set limits"
        case .credentials: "take ids and capabilities"
        case .workdir: "change the directory"
        case .seccomp: "load a seccomp filter"
        case .execute: "execute"
        case .receive: "clone the mount of /"
        case .scratch: "mount a tmpfs of a given size"
        case .attach: "attach a mount"
        case .layers: "make directories"
        case .subject: "mount"
        case .done: "end"
        }
    }
}
