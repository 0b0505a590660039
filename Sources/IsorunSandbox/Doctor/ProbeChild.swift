internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// A child in namespaces of its own that carries out a few ops and ends; nothing it makes outlives it.
struct ProbeChild {
    /// The namespaces.
    var namespaces: [Namespace]
    /// Its ids; nil without a user namespace.
    var identity: IdentityRange?
    /// What it does.
    var program: ChildProgram
    /// Whether it goes on to a job's credentials and filter, as far as `execve`.
    var becomesJob = false

    /// No op here takes a millisecond; a child that is silent this long is stuck in the kernel.
    private static let patience: Int32 = 1000
    // return SECCOMP_RET_ALLOW
    private static let filter: [UInt64] = [0x7fff_0000_0000_0006]

    /// Runs the child to its end.
    ///
    /// - Parameter prepare: Runs while the child waits, with its id; what it returns is sent to the child.
    /// - Returns: How far it came.
    func run(preparing prepare: (Int32) -> [DetachedMount] = { _ in [] }) -> ProbeEnd {
        guard let sockets = try? SocketPair(), let null = try? OwnedDescriptor.null() else { return .silent }
        var pidfd: Int32 = -1
        let pid = clone(control: sockets.far.raw, stream: null.raw, &pidfd)
        guard pid >= 0 else { return .notCloned(Errno(rawValue: -pid)) }
        let process = OwnedDescriptor(pidfd)
        let control = sockets.keepNear()
        defer {
            process.killChild()
        }
        do throws(SystemError) {
            try identity?.apply(to: pid)
        } catch {
            return .notMapped(error.errno, error.description)
        }
        let mounts = prepare(pid)
        send([], control)
        if !mounts.isEmpty { send(mounts.map { $0.descriptor.raw }, control) }
        return end(control)
    }

    private func send(_ descriptors: [Int32], _ control: borrowing OwnedDescriptor) {
        var command = isorun_command(kind: ISORUN_COMMAND_GO.rawValue, signal: 0)
        let size = MemoryLayout<isorun_command>.size
        // Where the child is gone its report, or the lack of one, says so.
        _ = unsafe isorun_send(control.raw, &command, size, descriptors, Int32(descriptors.count))
    }

    private func end(_ control: borrowing OwnedDescriptor) -> ProbeEnd {
        while true {
            var request = pollfd(fd: control.raw, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&request, 1, Self.patience) > 0 else { return .silent }
            var report = isorun_report()
            var raw: Int32 = -1
            let length = unsafe isorun_receive(control.raw, &report, MemoryLayout<isorun_report>.size, &raw)
            if raw >= 0 { close(raw) }
            guard length == MemoryLayout<isorun_report>.size else { return .silent }
            guard report.kind == ISORUN_REPORT_FAILED.rawValue else { continue }
            let step = ProbeStep(rawValue: Int(report.step)) ?? .done
            let errno = Errno(rawValue: report.error)
            // Its last step is to fail: nothing has to be executed.
            let reached = step == .done || step == .execute && errno == .noSuchFileOrDirectory
            return reached ? .reached : .failed(step, errno)
        }
    }

    // The child has a copy of this memory: it needs to live for the clone only.
    private func clone(control: Int32, stream: Int32, _ pidfd: inout Int32) -> Int32 {
        var program = program
        if !becomesJob { program.add(ISORUN_OP_FAIL, step: ProbeStep.done.rawValue, value: UInt64(ECANCELED)) }
        let flags = namespaces.reduce(0) { $0 | $1.cloneFlag }
        let initID = identity?.initID ?? 0
        let memory = MemoryArena()
        // There is no program of the empty name.
        let words = unsafe memory.pointerArray([memory.array([0 as CChar]), nil])
        var native = unsafe isorun_program()
        unsafe native.ops = UnsafePointer(memory.array(program.ops))
        unsafe native.op_count = UInt32(program.ops.count)
        unsafe native.arena = UnsafePointer(memory.array(program.arena))
        unsafe native.control = control
        unsafe native.job.argv = UnsafePointer(words)
        unsafe native.job.envp = UnsafePointer(words + 1)
        unsafe native.job.candidates = UnsafeRawPointer(words).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
        unsafe native.job.workdir = UnsafePointer(memory.array([CChar(bitPattern: UInt8(ascii: "/")), 0]))
        unsafe native.job.init_uid = initID
        unsafe native.job.init_gid = initID
        unsafe native.job.may_set_groups = identity?.maySetGroups == true ? 1 : 0
        unsafe native.job.filter = UnsafeRawPointer(memory.array(Self.filter))
        unsafe native.job.filter_length = 1
        unsafe native.job.filter_notifies = 1
        (unsafe native.job.standard_input, unsafe native.job.standard_output, unsafe native.job.standard_error) =
            (stream, stream, stream)
        unsafe Self.nameSteps(&native.job)
        let pid = unsafe isorun_child_start(&native, flags, -1, &pidfd)
        withExtendedLifetime(memory) {}
        return pid
    }

    private static func nameSteps(_ job: inout isorun_job) {
        unsafe job.step_init = UInt16(ProbeStep.initID.rawValue)
        unsafe job.step_limits = UInt16(ProbeStep.limits.rawValue)
        unsafe job.step_credentials = UInt16(ProbeStep.credentials.rawValue)
        unsafe job.step_workdir = UInt16(ProbeStep.workdir.rawValue)
        unsafe job.step_seccomp = UInt16(ProbeStep.seccomp.rawValue)
        unsafe job.step_exec = UInt16(ProbeStep.execute.rawValue)
    }
}
