internal import IsorunModel

extension Doctor {
    /// What carries `--network private` and `-p`.
    static func network(_ evidence: DoctorEvidence) -> Finding {
        let name = "private network"
        let install = "sudo apt-get install passt"
        let facts = evidence.network
        guard let carrier = facts.pasta ?? facts.slirp4netns else {
            let what = "--network private and -p cannot be had"
            let cause = "neither pasta nor slirp4netns is in /usr/bin or /usr/local/bin"
            return Finding(name, .missing, what, cause: cause, fix: install, required: false)
        }
        if !facts.hasTunnel {
            let what = "--network private and -p cannot be had"
            return Finding(name, .missing, what, cause: "no /dev/net/tun", fix: "sudo modprobe tun", required: false)
        }
        if !facts.mayOpenTunnel && !evidence.facts.caller.privileged {
            let what = "--network private and -p cannot be had"
            let cause = "/dev/net/tun cannot be opened by this user"
            let fix = "sudo chmod 666 /dev/net/tun"
            return Finding(name, .missing, what, cause: cause, fix: fix, required: false)
        }
        if facts.pasta == nil {
            let what = "\(carrier) carries it, without IPv6; ports cannot be published"
            return Finding(name, .limited, what, cause: "pasta is missing", fix: install, required: false)
        }
        var ways: [String] = []
        if facts.hasDefaultRoute4 { ways.append("IPv4") }
        if facts.hasDefaultRoute6 { ways.append("IPv6") }
        guard !ways.isEmpty else {
            let what = "\(carrier) carries it, but nothing outside of this host can be reached"
            return Finding(name, .limited, what, cause: "the host has no default route", required: false)
        }
        return Finding(name, .ok, "\(carrier) carries it, with \(ways.joined(separator: " and "))", required: false)
    }
}
