import IsorunModel
import IsorunPlanning
import SystemPackage

extension PlanDocument {
    static func root(_ root: RootPlan) -> JSON {
        .object([
            .init("lower", path(root.lower)),
            .init("assembled", .bool(root.isAssembled)),
            .init("ownersMapped", .bool(root.ownersMapped)),
            .init("readonly", .bool(!root.writable)),
            .init("diskBytes", .whole(root.diskBytes)),
            .init("inodes", .whole(root.inodes)),
            .init("entries", .array(root.entries.map(entry))),
            .init("privateDirectories", .array(root.privateDirectories.map(path))),
            .init("overlays", .array(root.overlays.map(overlay))),
            .init("bound", .array(root.bound.map(volume))),
            .init("volumes", .array(root.volumes.map(volume))),
            .init("tmpfs", .array(root.tmpfs.map { scratch($0, of: root) })),
        ])
    }

    /// By OCI's names.
    private static func user(_ user: UserSpec) -> JSON {
        var members: [JSON.Member] = [.init("uid", .whole(user.uid)), .init("gid", .whole(user.gid))]
        if !user.groups.isEmpty { members.append(.init("additionalGids", .array(user.groups.map { .whole($0) }))) }
        return .object(members)
    }

    static func process(_ process: ProcessPlan) -> JSON {
        .object([
            .init("args", texts(process.arguments)),
            .init("candidates", texts(process.candidates)),
            .init("env", texts(process.environment)),
            .init("cwd", path(process.workdir)),
            .init("user", user(process.user)),
            .init("rlimits", .array(process.rlimits.map(rlimit))),
            .init("seccomp", .string(seccomp(process.seccomp))),
            .init("forbidSetIDBits", .bool(process.forbidSetIDBits)),
            .init("pinCoreLimit", .bool(process.pinCoreLimit)),
            .init("capAdd", .array(process.capAdd.map { .string($0) })),
            .init("capDrop", .array(process.capDrop.map { .string($0) })),
            .init("noNewPrivileges", .bool(true)),
            .init("init", .bool(process.initProcess)),
            .init("terminal", .bool(process.terminal)),
            .init("interactive", .bool(process.interactive)),
        ])
    }

    private static func path(_ path: FilePath) -> JSON { .string(path.string) }
    private static func texts(_ texts: [ByteString]) -> JSON { .array(texts.map { .string($0.text) }) }

    private static func seccomp(_ choice: SeccompChoice) -> String {
        switch choice {
        case .builtin(let name): name.rawValue
        case .file(let path): path.string
        }
    }

    private static func entry(_ entry: LayerEntry) -> JSON {
        var target: String?
        if case .link(let text) = entry.kind { target = text }
        let (kind, mode): (String, UInt32?) =
            switch entry.kind {
            case .emptyDirectory(let mode): ("emptyDirectory", mode)
            case .link: ("link", nil)
            case .directory: ("directory", nil)
            case .uncovered: ("uncovered", nil)
            case .file: ("file", nil)
            case .text: ("text", nil)
            case .hidden: ("hidden", nil)
            case .hiddenMatches: ("hiddenMatches", nil)
            }
        return .object([
            .init("path", path(entry.path)), .init("kind", .string(kind)), .init("target", .text(target)),
            .init("mode", .text(mode.map { String($0, radix: 8) })), .init("onlyIfPresent", .bool(entry.onlyIfPresent)),
        ])
    }

    private static func overlay(_ overlay: OverlayPlan) -> JSON {
        .object([
            .init("source", path(overlay.source)), .init("destination", path(overlay.destination)),
            .init("optional", .bool(overlay.optional)),
        ])
    }

    private static func volume(_ volume: VolumePlan) -> JSON {
        .object([
            .init("source", path(volume.source)), .init("destination", path(volume.destination)),
            .init("readonly", .bool(!volume.writable)), .init("directory", .bool(volume.isDirectory)),
        ])
    }

    private static func scratch(_ scratch: TmpfsSpec, of root: RootPlan) -> JSON {
        .object([
            .init("destination", path(scratch.destination)),
            .init("sizeBytes", .whole(scratch.size?.bytes ?? root.diskBytes)),
        ])
    }

    // JSON numbers of many readers end at 2^53; unlimited is no number at all.
    private static func rlimit(_ limit: Rlimit) -> JSON {
        func value(_ value: UInt64) -> JSON { value == .max ? .string("unlimited") : .whole(value) }
        return .object([
            .init("type", .string(limit.resource.rawValue)), .init("soft", value(limit.soft)),
            .init("hard", value(limit.hard)),
        ])
    }
}
