extension SeccompProfile {
    /// The BPF program for the native ABI; about 1.5 ms.
    ///
    /// With a launch key, what isorun itself calls before `execve` passes whatever the profile says of it.
    package func compiled(optimized: Bool = true, launchKey: UInt64? = nil) throws(SecurityError) -> CompiledFilter {
        var programs: [[UInt8]] = []
        if let launchKey {
            programs.append(BPFProgram.permit(Self.launchCalls.compactMap(SyscallNumber.resolve), key: launchKey))
        }
        let (conditional, whole) = stages
        for entries in conditional where !entries.isEmpty {
            let context = try FilterContext(defaultAction: BPFProgram.passOn)
            try context.configure(foreignABIAction: foreignABIAction, optimized: optimized)
            for entry in entries { try context.add(entry.action, entry.number, when: entry.conditions) }
            programs.append(try context.export())
        }
        programs.append(CallTable(whole, otherwise: defaultAction, foreign: foreignABIAction).program)
        let program = BPFProgram.chain(programs)
        guard program.count <= BPFProgram.maximumBytes else {
            throw SecurityError(
                .filterTooLarge,
                "use the seccomp profile",
                on: name,
                reason: "\(program.count / BPFProgram.instructionBytes) instructions are more than the kernel's 4096",
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

    /// What depends on arguments, in order, and what happens to calls whatever their arguments.
    ///
    /// First come the refusals that come before all, then the permissions that no whole call makes needless. Of whole
    /// calls a permission comes before a refusal, as the type tells.
    private var stages: (conditional: [[Entry]], whole: [Int32: SeccompAction]) {
        let first = Self.entries(of: overrides + syscalls.filter { !$0.action.letsPass && !$0.arguments.isEmpty })
        let permissions = Self.entries(of: syscalls.filter(\.action.letsPass))
        let last = Self.entries(of: syscalls.filter { !$0.action.letsPass && $0.arguments.isEmpty })
        let whole = (permissions.filter(\.conditions.isEmpty) + last).map { ($0.number, $0.action) }
        return (
            [first, permissions.filter { !$0.conditions.isEmpty }],
            Dictionary(whole) { permission, _ in permission }
        )
    }

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
