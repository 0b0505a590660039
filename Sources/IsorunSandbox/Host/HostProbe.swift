internal import CIsorunSystem
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Reads the facts of this host that a plan depends on; changes nothing.
enum HostProbe {
    /// Reads what the plan of a spec needs to know.
    ///
    /// - Parameters:
    ///   - spec: the job.
    ///   - shared: knows what is the same for all jobs of a run; without it the host is read now.
    /// - Returns: the facts, and where cgroups are.
    static func facts(for spec: JobSpec, from shared: SharedFacts? = nil) -> Answer {
        let known = shared?.current()
        let survey = known?.survey ?? survey()
        var (facts, cgroups) = (survey.facts, survey.cgroups)
        var reading = HostReading()
        // What is handed down to children on a v2 host may be taken back at any moment.
        if shared != nil, cgroups.facts.mode == .v2 {
            cgroups = HostTables.mounts(&reading).cgroups
            facts.cgroups = cgroups.facts
        }
        facts.cpus = Affinity.cpus
        facts.corePattern = shared?.corePattern ?? line("/proc/sys/kernel/core_pattern", &reading)
        if spec.network == .private { facts.network = .ofHost(&reading) }
        if let peer = spec.networkPeer { facts.peer = self.peer(peer, &reading) }
        // Of what is bound into a root each must be there at the moment.
        if !facts.caller.privileged { facts.listings = RootListing.read(mounts: facts.mounts, &reading) }
        for path in survey.paths + pathsToLookAt(spec) { facts.paths[path] = kind(of: path) }
        if case .directory(let top) = spec.filesystem.rootfs, let workdir = spec.filesystem.workdir {
            facts.paths[top.appending(workdir.components)] = kind(of: workdir, inRoot: top, &reading)
        }
        facts.unread = facts.unread ?? reading.failure?.description
        return Answer(facts: facts, cgroups: cgroups, edition: known?.edition)
    }

    /// The host as it is for a job.
    struct Answer {
        var facts: HostFacts
        var cgroups: CgroupLayout
        /// Which reading of what is so for every job it was made of (``SharedFacts/edition``); nil where it was read now.
        var edition: Int?
    }

    private static func peer(_ peer: NetworkPeer, _ reading: inout HostReading) -> PeerFacts? {
        do throws(SystemError) {
            guard let found = try PeerContainer(peer) else { return nil }
            return PeerFacts(resolverFile: found.resolverFile)
        } catch {
            reading.note(error)
            return nil
        }
    }

    /// What is so for every job.
    struct Survey: Equatable, Sendable {
        var facts: HostFacts
        var cgroups: CgroupLayout
        /// What has to be looked at for each job, as a part of its root is made of it.
        var paths: [FilePath]
    }

    /// Reads what is so for every job.
    static func survey() -> Survey {
        var facts = HostFacts()
        var reading = HostReading()
        facts.caller = caller()
        facts.kernelRelease = line("/proc/sys/kernel/osrelease", &reading)
        facts.memoryBytes =
            UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 0)) * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0))
        let cgroups: CgroupLayout
        (facts.mounts, cgroups) = HostTables.mounts(&reading)
        facts.cgroups = cgroups.facts
        facts.oomScoreAdjustment = Int(line("/proc/self/oom_score_adj", &reading)) ?? 0
        for resource in [Rlimit.Resource.core, .nofile, .memlock, .rtprio, .nice] {
            facts.hardRlimits[resource] = isorun_hard_limit(RlimitNumber.of(resource))
        }
        let users = HostTables.users(&reading)
        facts.homes = users.homes(andOf: facts.caller)
        if !facts.caller.privileged {
            facts.subordinateIDs = SubordinateTable.ranges(
                uid: facts.caller.uid,
                user: users.name(of: facts.caller.uid),
                &reading
            )
        }
        facts.caller.project = project(from: facts.caller.workingDirectory, homes: facts.homes)
        facts.hasMapHelpers = IDMapHelper.areThere
        facts.anchor = ["/mnt", "/media", "/opt", "/var", "/tmp"].first { kind(of: $0) == .directory } ?? "/tmp"
        facts.realDirectories = real(toolPlaces(facts))
        facts.unread = reading.failure?.description
        return Survey(facts: facts, cgroups: cgroups, paths: pathsToLookAt(facts))
    }

    /// The cgroup layout alone, as far as it can be read.
    static func cgroups() -> CgroupLayout {
        var reading = HostReading()
        return HostTables.mounts(&reading).cgroups
    }

    private static func caller() -> Caller {
        var caller = Caller()
        caller.uid = geteuid()
        caller.gid = getegid()
        if let directory = unsafe getcwd(nil, 0) {
            caller.workingDirectory = unsafe FilePath(platformString: directory)
            unsafe free(directory)
        }
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let bytes = unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            if let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 {
                let value = ByteString(bytes[(equals + 1)...])
                caller.environment.append(EnvironmentEntry(name: ByteString(bytes[..<equals]), value: value))
            }
            unsafe entry += 1
        }
        return caller
    }

    private static func line(_ path: FilePath, _ reading: inout HostReading) -> String {
        String(decoding: reading.bytes(path).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// The nearest ancestor with `.git`, else the directory itself; nothing for `/`, homes and shared scratch space.
    private static func project(from directory: FilePath, homes: [FilePath]) -> FilePath? {
        let common = homes + EmptyPlaces.shared + ["/", "/dev/shm", "/proc", "/sys", "/dev"]
        var candidate = directory
        while let parent = candidate.parent {
            if !common.contains(candidate), kind(of: candidate.appending(".git")) != .missing { return candidate }
            candidate = parent
        }
        return common.contains(directory) ? nil : directory
    }

    private static func pathsToLookAt(_ spec: JobSpec) -> [FilePath] {
        var paths = spec.filesystem.volumes.map(\.source)
        if case .directory(let directory) = spec.filesystem.rootfs { paths.append(directory) }
        if case .image = spec.filesystem.rootfs, spec.network == .host { paths.append("/etc/resolv.conf") }
        if spec.filesystem.rootfs == .host { paths += spec.filesystem.masks }
        return paths + Planner.workdirSources(spec)
    }

    /// Directories of homes that PATH may need: what it names, what that stands in, and what cargo's programs call.
    private static func toolPlaces(_ facts: HostFacts) -> [FilePath] {
        distinct(
            facts.pathEntriesInHomes.flatMap { entry in
                guard let home = facts.homes.first(where: { entry.starts(with: $0) }) else { return [] as [FilePath] }
                return [entry, entry.removingLastComponent(), home.appending(".rustup")].filter { $0 != home }
            }
        )
    }

    private static func real(_ paths: [FilePath]) -> [FilePath: FilePath] {
        var found: [FilePath: FilePath] = [:]
        for path in paths {
            guard let real = unsafe path.withPlatformString({ unsafe realpath($0, nil) }) else { continue }
            defer { unsafe free(real) }
            found[path] = unsafe FilePath(platformString: real)
        }
        return found
    }

    private static func pathsToLookAt(_ facts: HostFacts) -> [FilePath] {
        var paths = Planner.otherFileSystems(facts)
        for directory in facts.pathEntriesInHomes {
            guard let home = facts.homes.first(where: { directory.starts(with: $0) }) else { continue }
            paths += [directory, home.appending(".rustup")] + Planner.installationMarks(directory)
        }
        return distinct(paths)
    }

    // PATH may name a directory twice, and many have the same beside them.
    private static func distinct(_ paths: [FilePath]) -> [FilePath] {
        var distinct: [FilePath] = []
        for path in paths where !distinct.contains(path) { distinct.append(path) }
        return distinct
    }

    /// What stands at a path of another root, whose links lead nowhere but into it.
    private static func kind(
        of path: FilePath,
        inRoot top: FilePath,
        _ reading: inout HostReading
    ) -> PathKind {
        do throws(SystemError) {
            let root = try HeldDirectory(host: top)
            let flags = UInt64(isorun_path_only)
            let raw = unsafe isorun_openat2(root.descriptor.raw, path.string, flags, 0, isorun_resolve_in_root)
            let found = try OwnedDescriptor(raw, "open", path.string)
            var status = stat()
            return unsafe fstat(found.raw, &status) == 0 ? kind(status) : .missing
        } catch {
            reading.note(error)
            return .missing
        }
    }

    private static func kind(of path: FilePath) -> PathKind {
        var status = stat()
        guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return .missing }
        return kind(status)
    }

    private static func kind(_ status: stat) -> PathKind {
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .directory
        case S_IFREG: return .file
        default: return .special
        }
    }
}
