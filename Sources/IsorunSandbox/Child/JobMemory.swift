internal import CIsorunChild
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSecurity
internal import SystemPackage

/// The program and the job as memory that the child reads: flat, and not moved while the clone is made.
///
/// The child has a copy of all memory, so this can go as soon as the clone has returned.
@safe struct JobMemory: ~Copyable {
    private var blocks: [UnsafeMutableRawPointer] = unsafe []
    private(set) var program = unsafe isorun_program()

    /// What the job needs beside its plan, known only when it is launched.
    struct Surroundings {
        var control: Int32
        var streams: (Int32, Int32, Int32)
        var capabilities: CapabilityMasks
        var filter: CompiledFilter?
        var initID: UInt32
        var maySetGroups: Bool
    }

    init(_ child: ChildProgram, plan: SandboxPlan, in surroundings: Surroundings) {
        let process = plan.process
        unsafe program.ops = UnsafePointer(array(child.ops))
        unsafe program.op_count = UInt32(child.ops.count)
        unsafe program.early_count = UInt32(child.earlyCount)
        unsafe program.arena = UnsafePointer(array(child.arena))
        unsafe program.control = surroundings.control
        unsafe program.job.candidates = constants(strings(process.candidates))
        unsafe program.job.argv = UnsafePointer(strings(process.arguments))
        unsafe program.job.envp = UnsafePointer(strings(process.environment))
        unsafe program.job.workdir = UnsafePointer(string(ByteString(process.workdir.string)))
        unsafe program.job.uid = process.user.uid
        unsafe program.job.gid = process.user.gid
        unsafe program.job.init_uid = surroundings.initID
        unsafe program.job.init_gid = surroundings.initID
        unsafe program.job.may_set_groups = surroundings.maySetGroups ? 1 : 0
        unsafe program.job.capabilities = isorun_capabilities(surroundings.capabilities)
        let limits = process.rlimits.map { isorun_rlimit($0) }
        unsafe program.job.rlimits = UnsafePointer(array(limits))
        unsafe program.job.rlimit_count = UInt32(limits.count)
        if let filter = surroundings.filter {
            unsafe program.job.filter = UnsafeRawPointer(array(filter.program))
            unsafe program.job.filter_length = UInt32(filter.program.count / 8)
            unsafe program.job.filter_notifies = filter.usesNotification ? 1 : 0
        }
        (unsafe program.job.standard_input, unsafe program.job.standard_output, unsafe program.job.standard_error) =
            surroundings.streams
        unsafe program.job.terminal = process.terminal ? 1 : 0
        unsafe program.job.is_init = process.initProcess ? 0 : 1
        nameSteps(plan.setup)
    }

    private mutating func nameSteps(_ steps: [SetupStep]) {
        for (index, step) in steps.enumerated() {
            let index = UInt16(index)
            switch step {
            case .becomeInit: unsafe program.job.step_init = index
            case .limits: unsafe program.job.step_limits = index
            case .credentials: unsafe program.job.step_credentials = index
            case .workdir: unsafe program.job.step_workdir = index
            case .seccomp: unsafe program.job.step_seccomp = index
            case .execute: unsafe program.job.step_exec = index
            default: break
            }
        }
    }

    deinit {
        unsafe blocks.forEach { unsafe $0.deallocate() }
    }

    private mutating func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        unsafe elements.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            unsafe memory.initialize(from: base, count: source.count)
        }
        unsafe blocks.append(UnsafeMutableRawPointer(memory))
        return unsafe memory
    }

    private mutating func string(_ text: ByteString) -> UnsafeMutablePointer<CChar> {
        unsafe array(text.bytes.map { CChar(bitPattern: $0) } + [0])
    }

    private mutating func strings(_ texts: [ByteString]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for text in texts { unsafe pointers.append(string(text)) }
        unsafe pointers.append(nil)
        let memory = unsafe UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: pointers.count)
        unsafe memory.initialize(from: pointers, count: pointers.count)
        unsafe blocks.append(UnsafeMutableRawPointer(memory))
        return unsafe memory
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
