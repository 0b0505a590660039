internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension JobRun {
    func user(named text: String) throws(SandboxError) -> UserSpec {
        let step = "look the user up"
        // Init is open to nobody but root; who else is in the container shows the same files.
        let processes = container.cgroup.processes(below: container.pid, and: []).filter { $0 != container.pid }
        for process in processes + [container.pid] {
            guard let root = Self.root(of: process) else { continue }
            do throws(ImageError) {
                let user = try ImageUser(
                    text,
                    passwd: Self.read("etc/passwd", in: root),
                    group: Self.read("etc/group", in: root)
                )
                return user.spec
            } catch {
                throw SandboxError(step: step, detail: error.message, hint: error.hint)
            }
        }
        if let user = try? ImageUser(text, passwd: [], group: []) { return user.spec }
        throw SandboxError(step: step, detail: "the container's files cannot be seen from here: give numbers")
    }

    private static func root(of process: Int32) -> OwnedDescriptor? {
        let raw = unsafe open("/proc/\(process)/root", isorun_path_only | O_DIRECTORY | O_CLOEXEC)
        return raw < 0 ? nil : OwnedDescriptor(raw)
    }

    // The container's own file, and hostile: its links lead nowhere but into it, and nothing there is waited for.
    private static func read(_ path: String, in root: borrowing OwnedDescriptor) -> [UInt8] {
        let flags = UInt64(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        let resolve = isorun_resolve_in_root | isorun_resolve_no_magiclinks
        let raw = unsafe isorun_openat2(root.raw, path, flags, 0, resolve)
        guard raw >= 0 else { return [] }
        let file = OwnedDescriptor(raw)
        guard (try? EntryStatus(of: file))?.kind == .file else { return [] }
        return (try? SmallFile.read(file, named: FilePath(path), limit: 1 << 20)) ?? []
    }
}
