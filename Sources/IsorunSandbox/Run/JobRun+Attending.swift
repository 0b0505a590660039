internal import CIsorunSystem
internal import Glibc
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

extension JobRun: RunningJob {
    var initPID: Int32 { container.pid }

    var isEnding: Bool { monitor.isOver }

    var ports: [PublishedPort] { container.ports }

    var networkProcess: Int32? { container.network?.readiness }

    var networkEnd: String? {
        container.lookAtNetwork()
        return container.networkEnd
    }

    func signal(_ number: Int32) {
        if plan.process.initProcess {
            container.signalJob(number)
        } else {
            _ = isorun_pidfd_signal(container.process.raw, number)
        }
    }

    func stop(signal: Int32, grace: Duration) {
        // What is held cannot hear a signal.
        freeze(false)
        put(.stop(signal: signal, grace: grace.nanoseconds))
    }

    /// Holds every process of the container, or lets them go on.
    ///
    /// False where no cgroup of this host can. What is ending is not held: init has yet to end, and with cgroup v1
    /// what was killed to die.
    @discardableResult func freeze(_ frozen: Bool) -> Bool {
        guard !(frozen && isEnding) else { return false }
        guard frozen != isFrozen else { return true }
        guard container.cgroup.freeze(frozen) else { return false }
        isFrozen = frozen
        return true
    }

    func processes(with visits: [Visit]) -> [Int32] {
        container.cgroup.processes(below: container.pid, and: visits.compactMap(\.pid))
    }

    func visit(_ request: VisitRequest) throws(SandboxError) -> Visit {
        let target = plan.process.initProcess ? job?.raw : container.process.raw
        guard let launcher, let target, startedAt != nil else {
            throw SandboxError(step: "enter the container", detail: "its job does not run yet")
        }
        do throws(SystemError) {
            return try launcher.visit(request, target: target, cgroup: container.cgroup)
        } catch {
            throw SandboxError(error)
        }
    }

    func entrance() throws(SandboxError) -> ContainerEntrance {
        let target = plan.process.initProcess ? job?.raw : container.process.raw
        guard let target, startedAt != nil else {
            throw SandboxError(step: "enter the container", detail: "its job does not run yet")
        }
        guard !isFrozen else { return ContainerEntrance(process: target, entrances: Entrances(), unified: nil) }
        let entrances: Entrances
        do throws(CgroupError) {
            entrances = try container.cgroup.openEntrances()
        } catch {
            throw SandboxError(SystemError(error))
        }
        let flags = O_WRONLY | O_CLOEXEC
        var raw: Int32 = -1
        if let group = container.cgroup.unifiedDescriptor { raw = unsafe openat(group, "cgroup.procs", flags) }
        return ContainerEntrance(
            process: target,
            entrances: entrances,
            unified: raw >= 0 ? OwnedDescriptor(raw) : nil
        )
    }

    func endForTime() { put(.end(.wallClock)) }

    func written(to path: FilePath, from offset: Int) -> [UInt8]? {
        let layers = container.root.written.filter { path.starts(with: $0.path) }
        guard let layer = layers.max(by: { $0.path.components.count < $1.path.components.count }) else { return nil }
        var relative = path
        guard relative.removePrefix(layer.path), let file = try? layer.upper.file(ByteString(relative.string)),
            (try? EntryStatus(of: file))?.kind == .file
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe pread(file.raw, &bytes, bytes.count, off_t(offset))
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    func end(forCalling syscall: String) { put(.end(.violation(syscall: syscall))) }

    func consumption() -> Consumption {
        var now = Consumption()
        now.memory = container.cgroup.memoryUsage()
        now.cpu = container.cgroup.cpuUsage()
        now.disk = container.root.scratch?.usage()?.bytesUsed
        let counters = container.cgroup.counters().usage
        now.ioRead = counters.ioReadBytes
        now.ioWritten = counters.ioWriteBytes
        now.tasks = container.cgroup.tasks()
        return now
    }
}
