internal import IsorunModel
package import IsorunReporting

extension ContainerRecord {
    /// The value of the key `schema`.
    static let schema = "isorun.container/1"

    /// The record as it is stored.
    package var json: JSON {
        .object([
            .init("schema", .string(Self.schema)),
            .init("id", .string(id)),
            .init("name", .string(name)),
            .init("createdAtUs", .whole(createdAtUs)),
            .init("command", .array(command.map { .string($0) })),
            .init("image", .string(image)),
            .init("autoRemove", .bool(autoRemove)),
            .init("terminal", .bool(terminal)),
            .init("interactive", .bool(interactive)),
            .init("phase", .string(phase.rawValue)),
            .init("paused", .bool(isPaused)),
            .init("keeperPid", .whole(keeperPID)),
            .init("pid", .whole(pid)),
            .init("startedAtUs", .whole(startedAtUs)),
            .init("finishedAtUs", .whole(finishedAtUs)),
            .init("exitCode", .whole(exitCode)),
            .init("setup", setup.json),
            .init("ports", .array(ports.map(\.json))),
            .init("notes", .array(notes.map(\.json))),
            .init("logBytesLost", .whole(logBytesLost)),
            .init("result", result ?? .null),
        ])
    }

    /// Reads a stored record; nil for what is none.
    package init?(_ json: JSON) {
        guard json["schema"]?.string == Self.schema, let id = json["id"]?.string, let name = json["name"]?.string else {
            return nil
        }
        guard let created: Int64 = json["createdAtUs"]?.integer(), let image = json["image"]?.string else { return nil }
        guard let phase = json["phase"]?.string.flatMap(Phase.init) else { return nil }
        let command = json["command"]?.array?.compactMap(\.string) ?? []
        let autoRemove = json["autoRemove"]?.bool ?? false
        self.init(id: id, name: name, createdAtUs: created, command: command, image: image, autoRemove: autoRemove)
        self.phase = phase
        terminal = json["terminal"]?.bool ?? false
        interactive = json["interactive"]?.bool ?? false
        isPaused = json["paused"]?.bool ?? false
        keeperPID = json["keeperPid"]?.integer()
        pid = json["pid"]?.integer()
        startedAtUs = json["startedAtUs"]?.integer()
        finishedAtUs = json["finishedAtUs"]?.integer()
        exitCode = json["exitCode"]?.integer()
        setup = ContainerSetup(json["setup"] ?? .null)
        ports = json["ports"]?.array?.compactMap(PublishedPort.init) ?? []
        notes = json["notes"]?.array?.compactMap(ContainerNote.init) ?? []
        logBytesLost = json["logBytesLost"]?.integer() ?? 0
        if let stored = json["result"], stored != .null { result = stored }
    }
}

extension ContainerSetup {
    var json: JSON {
        .object([
            .init("environment", .array(environment.map { .string($0) })),
            .init("workdir", .string(workdir)),
            .init("user", .string(user)),
            .init("hostname", .string(hostname)),
            .init("network", .string(network)),
            .init("address", .text(address)),
            .init("gateway", .text(gateway)),
            .init("asked", .array(asked.map(\.json))),
            .init("exposedPorts", .array(exposedPorts.map { .string($0) })),
            .init("stopSignal", .text(stopSignal)),
            .init("readOnly", .bool(readOnly)),
            .init("memoryBytes", .whole(memoryBytes)),
            .init("memorySwapBytes", .whole(memorySwapBytes)),
            .init("cpus", .decimal(cpus)),
            .init("cpuset", .text(cpuset)),
            .init("pids", .whole(pids)),
            .init("mounts", .array(mounts.map(\.json))),
        ])
    }

    init(_ json: JSON) {
        environment = json["environment"]?.array?.compactMap(\.string) ?? []
        workdir = json["workdir"]?.string ?? ""
        user = json["user"]?.string ?? ""
        hostname = json["hostname"]?.string ?? ""
        network = json["network"]?.string ?? "none"
        address = json["address"]?.string
        gateway = json["gateway"]?.string
        asked = json["asked"]?.array?.compactMap(PublishedPort.init) ?? []
        exposedPorts = json["exposedPorts"]?.array?.compactMap(\.string) ?? []
        stopSignal = json["stopSignal"]?.string
        readOnly = json["readOnly"]?.bool ?? false
        memoryBytes = json["memoryBytes"]?.integer()
        memorySwapBytes = json["memorySwapBytes"]?.integer()
        cpus = json["cpus"]?.double
        cpuset = json["cpuset"]?.string
        pids = json["pids"]?.integer()
        mounts = json["mounts"]?.array?.compactMap(Mount.init) ?? []
    }
}

extension ContainerSetup.Mount {
    var json: JSON {
        .object([
            .init("type", .string(type)),
            .init("name", .text(name)),
            .init("source", .string(source)),
            .init("destination", .string(destination)),
            .init("writable", .bool(writable)),
        ])
    }

    init?(_ json: JSON) {
        guard let type = json["type"]?.string, let destination = json["destination"]?.string else { return nil }
        self.init(
            type: type,
            name: json["name"]?.string,
            source: json["source"]?.string ?? "",
            destination: destination,
            writable: json["writable"]?.bool ?? false
        )
    }
}

extension PublishedPort {
    var json: JSON {
        .object([
            .init("address", .string("\(address)")),
            .init("host", .whole(hostPort)),
            .init("container", .whole(containerPort)),
            .init("transport", .string(transport.rawValue)),
        ])
    }

    init?(_ json: JSON) {
        guard let address = json["address"]?.string.flatMap({ IPAddress(parsing: $0) }) else { return nil }
        guard let host: UInt16 = json["host"]?.integer(), let inside: UInt16 = json["container"]?.integer() else {
            return nil
        }
        guard let transport = json["transport"]?.string.flatMap(Transport.init) else { return nil }
        self.init(host, to: inside, transport, at: address)
    }
}
