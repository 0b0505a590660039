import IsorunModel
import SystemPackage

extension RunArguments {
    func resolveProcess(from workingDirectory: FilePath) throws(UsageError) -> ProcessSpec {
        var spec = ProcessSpec()
        spec.environment = try resolveEnvironment(from: workingDirectory)
        // An image has names of its own.
        if let user, image == nil { spec.user = try OptionValue("--user", user).user() }
        if let hostname { spec.hostname = try OptionValue("--hostname", hostname).hostname() }
        if let seccomp {
            spec.seccomp = try OptionValue("--seccomp", seccomp).seccomp(from: workingDirectory)
        } else if untrusted {
            spec.seccomp = .builtin(.strict)
        }
        for name in capAdd { spec.capAdd.append(try OptionValue("--cap-add", name).capability()) }
        for name in capDrop { spec.capDrop.append(try OptionValue("--cap-drop", name).capability()) }
        spec.initProcess = initProcess
        try checkUntrusted(spec)
        return spec
    }

    /// `--untrusted` is a promise: what would take part of it back is refused and not obeyed.
    private func checkUntrusted(_ spec: ProcessSpec) throws(UsageError) {
        guard untrusted else { return }
        if let name = capAdd.first {
            let problem = "gives a capability to a job that --untrusted gives none"
            throw OptionValue("--cap-add", name).refused(problem, hint: "leave one of the two out")
        }
        if let seccomp, spec.seccomp != .builtin(.strict) {
            let problem = "takes the place of the strict filter of --untrusted"
            throw OptionValue("--seccomp", seccomp).refused(problem, hint: "leave one of the two out")
        }
    }

    /// Files first, so that `-e` wins over them, as docker does it.
    private func resolveEnvironment(from workingDirectory: FilePath) throws(UsageError) -> [EnvironmentEntry] {
        var entries: [EnvironmentEntry] = []
        for file in envFiles {
            let value = OptionValue("--env-file", file)
            let path = try value.hostPath(from: workingDirectory, example: "settings.env")
            entries += try EnvironmentFile.entries(of: path, for: value)
        }
        for text in env {
            guard let entry = EnvironmentEntry(assignment: text.bytes[...]) else {
                throw OptionValue("--env", text).refused("has no name", example: "MODE=test")
            }
            entries.append(entry)
        }
        return entries
    }
}

extension OptionValue {
    /// `UID[:GID]`; the group is 0 where it is left out, as docker takes it.
    func user() throws(UsageError) -> UserSpec {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Self.number($0) }
        guard 1...2 ~= numbers.count, let uid = numbers[0], let gid = numbers.count == 2 ? numbers[1] : 0 else {
            throw refused("is not UID[:GID] in numbers", example: "1000:1000")
        }
        guard uid <= 65535, gid <= 65535 else {
            throw refused("is not between 0 and 65535, the ids of a container", example: "1000:1000")
        }
        return UserSpec(uid: UInt32(uid), gid: UInt32(gid))
    }

    /// A host name by RFC 1123, no longer than the 64 bytes of `sethostname(2)`.
    func hostname() throws(UsageError) -> String {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let valid = labels.allSatisfy { label in
            1...63 ~= label.count && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
        guard valid else {
            throw refused("is not a host name: letters, digits and - within, in parts by dots", example: "build-1")
        }
        guard text.utf8.count <= 64 else { throw refused("is longer than 64 bytes", example: "build-1") }
        return text
    }

    /// A filter by name; what has a slash or ends in `.json` is a file.
    func seccomp(from workingDirectory: FilePath) throws(UsageError) -> SeccompChoice {
        if let name = SeccompProfileName(rawValue: text) { return .builtin(name) }
        if bytes.bytes.contains(UInt8(ascii: "/")) || text.hasSuffix(".json") {
            return .file(try hostPath(from: workingDirectory, example: "./profile.json"))
        }
        let names = SeccompProfileName.allCases.map(\.rawValue)
        if Suggestion.nearest(to: text, among: names) != nil { throw unknown("a seccomp profile", among: names) }
        let hint = "use one of: \(names.joined(separator: ", ")), or a file: ./profile.json"
        throw refused("is not a seccomp profile", hint: hint)
    }

    /// A capability, with `CAP_` left out and in upper case.
    func capability() throws(UsageError) -> String {
        let upper = text.uppercased()
        let name = upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
        if ValueNames.capabilities.contains(name) { return name }
        let nearest = Suggestion.nearest(to: name, among: ValueNames.capabilities)
        let hint = nearest.map { "did you mean \($0)?" } ?? "for example: NET_RAW, or ALL; see capabilities(7)"
        throw refused("is not a capability", hint: hint)
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        }
    }
}
