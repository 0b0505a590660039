internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSecurity
internal import IsorunSystem
internal import SystemPackage

/// Room for the job of a container that is made ahead: memory that the child has a copy of at the same address, so that
/// what is written here can be sent as it stands, pointers and all.
@safe final class LateJob {
    /// Bytes of the message; a job that needs more starts cold.
    ///
    /// A socket takes no more than some 200,000 at once.
    static let size = 128 << 10
    /// What the child receives it as.
    let message: UnsafeMutablePointer<isorun_late_job>

    init() throws(SystemError) {
        guard let memory = unsafe isorun_reserve_memory(Self.size) else {
            throw SystemError("reserve memory for a job", "", .noMemory)
        }
        unsafe message = memory.bindMemory(to: isorun_late_job.self, capacity: 1)
    }

    deinit { unsafe isorun_release_memory(message, Self.size) }

    /// Whether a job fits in.
    static func holds(_ plan: SandboxPlan, _ filter: CompiledFilter?) -> Bool {
        unsafe MemoryLayout<isorun_late_job>.size + MemoryArena.size(ofJob: plan, filter) <= size
    }

    /// Writes the job and sends it with its streams; false where the child is gone.
    func send(
        _ plan: SandboxPlan,
        in surroundings: JobMemory.Surroundings,
        over control: borrowing OwnedDescriptor
    ) throws(SystemError) -> Bool {
        let head = unsafe (MemoryLayout<isorun_late_job>.size + 15) & ~15
        let rest = unsafe UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(message) + head,
            count: Self.size - head
        )
        let arena = unsafe MemoryArena(filling: rest)
        unsafe message.pointee.command = isorun_command(kind: ISORUN_COMMAND_JOB.rawValue, signal: 0)
        unsafe message.pointee.job = arena.job(plan, in: surroundings)
        let streams = [surroundings.streams.0, surroundings.streams.1, surroundings.streams.2]
        let result = unsafe isorun_send(control.raw, message, Self.size - arena.free, streams, 3)
        if result == -EPIPE || result == -ECONNRESET { return false }
        _ = try check(result, "give a waiting container its job")
        return true
    }
}
