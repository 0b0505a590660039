/// Judges the words of a docker-format file, one at a time, and says which entry is wrong.
struct DockerProfileReader {
    var file: String
    var host: DockerHost

    func profile(from docker: DockerProfile) throws(SecurityError) -> SeccompProfile {
        let defaultErrno = try number(docker.defaultErrnoRet, in: "defaultErrnoRet")
        let defaultAction = try action(docker.defaultAction, errno: defaultErrno, in: "defaultAction")
        if docker.architectures != nil && docker.archMap != nil {
            throw invalid("archMap", reason: "architectures and archMap exclude each other", example: "keep archMap")
        }
        var rules: [SyscallRule] = []
        for (index, entry) in (docker.syscalls ?? []).enumerated() {
            rules += try self.rules(of: entry, at: "syscalls[\(index)]")
        }
        return SeccompProfile(
            name: file,
            defaultAction: defaultAction,
            foreignABIAction: .errno(38),
            architectures: try architectures(of: docker),
            syscalls: rules
        )
    }

    private func rules(of entry: DockerProfile.Entry, at place: String) throws(SecurityError) -> [SyscallRule] {
        if entry.name != nil && entry.names != nil {
            throw invalid("\(place).name", reason: "name and names exclude each other", example: "keep names")
        }
        let names = entry.names ?? entry.name.map { [$0] } ?? []
        if names.isEmpty || names.contains("") {
            throw invalid("\(place).names", reason: "it names no system call", example: #"write "names": ["mount"]"#)
        }
        let errno = try number(entry.errnoRet, in: "\(place).errnoRet")
        let action = try action(entry.action, errno: errno, in: "\(place).action")
        var conditions: [ArgumentCondition] = []
        for (index, argument) in (entry.args ?? []).enumerated() {
            conditions.append(try condition(argument, at: "\(place).args[\(index)]"))
        }
        let included = try holds(entry.includes, needsAll: true, at: "\(place).includes")
        let excluded = try holds(entry.excludes, needsAll: false, at: "\(place).excludes")
        guard included && !excluded else { return [] }
        // As runc: several conditions on one argument are alternatives, on different ones they must all hold.
        guard Set(conditions.map(\.index)).count == conditions.count else {
            return conditions.map { SyscallRule(names, action, when: [$0]) }
        }
        return [SyscallRule(names, action, when: conditions)]
    }

    private func condition(
        _ argument: DockerProfile.Argument,
        at place: String
    ) throws(SecurityError) -> ArgumentCondition {
        let index = try whole(argument.index, in: "\(place).index")
        guard index < 6 else {
            throw invalid("\(place).index", reason: "\(index) is no argument", example: "use 0 to 5")
        }
        let value = try whole(argument.value, in: "\(place).value")
        let valueTwo = try argument.valueTwo.map { number throws(SecurityError) in
            try whole(number, in: "\(place).valueTwo")
        }
        let comparison = DockerVocabulary.comparison(argument.op, value, valueTwo ?? 0)
        guard let comparison else {
            throw unknown(argument.op, in: "\(place).op", what: "comparison", known: DockerVocabulary.comparisons)
        }
        return ArgumentCondition(UInt32(index), comparison)
    }

    /// `includes` need all of their capabilities; of `excludes` one thing that is true is enough.
    private func holds(
        _ filter: DockerProfile.Filter?,
        needsAll: Bool,
        at place: String
    ) throws(SecurityError) -> Bool {
        guard let filter else { return needsAll }
        var facts: [Bool] = []
        for name in filter.caps ?? [] {
            do throws(SecurityError) {
                facts.append(host.capabilities.contains(try CapabilityNames.named(name)))
            } catch {
                throw invalid("\(place).caps", reason: "\(name): \(error.reason)", example: error.hint)
            }
        }
        if let arches = filter.arches, !arches.isEmpty { facts.append(arches.contains(host.architecture)) }
        if let text = filter.minKernel, !text.isEmpty {
            guard let version = KernelVersion(parsing: text) else {
                throw invalid("\(place).minKernel", reason: "\(text) is no kernel version", example: #"write "4.8""#)
            }
            facts.append(host.kernel >= version)
        }
        return needsAll ? facts.allSatisfy { $0 } : facts.contains(true)
    }

    private func architectures(of docker: DockerProfile) throws(SecurityError) -> [String] {
        let mapped = (docker.archMap ?? []).flatMap { [$0.architecture] + ($0.subArchitectures ?? []) }
        let names = docker.architectures ?? mapped
        let place = docker.architectures != nil ? "architectures" : "archMap"
        for name in names where !DockerVocabulary.architectures.contains(name) {
            throw unknown(name, in: place, what: "architecture", known: DockerVocabulary.architectures)
        }
        return names
    }
}

extension DockerProfileReader {
    private func action(_ word: String, errno: UInt16, in place: String) throws(SecurityError) -> SeccompAction {
        guard let action = DockerVocabulary.action(word, errno: errno) else {
            throw unknown(word, in: place, what: "action", known: DockerVocabulary.actions)
        }
        return action
    }

    /// An error number; docker's own default is EPERM.
    private func number(_ number: DockerNumber?, in place: String) throws(SecurityError) -> UInt16 {
        guard let number else { return 1 }
        let value = try whole(number, in: place)
        guard value < 4096 else {
            throw invalid(place, reason: "\(value) is no error number", example: "use 1 for EPERM, 38 for ENOSYS")
        }
        return UInt16(value)
    }

    private func whole(_ number: DockerNumber, in place: String) throws(SecurityError) -> UInt64 {
        switch number {
        case .whole(let value): return value
        case .other(let value):
            throw invalid(
                place,
                reason: "\(value) is no whole number of 64 bits",
                example: "write for example 4294967295"
            )
        }
    }

    private func unknown(_ word: String, in place: String, what: String, known: [String]) -> SecurityError {
        let nearest = NearestName.of(word.uppercased(), among: known) ?? known[0]
        return invalid(place, reason: "there is no \(what) \"\(word)\"", example: "did you mean \"\(nearest)\"?")
    }

    func invalid(_ place: String, reason: String, example: String) -> SecurityError {
        SecurityError(
            .invalidProfile,
            "use the seccomp profile",
            on: file,
            reason: place.isEmpty ? reason : "\(place): \(reason)",
            hint: example
        )
    }
}
