internal import Glibc
internal import IsorunModel
internal import IsorunSystem
public import SystemPackage

/// The lock on a container's slot, which also selects its range of host ids: no two containers of a host share one.
///
/// A slot is a byte of one file of the cgroup file system, write-locked through an open file description of its own
/// (F_OFD_SETLK, fcntl(2)). A cgroup has the same inode in every mount namespace, so all isoruns of a host agree on it;
/// the lock ends with its holder, however that ends; nothing is written and no file is left. Where the kernel has
/// them the file is `memory.reclaim` or `memory.force_empty`, which only the owner can open, so that no other user can
/// hold slots back with a read lock. Two cgroup namespaces that see different roots have different locks.
public struct SlotLock: ~Copyable, Sendable {
    /// How many containers a host can have at a time.
    public static let slotCount = 2048
    /// The slot, from 0.
    public let slot: Int
    private let descriptor: OwnedDescriptor
    /// F_OFD_SETLK of <fcntl.h>, which the Glibc module lacks; the same number on every architecture.
    private static let setOwnLock: Int32 = 37

    /// Locks a free slot, from a random one on, so that isoruns started at the same time seldom meet.
    public static func acquire(_ layout: CgroupLayout) throws(CgroupError) -> SlotLock {
        try acquire(layout, from: Int.random(in: 0..<slotCount))
    }

    static func acquire(_ layout: CgroupLayout, from start: Int) throws(CgroupError) -> SlotLock {
        try acquire(try open(layout.lockFiles), from: start)
    }

    /// Locks a free slot in a file of isorun's own, for a keeper that has no cgroup file to lock: it must be one that
    /// only its owner can open.
    public static func acquire(in file: FilePath) throws(CgroupError) -> SlotLock {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe file.withPlatformString { unsafe Glibc.open($0, flags, 0o600) }
        guard descriptor >= 0 else { throw CgroupError("lock a slot", file, Errno(rawValue: errno)) }
        return try acquire(OwnedDescriptor(descriptor), from: Int.random(in: 0..<slotCount))
    }

    /// Locks a slot if nobody holds it.
    static func acquire(_ layout: CgroupLayout, slot: Int) throws(CgroupError) -> SlotLock? {
        let file = try open(layout.lockFiles)
        return lock(file.raw, slot) == 0 ? SlotLock(slot: slot, descriptor: file) : nil
    }

    static func acquire(_ file: consuming OwnedDescriptor, from start: Int) throws(CgroupError) -> SlotLock {
        for offset in 0..<slotCount {
            let slot = (start + offset) % slotCount
            let result = lock(file.raw, slot)
            if result == 0 { return SlotLock(slot: slot, descriptor: file) }
            guard result == -EAGAIN || result == -EACCES else {
                throw CgroupError("lock a slot", descriptorPath(file.raw), Errno(rawValue: -result))
            }
        }
        throw CgroupError(
            "lock a slot",
            descriptorPath(file.raw),
            nil,
            detail: "all \(slotCount) slots of this host are in use"
        )
    }

    private init(slot: Int, descriptor: consuming OwnedDescriptor) {
        self.slot = slot
        self.descriptor = descriptor
    }

    deinit {
        // A process cloned meanwhile may hold a copy of the descriptor, and closing this one would not end the lock.
        _ = Self.lock(descriptor.raw, slot, F_UNLCK)
    }

    private static func lock(_ descriptor: Int32, _ slot: Int, _ type: Int32 = F_WRLCK) -> Int32 {
        var range = flock()
        range.l_type = Int16(type)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = off_t(slot)
        range.l_len = 1
        return unsafe fcntl(descriptor, setOwnLock, &range) < 0 ? -errno : 0
    }

    /// Opens the first file that this user can open for writing.
    private static func open(_ files: [FilePath]) throws(CgroupError) -> OwnedDescriptor {
        var answer = ENOENT
        for file in files {
            let descriptor = unsafe file.withPlatformString { unsafe Glibc.open($0, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) }
            if descriptor >= 0 { return OwnedDescriptor(descriptor) }
            if errno != ENOENT { answer = errno }
        }
        throw CgroupError(
            "lock a slot",
            files.first ?? "",
            Errno(rawValue: answer),
            hint: [EMFILE, ENFILE].contains(answer)
                ? "too many files are open: raise ulimit -n" : "this user can write no file of any cgroup hierarchy"
        )
    }
}

extension SlotLock {
    /// The files that may carry the lock: from the top down, so that isoruns in different cgroups take the same one.
    static func files(parents: [CgroupLayout.Parent]) -> [FilePath] {
        let memory = parents.first { $0.version == .v1 && $0.controllers.contains(.memory) }
        var files: [FilePath] = memory.map { [$0.top.appending("memory.force_empty")] } ?? []
        guard let first = parents.first else { return [] }
        var directory = first.top
        for component in [nil] + first.directory.components.dropFirst(first.top.components.count).map(Optional.some) {
            if let component { directory.append(component) }
            files += [directory.appending("memory.reclaim"), directory.appending("cgroup.procs")]
        }
        return files
    }
}
