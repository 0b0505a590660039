internal import ArgumentParser
internal import IsorunContainers
internal import IsorunImageStore
internal import IsorunImages

/// `isorun image remove`.
struct ImageRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take images' names away, and the images with their last ones.",
        aliases: ["rm"]
    )
    @Flag(name: .shortAndLong, help: "All names at once, and although a container runs on it.") var force = false
    @Argument(help: .init("Names, digests, ids, or beginnings of ids.", valueName: "image")) var images: [String]

    func run() throws {
        var code: Int32 = 0
        let opened = attempt { () throws(ImageError) in
            let store = try OwnStore.open()
            for image in images {
                let result = attempt { () throws(ImageError) in tell(try store.remove(image, force: force)) }
                if result != 0 { code = result }
            }
        }
        throw ExitCode(opened != 0 ? opened : code)
    }

    private func tell(_ removal: Removal) {
        for name in removal.untagged { emit("Untagged: \(name)\n") }
        for digest in removal.deleted { emit("Deleted: \(digest)\n") }
    }
}

/// `isorun image prune`.
struct ImagePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove images without a name, and all that belongs to none."
    )
    @Flag(name: .shortAndLong, help: "Also those that have a name, unless a container runs on them.") var all = false
    @Flag(name: .shortAndLong, help: "For docker's users: nothing is asked.") var force = false

    func run() throws {
        let code = attempt { () throws(ImageError) in
            let store = try OwnStore.open()
            let removal = try store.prune(all: all)
            if !removal.untagged.isEmpty || !removal.deleted.isEmpty { emit("Deleted Images:\n") }
            for name in removal.untagged { emit("untagged: \(name)\n") }
            for digest in removal.deleted { emit("deleted: \(digest)\n") }
            if !removal.untagged.isEmpty || !removal.deleted.isEmpty { emit("\n") }
            emit("Total reclaimed space: \(HumanSize.decimal(removal.bytes))\n")
        }
        throw ExitCode(code)
    }
}
