import IsorunModel
import SystemPackage

extension RunArguments {
    func resolveLimits() throws(UsageError) -> LimitSpec {
        var limits = LimitSpec()
        try resolveMemory(into: &limits)
        if let cpus { limits.cpus = try OptionValue("--cpus", cpus).cpus() }
        if let cpusetCpus {
            limits.cpuset = CPUSet(parsing: cpusetCpus)
            guard limits.cpuset != nil else {
                throw OptionValue("--cpuset-cpus", cpusetCpus).refused("is not a list of CPUs", example: "0-3,7")
            }
        }
        if let pidsLimit {
            // 4194304 is PID_MAX_LIMIT of every 64-bit kernel.
            limits.pids = Int(try OptionValue("--pids-limit", pidsLimit).number(1...4_194_304, example: "256"))
        }
        if let oom { limits.oom = try OptionValue("--oom", oom).choice("an OOM policy", among: OOMPolicy.allCases) }
        if let timeout { limits.timeout = try OptionValue("--timeout", timeout).duration(example: "1h30m") }
        if let cpuTime { limits.cpuTime = try OptionValue("--cpu-time", cpuTime).duration(example: "90s") }
        if let gracePeriod {
            let value = OptionValue("--grace-period", gracePeriod)
            limits.gracePeriod = try value.duration(example: "5s", allowsZero: true)
        }
        if let disk { limits.disk = try OptionValue("--disk", disk).size(example: "512m") }
        if let inodes {
            let value = OptionValue("--inodes", inodes)
            limits.inodes = try value.number(1...UInt64(Int64.max), example: "1000000")
        }
        if let maxOutput {
            limits.maxOutput = try OptionValue("--max-output", maxOutput).size(example: "64m", atLeast: ByteCount(0))
        }
        for value in ioReadBps { limits.io.append(try OptionValue("--io-read-bps", value).ioLimit(.read)) }
        for value in ioWriteBps { limits.io.append(try OptionValue("--io-write-bps", value).ioLimit(.write)) }
        for text in ulimits {
            let limit = try OptionValue("--ulimit", text).rlimit()
            limits.rlimits.removeAll { $0.resource == limit.resource }
            limits.rlimits.append(limit)
        }
        return limits
    }

    private func resolveMemory(into limits: inout LimitSpec) throws(UsageError) {
        if let memory {
            // No program starts in less; docker asks for six.
            limits.memory = try OptionValue("--memory", memory).size(example: "256m", atLeast: ByteCount(1 << 20))
        }
        guard let memorySwap else { return }
        let value = OptionValue("--memory-swap", memorySwap)
        let swap = memorySwap == "-1" ? ByteCount(.max) : try value.size(example: "1g, or -1 for unlimited swap")
        if let memory, let limit = limits.memory, swap < limit {
            throw value.refused(
                "is less than the \(OptionValue.quoted(memory)) of --memory, and counts memory and swap together",
                example: memory
            )
        }
        limits.memorySwap = swap
    }

    func resolvePermission() throws(UsageError) -> UnenforcedPermission {
        guard !allowUnenforced.isEmpty, !allowUnenforced.contains("all") else {
            return allowUnenforced.isEmpty ? .nothing : .all
        }
        var limits: Set<Limit> = []
        for word in allowUnenforced {
            let limit = Limit.allCases.first { $0.rawValue == word || $0.optionName == word }
            guard let limit else {
                throw OptionValue("--allow-unenforced", word).unknown("a limit", among: ValueNames.unenforceable)
            }
            limits.insert(limit)
        }
        return .limits(limits)
    }
}

extension OptionValue {
    /// CPU bandwidth; the kernel's least quota is 1 ms in a period of 100 ms.
    func cpus() throws(UsageError) -> Double {
        let plain = text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
        guard plain, let cpus = Double(text) else { throw refused("is not a number of CPUs", example: "1.5") }
        guard 0.01...8192 ~= cpus else { throw refused("is not between 0.01 and 8192 CPUs", example: "1.5") }
        return cpus
    }

    /// `DEV=SIZE`.
    func ioLimit(_ direction: IOLimit.Direction) throws(UsageError) -> IOLimit {
        let example = "/dev/sda=10m"
        guard let equals = bytes.bytes.lastIndex(of: UInt8(ascii: "=")) else {
            throw refused("is not DEVICE=SIZE", example: example)
        }
        let device = FilePath(ByteString(bytes.bytes[..<equals])).lexicallyNormalized()
        guard device.starts(with: "/dev"), device != "/dev" else {
            throw refused("does not name a device under /dev", example: example)
        }
        let size = String(decoding: bytes.bytes[(equals + 1)...], as: UTF8.self)
        guard let speed = ByteCount(parsing: size) else {
            throw refused("does not end in a size", example: example)
        }
        guard speed.bytes > 0 else { throw refused("lets nothing through", example: example) }
        return IOLimit(device: device, direction: direction, bytesPerSecond: speed)
    }

    /// `TYPE=SOFT[:HARD]`.
    func rlimit() throws(UsageError) -> Rlimit {
        let example = "nofile=1024:4096"
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw refused("is not TYPE=SOFT[:HARD]", example: example) }
        let name = String(sides[0])
        guard let resource = Rlimit.Resource(rawValue: name) else {
            throw OptionValue(option, name).unknown("a type of limit", among: Rlimit.Resource.allCases.map(\.rawValue))
        }
        let limits = sides[1].split(separator: ":", omittingEmptySubsequences: false)
        let values = limits.compactMap { $0 == "unlimited" || $0 == "-1" ? UInt64.max : Self.number($0) }
        guard 1...2 ~= values.count, values.count == limits.count else {
            throw refused("is not TYPE=SOFT[:HARD] in whole numbers or unlimited", example: example)
        }
        guard values[0] <= values[values.count - 1] else {
            throw refused("has a soft limit above the hard one", example: example)
        }
        return Rlimit(resource, soft: values[0], hard: values[values.count - 1])
    }
}
