internal import IsorunArguments

/// Every field that a suite file may have, with what may stand in it; the JSON Schema is tested against it.
package enum SuiteFields {
    /// What may stand in a field.
    package enum Kind: Hashable, Sendable {
        case text, choice, flag, count, texts, words, pairs, matrix, tests, services, ready, version, defaults, jobs
    }

    /// Fields of the file.
    package static let file: [(name: String, kind: Kind)] = [
        ("version", .version), ("defaults", .defaults), ("jobs", .jobs),
    ]

    /// Fields of a job and of the defaults, which are those of a job that can be shared.
    package static let shared: [(name: String, kind: Kind)] =
        [("retries", .count), ("env", .pairs), ("artifacts", .texts), ("collectJunit", .texts)]
        + JobOptionNames.all.map { option in
            switch option.kind {
            case .flag: (option.name, .flag)
            case .value: (option.name, .text)
            case .list: (option.name, .texts)
            }
        }

    /// Fields of a job alone.
    package static let job: [(name: String, kind: Kind)] = [
        ("name", .text), ("run", .words), ("needs", .texts), ("matrix", .matrix), ("tests", .tests),
        ("writes", .text), ("services", .services),
    ]

    // The network is the job's; what a service leaves nobody collects.
    private static let notOfServices: Set<String> = ["network", "publish", "hostLoopback", "collectJunit"]

    /// What a service takes over from the defaults: what bounds a container, and what it may do.
    ///
    /// Its files, its user, its environment and its time are its own, as with the services of CI systems: the defaults'
    /// are for jobs, and may hold what is for nobody else.
    package static let sharedWithServices: Set<String> = [
        "memory", "memorySwap", "cpus", "cpusetCpus", "pidsLimit", "oom", "disk", "inodes", "ioReadBps", "ioWriteBps",
        "ulimit", "allowUnenforced", "seccomp", "capAdd", "capDrop", "untrusted",
    ]

    /// Fields of a service.
    package static let service: [(name: String, kind: Kind)] =
        [("name", .text), ("run", .words), ("ready", .ready)]
        + shared.filter { ["env"].contains($0.name) || isOption($0.name) && !notOfServices.contains($0.name) }

    private static func isOption(_ name: String) -> Bool { JobOptionNames.all.contains { $0.name == name } }

    /// Fields of `ready`.
    package static let ready: [(name: String, kind: Kind)] = [
        ("tcp", .text), ("http", .text), ("command", .words), ("log", .text), ("timeout", .text),
    ]

    /// Fields of `tests`.
    package static let tests: [(name: String, kind: Kind)] = [
        ("framework", .choice), ("path", .text), ("per", .choice), ("buildNetwork", .choice), ("buildCache", .flag),
        ("build", .text), ("listCommand", .text), ("runCommand", .text), ("program", .texts),
    ]
}
