internal import ArgumentParser
internal import Glibc
internal import IsorunContainers
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem

/// `isorun volume`.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Named volumes: directories that outlive containers, mounted with -v NAME:DIR.",
        subcommands: [
            VolumeCreate.self, VolumeList.self, VolumeInspect.self, VolumeRemove.self, VolumePrune.self,
        ]
    )
}

/// `isorun volume create`.
struct VolumeCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a volume and print its name; one that is there is left as it is."
    )
    @Argument(help: .init("Its name. (default: one of chance)", valueName: "name")) var name: String?

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try create() })
    }

    private func create() throws(ContainerError) -> Int32 {
        if let name, !VolumeStore.isName(name) {
            throw ContainerError(
                "\"\(name)\" is no name for a volume; for example: data; letters, digits and _ . - after the first",
                isUsage: true
            )
        }
        var chosen = name ?? ""
        if name == nil { chosen = try telling { () throws(SystemError) in try ContainerID.make() } }
        try telling { () throws(SystemError) in _ = try VolumeStore.own.create(chosen) }
        emit(chosen + "\n")
        return 0
    }
}

/// `isorun volume list`.
struct VolumeList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List volumes.", aliases: ["ls"])
    @Flag(name: .shortAndLong, help: "Names only.") var quiet = false
    @Option(help: .init("table, json, or a template as '{{.Name}} {{.Mountpoint}}'.", valueName: "format"))
    var format: String?
    @Option(name: .shortAndLong, help: .init("name=, dangling=true|false; may be repeated.", valueName: "key=value"))
    var filter: [String] = []

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try list() })
    }

    private func list() throws(ContainerError) -> Int32 {
        let shape = try OutputShape(format)
        let wanted = try VolumeFilter(filter)
        let store = VolumeStore.own
        let names = store.names().filter { name in wanted.matches(name) { store.isUsed(name) } }
        guard !quiet else {
            for name in names { emit(name + "\n") }
            return 0
        }
        let rows = names.map { (cells: ["local", $0], json: VolumeDocument.json($0, store)) }
        try shape.print(head: ["DRIVER", "VOLUME NAME"], rows)
        return 0
    }
}

/// `isorun volume inspect`.
struct VolumeInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known of volumes, as JSON with docker's field names."
    )
    @Option(name: .shortAndLong, help: .init("json, or a template as '{{.Mountpoint}}'.", valueName: "format"))
    var format: String?
    @Argument(help: .init("Names.", valueName: "volume")) var volumes: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try show() })
    }

    private func show() throws(ContainerError) -> Int32 {
        let template = format == nil || format == "json" ? nil : try Template(format ?? "")
        let store = VolumeStore.own
        var documents: [JSON] = []
        let code = forEach(volumes) { name throws(ContainerError) in
            guard VolumeStore.isName(name), store.exists(name) else { throw ContainerError("no such volume: \(name)") }
            let document = VolumeDocument.json(name, store)
            if let template { emit(try template.fill(from: document) + "\n") }
            documents.append(document)
        }
        guard template == nil else { return code }
        emit((format == "json" ? JSON.array(documents).line : JSON.array(documents).indented()) + "\n")
        return code
    }
}

/// `isorun volume remove`.
struct VolumeRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove volumes that no container uses, with all that is in them.",
        aliases: ["rm"]
    )
    @Flag(name: .shortAndLong, help: "What is not there is as good as removed.") var force = false
    @Argument(help: .init("Names.", valueName: "volume")) var volumes: [String]

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try remove() })
    }

    private func remove() throws(ContainerError) -> Int32 {
        let containers = try telling { () throws(SystemError) in try ContainerStore.own() }
        return forEach(volumes) { name throws(ContainerError) in
            let removal = try telling { () throws(SystemError) in
                try VolumeStore.own.remove(name, clear: VolumeClearing.clear)
            }
            switch removal {
            case .removed: break
            case .missing: if !force { throw ContainerError("no such volume: \(name)") }
            case .used:
                var users: [String] = []
                containers.forEach { container in
                    guard container.isAlive, container.record.setup.mounts.contains(where: { $0.name == name }) else {
                        return
                    }
                    users.append(ContainerID.short(container.id))
                }
                let whose = users.isEmpty ? "by a job that runs" : "by " + users.joined(separator: ", ")
                throw ContainerError("remove \(name): the volume is in use \(whose)")
            }
            emit(name + "\n")
        }
    }
}

/// `isorun volume prune`.
struct VolumePrune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove volumes that were made without a name and that no container uses."
    )
    @Flag(name: .shortAndLong, help: "Those with a name, too.") var all = false
    @Flag(name: .shortAndLong, help: "Do not ask first.") var force = false

    func run() throws {
        throw ExitCode(attempt { () throws(ContainerError) in try prune() })
    }

    private func prune() throws(ContainerError) -> Int32 {
        if !force, try !isWanted() { return 0 }
        let store = VolumeStore.own
        var removed: [String] = []
        var bytes: UInt64 = 0
        var code: Int32 = 0
        for name in store.names() where all || ContainerID.isWhole(name) {
            let size = store.size(of: name)
            do throws(SystemError) {
                guard try store.remove(name, clear: VolumeClearing.clear) == .removed else { continue }
                removed.append(name)
                bytes += size
            } catch {
                complain("\(error)")
                code = 1
            }
        }
        if !removed.isEmpty { emit("Deleted Volumes:\n" + removed.joined(separator: "\n") + "\n\n") }
        emit("Total reclaimed space: \(ByteCount(bytes))\n")
        return code
    }

    private func isWanted() throws(ContainerError) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ContainerError("standard input is no terminal to ask on: isorun volume prune --force", isUsage: true)
        }
        let which = all ? "all volumes" : "volumes without a name"
        emit("This removes \(which) that no container uses, with all that is in them. Continue? [y/N] ")
        let answer = readLine() ?? ""
        return answer.lowercased() == "y" || answer.lowercased() == "yes"
    }
}
