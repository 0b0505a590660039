import IsorunModel
import IsorunPlanning
import SystemPackage

extension PlanText {
    static func root(_ root: RootPlan) -> [(String, String)] {
        let owners = root.ownersMapped ? "owners as on disk" : "owners shown as nobody's"
        let parts = root.isAssembled ? ", put together of its directories" : ""
        var rows = [("lower", "\(escape(root.lower)), read-only\(parts), \(owners)")]
        rows.append(
            ("upper", root.writable ? "tmpfs of \(bytes(root.diskBytes)), gone at the end" : "none: / is read-only")
        )
        for part in root.bound where part.isDirectory {
            rows.append(("bound", "\(escape(part.destination)), read-only, with what is mounted in it"))
        }
        for overlay in root.overlays {
            let optional = overlay.optional ? ", or not visible" : ""
            rows.append(("overlay", "\(mapping(overlay.source, overlay.destination)), copy-on-write\(optional)"))
        }
        for entry in root.entries where entry.kind == .uncovered {
            rows.append(("tools", "\(escape(entry.path)), \(root.writable ? "copy-on-write" : "read-only")"))
        }
        for volume in root.volumes {
            let kind = volume.isDirectory ? "" : ", one file"
            let access = volume.writable ? "read-write: what is written stays" : "read-only"
            rows.append(("volume", "\(mapping(volume.source, volume.destination)), \(access)\(kind)"))
        }
        for scratch in root.tmpfs {
            rows.append(("tmpfs", "\(escape(scratch.destination)), \(bytes(scratch.size?.bytes ?? root.diskBytes))"))
        }
        return rows
    }

    private static func mapping(_ source: FilePath, _ destination: FilePath) -> String {
        source == destination ? escape(source) : "\(escape(source)) on \(escape(destination))"
    }

    /// What the topmost layer covers; places for mounts are no news.
    static func hidden(_ root: RootPlan) -> [String] {
        let entries = root.entries.compactMap { entry -> String? in
            let path = escape(entry.path)
            switch entry.kind {
            case .emptyDirectory: return "\(path)/  (empty)"
            case .hidden, .hiddenMatches: return path
            case .directory, .uncovered, .file, .text, .link: return nil
            }
        }
        return entries + root.privateDirectories.map { "in \(escape($0)): what only its owner may read" }
    }

    static func process(_ process: ProcessPlan) -> [(String, String)] {
        var user = "\(process.user.uid):\(process.user.gid)"
        let groups = process.user.groups.filter { $0 != process.user.gid }.map { "\($0)" }
        if !groups.isEmpty { user += ", in the groups \(groups.joined(separator: ", "))" }
        var rows = [("user", escape(user, limit: 1000)), ("workdir", escape(process.workdir))]
        let candidates = process.candidates.map { escape($0.text) }
        rows.append(
            ("tries", candidates.isEmpty ? "nothing: PATH names no directory" : candidates.joined(separator: " "))
        )
        rows.append(("init", process.initProcess ? "PID 1 is isorun's, the job is PID 2" : "the job is PID 1"))
        rows.append(("streams", streams(process)))
        rows.append(("rlimits", process.rlimits.map(rlimit).joined(separator: ", ")))
        rows.append(("capabilities", capabilities(process)))
        var filter = seccomp(process.seccomp)
        if process.forbidSetIDBits { filter += "; no set-user-ID bits" }
        rows.append(("seccomp", filter))
        return rows
    }

    private static func streams(_ process: ProcessPlan) -> String {
        if process.terminal { return "a terminal of its own" }
        return process.interactive ? "stdin kept, stdout and stderr piped" : "stdin empty, stdout and stderr piped"
    }

    static func rlimit(_ limit: Rlimit) -> String {
        func text(_ value: UInt64) -> String { value == .max ? "unlimited" : "\(value)" }
        let (soft, hard) = (text(limit.soft), text(limit.hard))
        return "\(limit.resource.rawValue)=" + (soft == hard ? soft : "\(soft):\(hard)")
    }

    private static func capabilities(_ process: ProcessPlan) -> String {
        let dropped = process.capDrop.map { "-" + escape($0) }
        let added = process.capAdd.map { "+" + escape($0) }
        let base = process.capDrop.contains { $0.uppercased() == "ALL" } ? "none" : "docker's default set"
        return ([base] + dropped.filter { $0.uppercased() != "-ALL" } + added).joined(separator: " ")
    }

    static func seccomp(_ choice: SeccompChoice) -> String {
        switch choice {
        case .builtin(let name): name.rawValue
        case .file(let path): escape(path)
        }
    }
}
