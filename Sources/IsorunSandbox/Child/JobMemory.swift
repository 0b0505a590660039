internal import CIsorunChild
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSecurity
internal import SystemPackage

/// The program and the job as memory that the child reads: flat, and not moved while the clone is made.
///
/// The child has a copy of all memory, so this can go as soon as the clone has returned.
@safe struct JobMemory: ~Copyable {
    private let arena: MemoryArena
    private(set) var program = unsafe isorun_program()

    /// What the job needs beside its plan, known only when it is launched.
    struct Surroundings {
        var control: Int32
        var streams: (Int32, Int32, Int32)
        var capabilities: CapabilityMasks
        var filter: CompiledFilter?
        var initID: UInt32
        var maySetGroups: Bool
        /// Whether the job waits for a word when all else has been done.
        var awaitsWord = false
    }

    init(
        _ child: ChildProgram,
        plan: SandboxPlan,
        in surroundings: Surroundings,
        arena: MemoryArena = MemoryArena()
    ) {
        self.arena = arena
        unsafe program.ops = UnsafePointer(arena.array(child.ops))
        unsafe program.op_count = UInt32(child.ops.count)
        unsafe program.early_count = UInt32(child.earlyCount)
        unsafe program.arena = UnsafePointer(arena.array(child.arena))
        unsafe program.control = surroundings.control
        unsafe program.awaits_word = surroundings.awaitsWord ? 1 : 0
        unsafe program.job = arena.job(plan, in: surroundings)
    }
}

extension JobMemory {
    /// Bytes of an arena that all of it takes at most.
    static func size(_ child: ChildProgram, _ plan: SandboxPlan, _ filter: CompiledFilter?) -> Int {
        let program = child.ops.count * MemoryLayout<isorun_op>.stride + child.arena.count
        return program + MemoryArena.size(ofJob: plan, filter)
    }
}

extension MemoryArena {
    /// Bytes that a job takes at most; the memory of every string is rounded up.
    static func size(ofJob plan: SandboxPlan, _ filter: CompiledFilter?) -> Int {
        let process = plan.process
        var needed = 4096
        for text in process.candidates + process.arguments + process.environment { needed += text.bytes.count + 48 }
        needed += process.workdir.string.utf8.count
        needed += process.rlimits.count * MemoryLayout<isorun_rlimit>.stride
        needed += process.user.groups.count * MemoryLayout<UInt32>.stride
        needed += filter?.program.count ?? 0
        return needed
    }

    /// Stores all that a job's pointers lead to.
    func job(_ plan: SandboxPlan, in surroundings: JobMemory.Surroundings) -> isorun_job {
        let process = plan.process
        var job = unsafe isorun_job()
        unsafe job.candidates = constants(strings(process.candidates))
        unsafe job.argv = UnsafePointer(strings(process.arguments))
        unsafe job.envp = UnsafePointer(strings(process.environment))
        unsafe job.workdir = UnsafePointer(string(ByteString(process.workdir.string)))
        unsafe job.uid = process.user.uid
        unsafe job.gid = process.user.gid
        unsafe job.init_uid = surroundings.initID
        unsafe job.init_gid = surroundings.initID
        unsafe job.may_set_groups = surroundings.maySetGroups ? 1 : 0
        if !process.user.groups.isEmpty {
            unsafe job.groups = UnsafePointer(array(process.user.groups))
            unsafe job.group_count = UInt32(process.user.groups.count)
        }
        unsafe job.capabilities = isorun_capabilities(surroundings.capabilities)
        let limits = process.rlimits.map { isorun_rlimit($0) }
        unsafe job.rlimits = UnsafePointer(array(limits))
        unsafe job.rlimit_count = UInt32(limits.count)
        if let filter = surroundings.filter {
            unsafe job.filter = UnsafeRawPointer(array(filter.program))
            unsafe job.filter_length = UInt32(filter.program.count / 8)
            unsafe job.filter_notifies = filter.usesNotification ? 1 : 0
            unsafe job.launch_key = filter.launchKey ?? 0
        }
        (unsafe job.standard_input, unsafe job.standard_output, unsafe job.standard_error) = surroundings.streams
        unsafe job.terminal = process.terminal ? 1 : 0
        unsafe job.is_init = process.initProcess ? 0 : 1
        unsafe nameSteps(plan.setup, of: &job)
        return unsafe job
    }

    private func nameSteps(_ steps: [SetupStep], of job: inout isorun_job) {
        for (index, step) in steps.enumerated() {
            let index = UInt16(index)
            switch step {
            case .becomeInit: unsafe job.step_init = index
            case .limits: unsafe job.step_limits = index
            case .credentials: unsafe job.step_credentials = index
            case .workdir: unsafe job.step_workdir = index
            case .seccomp: unsafe job.step_seccomp = index
            case .execute: unsafe job.step_exec = index
            default: break
            }
        }
    }

    private func string(_ text: ByteString) -> UnsafeMutablePointer<CChar> {
        unsafe array(text.bytes.map { CChar(bitPattern: $0) } + [0])
    }

    private func strings(_ texts: [ByteString]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for text in texts { unsafe pointers.append(string(text)) }
        unsafe pointers.append(nil)
        return unsafe pointerArray(pointers)
    }

    private func constants(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> UnsafePointer<UnsafePointer<CChar>?> {
        unsafe UnsafeRawPointer(pointers).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    }
}

extension isorun_rlimit {
    init(_ limit: Rlimit) {
        self.init(resource: RlimitNumber.of(limit.resource), reserved: 0, soft: limit.soft, hard: limit.hard)
    }
}

/// The kernel's numbers, asm-generic/resource.h; the same on every architecture Swift runs on.
enum RlimitNumber {
    static func of(_ resource: Rlimit.Resource) -> UInt32 {
        switch resource {
        case .cpu: 0
        case .fsize: 1
        case .data: 2
        case .stack: 3
        case .core: 4
        case .rss: 5
        case .nproc: 6
        case .nofile: 7
        case .memlock: 8
        case .locks: 10
        case .sigpending: 11
        case .msgqueue: 12
        case .nice: 13
        case .rtprio: 14
        case .rttime: 15
        }
    }
}

extension isorun_capabilities {
    init(_ sets: CapabilityMasks) {
        self.init(
            bounding: sets.bounding.rawValue,
            permitted: sets.permitted.rawValue,
            effective: sets.effective.rawValue,
            inheritable: sets.inheritable.rawValue,
            ambient: sets.ambient.rawValue
        )
    }
}
