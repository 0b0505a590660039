package import IsorunReporting

/// What `inspect` shows of a container: docker's names where they mean the same, and isorun's own word on its end.
package enum InspectDocument {
    package static func json(_ container: borrowing Container) -> JSON {
        json(container.record, container.status, exitCode: container.exitCode, problem: container.problem)
    }

    package static func json(
        _ record: ContainerRecord,
        _ status: Container.Status,
        exitCode: Int32,
        problem: String
    ) -> JSON {
        let words = record.command
        let setup = record.setup
        return .object([
            .init("Id", .string(record.id)),
            .init("Created", .string(LogRecord.timestamp(record.createdAtUs))),
            .init("Path", .string(words.first ?? "")),
            .init("Args", .array(words.dropFirst().map { .string($0) })),
            .init("State", state(record, status, exitCode, problem)),
            .init("Image", .string(record.image)),
            .init("Name", .string("/" + record.name)),
            .init("RestartCount", .whole(0)),
            .init("Platform", .string("linux")),
            .init("HostConfig", host(record)),
            .init("Mounts", .array(setup.mounts.map(mount))),
            .init("Config", config(record)),
            .init("NetworkSettings", network(record, status)),
            .init("Isorun", isorun(record)),
        ])
    }

    private static func state(
        _ record: ContainerRecord,
        _ status: Container.Status,
        _ exitCode: Int32,
        _ problem: String
    ) -> JSON {
        let never = "0001-01-01T00:00:00Z"
        let lives = status == .running || status == .paused
        let ownEnds: Set = ["passed", "failed", "signaled", "cancelled"]
        let isOwnEnd = status != .dead && record.result?["outcome"]?.string.map(ownEnds.contains) ?? true
        return .object([
            .init("Status", .string(status.rawValue)),
            .init("Running", .bool(lives)),
            .init("Paused", .bool(status == .paused)),
            .init("Restarting", .bool(false)),
            .init("OOMKilled", .bool(record.result?["outcome"]?.string == "out-of-memory")),
            .init("Dead", .bool(status == .dead)),
            .init("Pid", .whole(lives ? record.pid ?? 0 : 0)),
            .init("ExitCode", .whole(lives ? 0 : exitCode)),
            .init("Error", .string(isOwnEnd ? "" : problem)),
            .init("StartedAt", .string(record.startedAtUs.map(LogRecord.timestamp) ?? never)),
            .init("FinishedAt", .string(record.finishedAtUs.map(LogRecord.timestamp) ?? never)),
        ])
    }

    private static func host(_ record: ContainerRecord) -> JSON {
        let setup = record.setup
        let binds = setup.mounts.filter { $0.type != "tmpfs" }.map { mount in
            JSON.string("\(mount.name ?? mount.source):\(mount.destination):\(mount.writable ? "rw" : "ro")")
        }
        return .object([
            .init("Binds", .array(binds)),
            .init("NetworkMode", .string(setup.network)),
            .init("PortBindings", PortList(setup.asked).json),
            .init("AutoRemove", .bool(record.autoRemove)),
            .init("ReadonlyRootfs", .bool(setup.readOnly)),
            .init("Memory", .whole(setup.memoryBytes ?? 0)),
            .init("MemorySwap", .whole(setup.memorySwapBytes ?? 0)),
            .init("NanoCpus", .whole(setup.cpus.map { Int64($0 * 1e9) } ?? 0)),
            .init("CpusetCpus", .string(setup.cpuset ?? "")),
            .init("PidsLimit", .whole(setup.pids)),
        ])
    }

    private static func network(_ record: ContainerRecord, _ status: Container.Status) -> JSON {
        let lives = status == .running || status == .paused
        return .object([
            .init("Ports", PortList(record, status).json),
            .init("IPAddress", .string(lives ? record.setup.address ?? "" : "")),
            .init("Gateway", .string(lives ? record.setup.gateway ?? "" : "")),
        ])
    }

    private static func mount(_ mount: ContainerSetup.Mount) -> JSON {
        var members: [JSON.Member] = [.init("Type", .string(mount.type))]
        if let name = mount.name { members.append(.init("Name", .string(name))) }
        return .object(
            members + [
                .init("Source", .string(mount.source)),
                .init("Destination", .string(mount.destination)),
                .init("Mode", .string(mount.writable ? "" : "ro")),
                .init("RW", .bool(mount.writable)),
            ]
        )
    }

    private static func config(_ record: ContainerRecord) -> JSON {
        .object([
            .init("Hostname", .string(record.setup.hostname)),
            .init("User", .string(record.setup.user)),
            .init("Tty", .bool(record.terminal)),
            .init("OpenStdin", .bool(record.interactive)),
            .init("Env", .array(record.setup.environment.map { .string($0) })),
            .init("Cmd", .array(record.command.map { .string($0) })),
            .init("Image", .string(record.image)),
            .init("ExposedPorts", .object(record.setup.exposedPorts.map { JSON.Member($0, .object([])) })),
            .init("StopSignal", .string(record.setup.stopSignal ?? "SIGTERM")),
            .init("WorkingDir", .string(record.setup.workdir)),
        ])
    }

    private static func note(_ note: ContainerNote) -> JSON {
        .object([.init("Time", .string(LogRecord.timestamp(note.atUs))), .init("Text", .string(note.text))])
    }

    private static func isorun(_ record: ContainerRecord) -> JSON {
        .object([
            .init("KeeperPid", .whole(record.keeperPID)),
            .init("Notes", .array(record.notes.map(note))),
            .init("LogBytesLost", .whole(record.logBytesLost)),
            .init("Result", record.result ?? .null),
        ])
    }
}
