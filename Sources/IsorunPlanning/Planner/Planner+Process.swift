package import IsorunModel
internal import SystemPackage

extension Planner {
    /// Who the job is, what it may do and what it is told.
    static func planProcess(
        _ spec: JobSpec,
        _ program: ByteString,
        on facts: HostFacts,
        _ visible: VisibleFiles
    ) throws(PlanError) -> ProcessPlan {
        let environment = environment(spec, facts).map {
            ByteString($0.name.bytes + [UInt8(ascii: "=")] + ($0.value?.bytes ?? []))
        }
        let pipeHandler = facts.corePattern.hasPrefix("|")
        if identity(facts) == .single, spec.process.user.uid != 0 || spec.process.user.gid != 0 {
            throw PlanError(
                .impossible,
                "--user: only one id can be mapped for this user, and inside it is 0",
                hint: "give the user a range: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME"
            )
        }
        return ProcessPlan(
            arguments: spec.command,
            candidates: candidates(program, path: searchPath(environment)),
            environment: environment,
            workdir: visible.workdir,
            user: spec.process.user,
            rlimits: rlimits(spec, facts, pipeHandler: pipeHandler),
            seccomp: spec.untrusted && spec.process.seccomp == .builtin(.default)
                ? .builtin(.strict) : spec.process.seccomp,
            forbidSetIDBits: visible.root.volumes.contains { $0.writable },
            pinCoreLimit: pipeHandler,
            capAdd: spec.process.capAdd,
            capDrop: spec.untrusted ? ["ALL"] : spec.process.capDrop,
            initProcess: spec.process.initProcess,
            terminal: spec.streams.terminal,
            interactive: spec.streams.interactive
        )
    }

    // The host's environment is not inherited, but for what a person at this terminal would miss.
    private static func isInherited(_ name: ByteString) -> Bool {
        ["PATH", "LANG", "TERM", "TZ", "CI"].contains(name) || name.bytes.starts(with: Array("LC_".utf8))
    }

    private static func environment(_ spec: JobSpec, _ facts: HostFacts) -> [EnvironmentEntry] {
        var values: AssociationList<ByteString, ByteString> = [:]
        func set(_ name: ByteString, _ value: ByteString) { values[name] = value }
        let standardPath: ByteString = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        set("PATH", standardPath)
        set("HOME", spec.process.user.uid == 0 ? "/root" : "/")
        set("HOSTNAME", ByteString(spec.process.hostname))
        set("ISORUN", "1")
        if !spec.untrusted {
            for entry in facts.caller.environment where isInherited(entry.name) {
                if spec.filesystem.rootfs != .host && entry.name == "PATH" { continue }
                if let value = entry.value { set(entry.name, value) }
            }
        }
        for entry in spec.process.environment {
            let value = entry.value ?? facts.caller.environment.first { $0.name == entry.name }?.value
            if let value { set(entry.name, value) }
        }
        return values.entries.map { EnvironmentEntry(name: $0.key, value: $0.value) }
    }

    /// What a job finds programs by, of its environment.
    static func searchPath(_ environment: [ByteString]) -> ByteString? {
        let name = Array("PATH=".utf8)
        let entry = environment.first { $0.bytes.starts(with: name) }
        return entry.map { ByteString(Array($0.bytes.dropFirst(name.count))) }
    }

    /// The paths that `execvp` would try: one where the name has a slash, else one in each directory of PATH.
    package static func candidates(_ program: ByteString, path: ByteString?) -> [ByteString] {
        let slash = UInt8(ascii: "/")
        guard !program.bytes.contains(slash) else { return [program] }
        let directories = (path?.bytes ?? []).split(separator: UInt8(ascii: ":"))
        return directories.filter { $0.first == slash }.map { ByteString(Array($0) + [slash] + program.bytes) }
    }

    /// Variables, `K=V`, with others in their place or behind them.
    package static func merged(_ environment: [ByteString], _ added: [ByteString]) -> [ByteString] {
        var values: AssociationList<ByteString, ByteString> = [:]
        for entry in environment + added {
            let name = ByteString(entry.bytes.prefix { $0 != UInt8(ascii: "=") })
            values[name] = entry
        }
        return values.entries.map(\.value)
    }

    private static func rlimits(_ spec: JobSpec, _ facts: HostFacts, pipeHandler: Bool) -> [Rlimit] {
        var limits: AssociationList<Rlimit.Resource, Rlimit> = [:]
        // A pipe handler in core_pattern runs as root on the host whatever RLIMIT_CORE is, except for the value 1.
        let core: UInt64 = pipeHandler ? 1 : 0
        let standard: [Rlimit] = [
            Rlimit(.core, soft: core, hard: core),
            Rlimit(.nofile, soft: 1024, hard: 65536),
            Rlimit(.memlock, soft: 8 << 20, hard: 8 << 20),
            Rlimit(.rtprio, soft: 0, hard: 0),
            Rlimit(.nice, soft: 0, hard: 0),
        ]
        for limit in standard {
            let most = facts.hardRlimits[limit.resource] ?? .max
            limits[limit.resource] = Rlimit(limit.resource, soft: min(limit.soft, most), hard: min(limit.hard, most))
        }
        for limit in spec.limits.rlimits where limit.resource != .core || !pipeHandler {
            limits[limit.resource] = limit
        }
        return limits.entries.map(\.value).sorted { $0.resource.rawValue < $1.resource.rawValue }
    }
}
