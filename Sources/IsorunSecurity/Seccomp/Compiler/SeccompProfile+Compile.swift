extension SeccompProfile {
    /// One of the three stages in which a call is decided, as the type's documentation tells.
    private enum Stage: CaseIterable {
        case conditionalRefusals, permissions, plainRefusals

        func rules(of profile: SeccompProfile) -> [SyscallRule] {
            switch self {
            case .conditionalRefusals:
                profile.overrides + profile.syscalls.filter { !$0.action.letsPass && !$0.arguments.isEmpty }
            case .permissions: profile.syscalls.filter(\.action.letsPass)
            case .plainRefusals: profile.syscalls.filter { !$0.action.letsPass && $0.arguments.isEmpty }
            }
        }
    }

    /// The BPF program for the native ABI; about 1.5 ms.
    ///
    /// With a launch key, what isorun itself calls before `execve` passes whatever the profile says of it.
    package func compiled(optimized: Bool = true, launchKey: UInt64? = nil) throws(SecurityError) -> CompiledFilter {
        var programs: [[UInt8]] = []
        if let launchKey {
            programs.append(BPFProgram.permit(Self.launchCalls.compactMap(SyscallNumber.resolve), key: launchKey))
        }
        for stage in Stage.allCases {
            let rules = stage.rules(of: self)
            let isLast = stage == .plainRefusals
            guard isLast || !rules.isEmpty else { continue }
            let context = try FilterContext(defaultAction: isLast ? defaultAction : BPFProgram.passOn)
            try context.configure(foreignABIAction: foreignABIAction, optimized: optimized)
            // libseccomp answers EACCES to a rule whose action is the default's; here it would say nothing new.
            for entry in Self.entries(of: rules) where !(isLast && entry.action == defaultAction) {
                try context.add(entry.action, entry.number, when: entry.conditions)
            }
            programs.append(try context.export())
        }
        let program = BPFProgram.chain(programs)
        guard program.count <= BPFProgram.maximumBytes else {
            throw SecurityError(
                .filterTooLarge,
                "use the seccomp profile",
                on: name,
                reason: "\(program.count / 8) instructions are more than the kernel's 4096",
                hint: "merge rules, or allow calls without conditions on their arguments"
            )
        }
        var filter = CompiledFilter(program: program, usesNotification: usesNotification, fromCache: false)
        filter.launchKey = launchKey
        return filter
    }

    /// What the child calls behind its filter (child_job.c): the listener goes to the keeper, the mask of signals and
    /// the descriptors are the job's own, then the command is executed or its failure told.
    private static let launchCalls = [
        "sendmsg", "close", "rt_sigprocmask", "dup3", "close_range", "execve", "exit_group",
    ]

    private struct Entry: Hashable {
        var number: Int32
        var action: SeccompAction
        var conditions: [ArgumentCondition]
    }

    /// The rules by number, without what the native architecture lacks, what is said twice, and conditions on a call
    /// that the same stage decides whatever its arguments.
    private static func entries(of rules: [SyscallRule]) -> [Entry] {
        var entries: [Entry] = []
        var seen: Set<Entry> = []
        var decided: Set<Int32> = []
        for rule in rules {
            for name in rule.names {
                guard let number = SyscallNumber.resolve(name) else { continue }
                let entry = Entry(number: number, action: rule.action, conditions: rule.arguments)
                guard seen.insert(entry).inserted else { continue }
                if rule.arguments.isEmpty {
                    guard decided.insert(number).inserted else { continue }
                }
                entries.append(entry)
            }
        }
        return entries.filter { $0.conditions.isEmpty || !decided.contains($0.number) }
    }
}
