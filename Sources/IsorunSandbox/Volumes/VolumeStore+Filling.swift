internal import CIsorunSystem
internal import Glibc
internal import IsorunSystem
internal import SystemPackage

extension VolumeStore {
    /// Fills a volume that was made empty, at its first use: aside, and in one step.
    func fillAtFirstUse(_ name: String, _ fill: Filling) throws(SystemError) {
        // One that is removed meanwhile is made anew.
        guard mayBeFilled(name), let volume = try? HeldDirectory(host: path.appending(name)) else { return }
        let raw = unsafe openat(volume.descriptor.raw, Self.lockName, O_RDWR | O_CLOEXEC)
        if raw < 0 && errno == ENOENT { return }
        let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the lock of the volume", name)
        // While another container has it, it stays as that one sees it; who fills it is waited for with the next lock.
        guard isorun_lock(file.raw, 0) >= 0 else { return }
        defer { isorun_unlock(file.raw) }
        guard isNamed(name, file), mayBeFilled(name) else { return }
        let aside = Self.randomName(Self.fillingPrefix)
        try volume.makeDirectory(aside, mode: 0o755, uid: geteuid(), gid: getegid())
        do throws(SystemError) {
            guard try fill(path.appending(name).appending(aside)) else { return Self.discard(aside, of: volume) }
            let result = unsafe renameat(volume.descriptor.raw, aside, volume.descriptor.raw, Self.dataName)
            let answer = Errno(rawValue: errno)
            if result < 0 {
                // Somebody of the host has put something there since.
                guard [.fileExists, .directoryNotEmpty].contains(answer) else {
                    throw SystemError("fill the volume", name, answer)
                }
                return Self.discard(aside, of: volume)
            }
        } catch {
            Self.discard(aside, of: volume)
            throw error
        }
        // Without the mark it would be filled once more when everything in it has been removed.
        try? volume.makeFile(Self.filledName, mode: 0o600, uid: geteuid(), gid: getegid())
    }

    private func mayBeFilled(_ name: String) -> Bool {
        let mark = path.appending(name).appending(Self.filledName)
        guard unsafe mark.withPlatformString({ unsafe access($0, F_OK) }) != 0 else { return false }
        return (try? HeldDirectory(host: data(of: name)).isEmpty()) ?? false
    }

    /// Removes what was to fill a volume, and never did.
    func sweepFillings(of name: String, _ clear: (FilePath) -> Bool) {
        guard let volume = try? HeldDirectory(host: path.appending(name)) else { return }
        let left = ((try? volume.names()) ?? []).filter { $0.hasPrefix(Self.fillingPrefix) }
        // Who fills it has its lock, and what is filled since then another name.
        guard !left.isEmpty, !isUsed(name) else { return }
        for aside in left {
            guard let directory = try? volume.directory(aside) else { continue }
            try? Self.empty(directory, [path.appending(name).appending(aside)], clear)
            _ = unsafe unlinkat(volume.descriptor.raw, aside, AT_REMOVEDIR)
        }
    }
}
