internal import IsorunModel

extension Doctor {
    private static let onlyYou = "only one id can be mapped: the container's root is you, and there is nobody else"

    /// Which ids stand behind a container's.
    static func identity(_ evidence: DoctorEvidence) -> [Finding] {
        let name = "container ids"
        guard !evidence.facts.caller.privileged else {
            let what = "each container gets 65537 ids of its own from 1879048192 on"
            return [Finding(name, .ok, what, required: true)]
        }
        let install = "sudo apt-get install uidmap"
        guard let ids = evidence.facts.subordinateIDs else {
            let what = onlyYou
            let fix = "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \"$USER\""
            let cause = "/etc/subuid and /etc/subgid give this user no range"
            return [Finding(name, .limited, what, cause: cause, fix: fix, required: false)]
        }
        let range =
            "\(ids.uids.count) user ids from \(ids.uids.start), \(ids.gids.count) group ids from \(ids.gids.start)"
        let missing = evidence.helpers.filter { $0.value == .missing }.keys.sorted().joined(separator: " and ")
        let plain = evidence.helpers.filter { $0.value == .plain }.keys.sorted().map { "/usr/bin/\($0)" }
        if !missing.isEmpty {
            let what = "\(missing) is not in /usr/bin, so \(range) are not mapped"
            let cause = "\(what): the package uidmap is missing"
            return [Finding(name, .limited, onlyYou, cause: cause, fix: install, required: false)]
        }
        if case .notMapped(_, let detail) = evidence.container {
            let fix = plain.isEmpty ? install + " --reinstall" : "sudo chmod u+s \(plain.joined(separator: " "))"
            return [
                Finding(name, .missing, "the range (\(range)) cannot be mapped: \(detail)", fix: fix, required: true)
            ]
        }
        let what = "the container's root is you; beside it \(range)"
        return [Finding(name, .ok, what, required: true)]
    }
}
