internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension Doctor {
    static func seccomp(_ evidence: DoctorEvidence) -> Finding {
        let name = "seccomp"
        let actions = evidence.settings["kernel.seccomp.actions_avail"]?.split(separator: " ").map(String.init) ?? []
        if case .failed(.seccomp, let errno) = evidence.container {
            var finding = Finding(name, .missing, "a filter cannot be loaded: \(errno.text)", required: true)
            if actions.isEmpty {
                finding.cause = "the kernel was built without filters (CONFIG_SECCOMP_FILTER)"
            } else if !actions.contains("user_notif") {
                finding.cause = "the kernel knows no notifications (user_notif), Linux 5.0"
            } else if errno == .resourceBusy {
                finding.cause = "a filter around isorun has a listener already, and there can be only one"
            }
            return finding
        }
        if evidence.container == .reached {
            let what = "a filter with a listener was loaded; \(actions.count) actions are known"
            return Finding(name, .ok, what, required: true)
        }
        let known = actions.contains("user_notif")
        let what =
            known ? "not tried without namespaces; the kernel has it" : "the kernel has no filters with user_notif"
        return Finding(name, known ? .limited : .missing, what, required: true)
    }

    static func coreFiles(_ evidence: DoctorEvidence) -> Finding {
        let name = "core files"
        let pattern = evidence.facts.corePattern
        guard pattern.hasPrefix("|") else {
            return Finding(name, .ok, "core_pattern is a file name (\(pattern)); jobs write none", required: false)
        }
        let handler = pattern.dropFirst().split(separator: " ").first.map(String.init) ?? pattern
        return Finding(
            name,
            .limited,
            "core_pattern is a pipe to \(handler), which runs as root outside of any container",
            cause: "the kernel starts it whatever the limit on core files, except for the limit 1, which jobs get",
            fix: "sudo sysctl kernel.core_pattern=core",
            required: false
        )
    }

    static func virtualMachines(_ evidence: DoctorEvidence) -> Finding {
        let name = "KVM"
        var finding = Finding(name, .limited, "", required: false)
        switch evidence.kvm {
        case .works(let version):
            finding.state = .ok
            finding.what = "an empty machine was made (interface version \(version)); only `bench` uses it"
        case .absent:
            finding.state = .missing
            finding.what = "there is no /dev/kvm; `bench` measures an emulated machine"
            finding.fix = "sudo modprobe -a kvm_intel kvm_amd"
        case .closed(let errno):
            finding.what = "/dev/kvm cannot be opened: \(errno.text); `bench` measures an emulated machine"
            if errno == .permissionDenied { finding.fix = "sudo usermod --append --groups kvm \"$USER\"" }
        case .refused(let errno):
            finding.what = "/dev/kvm makes no machine: \(errno.text); `bench` measures an emulated one"
        case .hangs:
            finding.what = "/dev/kvm did not answer in time; `bench` measures an emulated machine"
            finding.cause = "virtualisation within a virtual machine is known to hang"
        }
        return finding
    }

    static func reportProgram(_ evidence: DoctorEvidence) -> Finding {
        let name = "isorun-report"
        if let path = evidence.reportProgram { return Finding(name, .ok, "\(path)", required: false) }
        return Finding(
            name,
            .missing,
            "--junit cannot be written without it",
            cause: "it is neither beside isorun nor in ../libexec/isorun",
            fix: "Harness/install",
            required: false
        )
    }
}
