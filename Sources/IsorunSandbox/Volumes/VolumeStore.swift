internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
package import IsorunSystem
package import SystemPackage

/// Named volumes of one user: directories that outlive containers.
///
/// Theory of operation. A volume is a directory with a `lock` and with `_data`, which is what containers see. It is made
/// aside and renamed, so what has a name is whole; `filled` says that it began with what an image had. Who runs a container with it holds a reader's lock for as long as
/// the container lives, and the kernel lets go of that however the holder ends; who removes it takes a writer's, and
/// renames it before anything in it goes. So it is never removed under a container, and never half there.
package struct VolumeStore: Sendable {
    /// Where it is.
    package let path: FilePath

    package static let dataName = "_data"
    static let lockName = "lock"
    static let filledName = "filled"
    static let fillingPrefix = ".filling-"

    /// Puts into a directory what a volume begins with; false where there is nothing for it.
    package typealias Filling = (FilePath) throws(SystemError) -> Bool

    package init(at path: FilePath) {
        self.path = path
    }

    /// The caller's own: `/var/lib/isorun/volumes` for root, else below `XDG_DATA_HOME`.
    package static var own: VolumeStore {
        if geteuid() == 0 { return VolumeStore(at: "/var/lib/isorun/volumes") }
        func value(_ name: String) -> FilePath? {
            unsafe getenv(name).map { unsafe FilePath(platformString: $0) }.flatMap { $0.isAbsolute ? $0 : nil }
        }
        let data = value("XDG_DATA_HOME") ?? (value("HOME") ?? "/").appending(".local").appending("share")
        return VolumeStore(at: data.appending("isorun").appending("volumes"))
    }

    /// Where a volume's files are.
    package func data(of name: String) -> FilePath { path.appending(name).appending(Self.dataName) }

    /// docker's rule for names.
    package static func isName(_ text: String) -> Bool { VolumeSpec.isName(ByteString(text)) }

    // MARK: Finding

    /// The names of all volumes, in order.
    package func names() -> [String] {
        guard let store = try? HeldDirectory(host: path) else { return [] }
        return ((try? store.names()) ?? []).filter { Self.isName($0) && exists($0) }.sorted()
    }

    /// Whether there is such a volume.
    package func exists(_ name: String) -> Bool {
        unsafe data(of: name).withPlatformString { unsafe access($0, F_OK) } == 0
    }

    /// When a volume was made, in microseconds since 1970; nil where there is none.
    package func createdAtUs(_ name: String) -> Int64? {
        // Nothing writes into it afterwards.
        var status = stat()
        let lock = path.appending(name).appending(Self.lockName)
        guard unsafe lock.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
    }

    // MARK: Making

    /// Makes a volume; whether there was none of the name.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - fill: puts into its directory what it begins with, before it has its name: it is killed at any moment without
    ///     a trace of that, and of two that fill at once one is late. Without it the volume is empty until its first use.
    /// - Returns: false where there is one already, which is left as it is.
    /// - Throws: the kernel's answer, and what `fill` throws.
    @discardableResult
    package func create(
        _ name: String,
        fill: Filling? = nil
    ) throws(SystemError) -> Bool {
        if exists(name) { return false }
        let store = try HeldDirectory(makingHost: path)
        // Whatever is in volumes, nobody else of this host comes to it.
        _ = fchmod(store.descriptor.raw, 0o700)
        let aside = Self.randomName(".new-")
        try store.makeDirectory(aside, mode: 0o700, uid: geteuid(), gid: getegid())
        do throws(SystemError) {
            let volume = try store.directory(aside)
            try volume.makeFile(Self.lockName, mode: 0o600, uid: geteuid(), gid: getegid())
            try volume.makeDirectory(Self.dataName, mode: 0o755, uid: geteuid(), gid: getegid())
            // Who sweeps leaves alone what somebody holds.
            let lock = try volume.file(Self.lockName)
            _ = try check(isorun_lock_shared(lock.raw), "lock the volume", name)
            defer { isorun_unlock(lock.raw) }
            if let fill, try fill(path.appending(aside).appending(Self.dataName)) {
                try volume.makeFile(Self.filledName, mode: 0o600, uid: geteuid(), gid: getegid())
            }
            let result = unsafe renameat(store.descriptor.raw, aside, store.descriptor.raw, name)
            if result == 0 { return true }
            let answer = Errno(rawValue: errno)
            Self.discard(aside, of: store)
            // Somebody else was first: a directory takes the place of an empty one only.
            guard [.fileExists, .directoryNotEmpty].contains(answer) else {
                throw SystemError("make the volume", name, answer)
            }
            return false
        } catch {
            Self.discard(aside, of: store)
            throw error
        }
    }

    static func randomName(_ prefix: String) -> String {
        prefix + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    static func discard(_ name: String, of directory: borrowing HeldDirectory) {
        try? directory.directory(name).removeContents()
        _ = unsafe unlinkat(directory.descriptor.raw, name, AT_REMOVEDIR)
    }

    // MARK: Using

    /// Keeps a volume from being removed, after making it where it is missing.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - fill: puts into a new one what it begins with, and into one that was made empty and is so still.
    /// - Returns: what holds it as long as it lives.
    /// - Throws: the kernel's answer, and what `fill` throws.
    package func hold(
        _ name: String,
        fill: Filling? = nil
    ) throws(SystemError) -> VolumeHold {
        while true {
            if try !create(name, fill: fill), let fill { try fillAtFirstUse(name, fill) }
            let lock = path.appending(name).appending(Self.lockName)
            let raw = unsafe lock.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
            if raw < 0 && errno == ENOENT { continue }
            let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the lock of the volume", name)
            _ = try check(isorun_lock_shared(file.raw), "lock the volume", name)
            if isNamed(name, file) { return VolumeHold(file) }
        }
    }

    /// Whether a lock is that of the volume of this name: one that was removed meanwhile is not.
    func isNamed(_ name: String, _ file: borrowing OwnedDescriptor) -> Bool {
        var mine = stat()
        var named = stat()
        let lock = path.appending(name).appending(Self.lockName)
        _ = unsafe fstat(file.raw, &mine)
        let isThere = unsafe lock.withPlatformString { unsafe stat($0, &named) } == 0
        return isThere && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
    }

    /// Whether a container uses a volume.
    package func isUsed(_ name: String) -> Bool {
        let lock = path.appending(name).appending(Self.lockName)
        let raw = unsafe lock.withPlatformString { unsafe open($0, O_RDWR | O_CLOEXEC) }
        guard raw >= 0 else { return false }
        let file = OwnedDescriptor(raw)
        return isorun_is_used(file.raw) == 1
    }

    // MARK: Removing

    /// What came of an attempt to remove a volume.
    package enum Removal: Hashable, Sendable { case removed, missing, used }

    /// Removes a volume that nobody uses.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - clear: empties a directory that this process may not empty itself: that of a volume in which containers of an
    ///     unprivileged user made directories of ids that only they have.
    /// - Returns: whether it is gone.
    /// - Throws: the kernel's answer; what is left is tried again with the next removal.
    package func remove(_ name: String, clear: (FilePath) -> Bool) throws(SystemError) -> Removal {
        guard Self.isName(name), exists(name), let store = try? HeldDirectory(host: path) else { return .missing }
        let lock = path.appending(name).appending(Self.lockName)
        let raw = unsafe lock.withPlatformString { unsafe open($0, O_RDWR | O_CLOEXEC) }
        if raw < 0 && errno == ENOENT { return .missing }
        let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the lock of the volume", name)
        guard isorun_lock(file.raw, 0) >= 0 else { return .used }
        let aside = Self.randomName(".gone-")
        let renamed = unsafe renameat(store.descriptor.raw, name, store.descriptor.raw, aside)
        if renamed < 0 {
            if errno == ENOENT { return .missing }
            throw SystemError("remove the volume", name, Errno(rawValue: errno))
        }
        try sweep(clear: clear)
        return .removed
    }

    /// Removes what killed makers, fillers and removers left.
    package func sweep(clear: (FilePath) -> Bool) throws(SystemError) {
        guard let store = try? HeldDirectory(host: path) else { return }
        for name in (try? store.names()) ?? [] where name.hasPrefix(".gone-") || name.hasPrefix(".new-") {
            // A new one that is a moment old is somebody's who lives.
            if name.hasPrefix(".new-"), !isOld(name) || isUsed(name) { continue }
            let volume = try store.directory(name)
            let places = try volume.names().filter { $0 == Self.dataName || $0.hasPrefix(Self.fillingPrefix) }
            try Self.empty(volume, places.map { path.appending(name).appending($0) }, clear)
            _ = unsafe unlinkat(store.descriptor.raw, name, AT_REMOVEDIR)
        }
        for name in names() { sweepFillings(of: name, clear) }
    }

    /// Empties a directory, with the help of who may do so in places where this process may not.
    static func empty(
        _ directory: borrowing HeldDirectory,
        _ places: [FilePath],
        _ clear: (FilePath) -> Bool
    ) throws(SystemError) {
        do throws(SystemError) {
            try directory.removeContents()
        } catch {
            guard [.permissionDenied, .notPermitted].contains(error.errno) else { throw error }
            guard places.allSatisfy(clear) else { throw error }
            try directory.removeContents()
        }
    }

    private func isOld(_ name: String) -> Bool {
        var status = stat()
        guard unsafe path.appending(name).withPlatformString({ unsafe stat($0, &status) }) == 0 else { return false }
        return Clock.wallMicroseconds / 1_000_000 - Int64(status.st_mtim.tv_sec) > 60
    }

    /// Bytes that a volume's files take on disk; those that cannot be looked at are left out.
    package func size(of name: String) -> UInt64 {
        guard let data = try? HeldDirectory(host: data(of: name)) else { return 0 }
        return Self.size(of: data, depth: 0)
    }

    private static func size(of directory: borrowing HeldDirectory, depth: Int) -> UInt64 {
        var sum: UInt64 = 0
        for name in (try? directory.names()) ?? [] {
            guard let status = try? directory.status(name) else { continue }
            if status.kind == .directory {
                guard depth < 200, let child = try? directory.directory(name) else { continue }
                sum += size(of: child, depth: depth + 1)
            } else {
                sum += status.size
            }
        }
        return sum
    }
}

/// What keeps a volume from being removed.
package struct VolumeHold: ~Copyable, Sendable {
    private let lock: OwnedDescriptor
    /// The descriptor, for tests.
    var number: Int32 { lock.raw }

    fileprivate init(_ lock: consuming OwnedDescriptor) { self.lock = lock }

    deinit {
        // A process cloned meanwhile may hold a copy of the descriptor, and closing this one would not end the lock.
        isorun_unlock(lock.raw)
    }
}
