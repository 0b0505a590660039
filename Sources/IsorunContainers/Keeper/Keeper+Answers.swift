internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem

extension Keeper {
    /// Does what a client asks for: the reply; nil where it was sent already.
    func answer(_ message: inout Message, from client: Client, _ job: any RunningJob) -> JSON? {
        switch message.body["verb"]?.string {
        case "wait": return Self.done
        case "stop": return stop(message.body, job)
        case "kill": return kill(message.body, job)
        case "pause": return freeze(true, job)
        case "unpause": return freeze(false, job)
        case "processes":
            let pids = job.processes(with: visits.values.map(\.visit))
            return .object([.init("processes", .array(pids.map { .whole($0) }))])
        case "stats": return Self.json(job.consumption())
        case "attach": return attach(client)
        case "files": return enterFiles(client, job)
        case "network": return shareNetwork(client, job)
        case "exec": return execute(&message, for: client, job)
        default: return Self.problem("the keeper of this container does not know what is asked of it")
        }
    }

    static let done = JSON.object([.init("ok", .bool(true))])

    static func problem(_ text: String) -> JSON { .object([.init("error", .string(text))]) }

    private func stop(_ body: JSON, _ job: any RunningJob) -> JSON? {
        guard let signal: Int32 = body["signal"]?.integer(), 1...64 ~= signal else { return Self.problem("no signal") }
        let grace: Int64? = body["graceMs"]?.integer()
        job.stop(signal: signal, grace: grace.map { .milliseconds($0) } ?? .seconds(Int64(Int32.max)))
        return Self.done
    }

    private func kill(_ body: JSON, _ job: any RunningJob) -> JSON? {
        guard let signal: Int32 = body["signal"]?.integer(), 1...64 ~= signal else { return Self.problem("no signal") }
        if signal == SIGKILL {
            job.stop(signal: SIGKILL, grace: .zero)
        } else {
            job.signal(signal)
        }
        return Self.done
    }

    private func freeze(_ frozen: Bool, _ job: any RunningJob) -> JSON? {
        if job.isFrozen == frozen {
            return Self.problem(frozen ? "it is already paused" : "it is not paused")
        }
        guard !job.isEnding else { return Self.problem("it is about to end") }
        guard job.freeze(frozen) else {
            return Self.problem("no cgroup of this host can hold its processes: see isorun doctor")
        }
        record.isPaused = frozen
        save()
        return Self.done
    }

    /// Gives a client what it needs to read and write the container's files: `cp`.
    private func enterFiles(_ client: Client, _ job: any RunningJob) -> JSON? {
        do throws(SandboxError) {
            let entrance = try job.entrance()
            let descriptors = [entrance.process] + entrance.groups
            if !Message.send(Self.done, descriptors, to: client.socket.raw) { drop(client) }
            return nil
        } catch {
            return Self.problem("\(error)")
        }
    }

    /// Gives a client what it needs for a container in the same network; see `RunDirectory.networkQuestion`.
    private func shareNetwork(_ client: Client, _ job: any RunningJob) -> JSON? {
        guard job.plan.network.mode != .host else { return Self.problem("its network is the host's own") }
        do throws(SandboxError) {
            let entrance = try job.entrance()
            let file = try Self.file(of: job.plan.network.resolverFile ?? "")
            if !Message.send(Self.done, [entrance.process, file.raw], to: client.socket.raw) { drop(client) }
            return nil
        } catch {
            return Self.problem("\(error)")
        }
    }

    private static func file(of text: String) throws(SandboxError) -> OwnedDescriptor {
        do throws(SystemError) {
            let file = try OwnedDescriptor(isorun_memory_file(), "make a file in memory")
            _ = fcntl(file.raw, F_SETFD, FD_CLOEXEC)
            try file.write(all: text.utf8)
            return file
        } catch {
            throw SandboxError(step: "share the network", detail: "\(error)")
        }
    }

    private func attach(_ client: Client) -> JSON? {
        let raw = input?.raw
        let reply = JSON.object([.init("ok", .bool(true)), .init("input", .bool(raw != nil))])
        if !Message.send(reply, raw.map { [$0] } ?? [], to: client.socket.raw) { drop(client) }
        return nil
    }

    private static func json(_ now: Consumption) -> JSON {
        .object([
            .init("atNs", .whole(Clock.now)),
            .init("memoryBytes", .whole(now.memory)),
            .init("cpuUs", .whole(now.cpu)),
            .init("diskBytes", .whole(now.disk)),
            .init("ioReadBytes", .whole(now.ioRead)),
            .init("ioWrittenBytes", .whole(now.ioWritten)),
            .init("tasks", .whole(now.tasks)),
        ])
    }
}
