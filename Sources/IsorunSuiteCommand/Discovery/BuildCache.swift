import Glibc
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunSandbox
import IsorunSystem
import SystemPackage

/// Build directories that outlive a run, for one package and one way to build it; one run at a time has them.
///
/// Theory of operation. A cache is a directory that only the caller enters, with a `lock`, with what the package was
/// (`package`), and with the build directories, which are what containers see of it. While a build is under way a mark
/// (`building`) says so, for tools take a file that a killed build left behind for a whole one. What is found with a
/// mark, or was made of another directory that had the package's path, is emptied before anything starts from it; and as
/// the mark stands meanwhile, too, this is gone on with by the next run when it is cut short itself.
final class BuildCache {
    /// Why a run has none.
    enum Refusal: Error, CustomStringConvertible {
        /// Somebody has it.
        case inUse
        /// It cannot be had.
        case failure(SystemError)

        /// For a person.
        var description: String {
            switch self {
            case .inUse: "another run, or another job of this one, has the build cache of this package"
            case .failure(let error): "\(error)"
            }
        }
    }

    /// What a cache is for.
    struct Subject {
        /// The package's directory.
        var package: FilePath
        /// The build directories, from there.
        var names: [String]
        /// The name of all builds that may start from each other's files.
        var key: String
        /// What tells the package, and other directories that the build reads, from others at the same paths.
        var identity: String
        /// Who builds.
        var user = UserSpec(uid: 0, gid: 0)
    }

    private let subject: Subject
    private let path: FilePath
    private let directory: HeldDirectory
    private let lock: OwnedDescriptor

    private static let mark = "building"
    private static let identityName = "package"

    /// Takes the cache of a subject.
    ///
    /// - Parameters:
    ///   - caches: where isorun keeps what outlives runs.
    ///   - subject: what it is for.
    ///   - clear: empties a directory in which others than the caller have made some: whether that is so then.
    /// - Throws: why it cannot be had.
    init(
        in caches: FilePath,
        for subject: Subject,
        clear: (FilePath) -> Bool = VolumeClearing.clear
    ) throws(Refusal) {
        self.subject = subject
        let builds = caches.appending("builds")
        path = builds.appending(subject.key)
        do throws(SystemError) {
            let own = try OwnDirectory.open(caches, for: .readers)
            let all = try OwnDirectory.open("builds", in: own, at: builds, for: .caller)
            directory = try OwnDirectory.open(subject.key, in: all, at: path, for: .caller)
            let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
            let raw = unsafe openat(directory.descriptor.raw, "lock", flags, 0o600)
            lock = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the lock of", path.string)
        } catch {
            throw .failure(error)
        }
        guard flock(lock.raw, LOCK_EX | LOCK_NB) == 0 else { throw .inUse }
        do throws(SystemError) { try prepare(clear) } catch { throw .failure(error) }
    }

    // A process that is cloned at this moment has a copy of the descriptor: to close this one would not end the lock.
    deinit { flock(lock.raw, LOCK_UN) }

    /// Where they are seen inside: written through by the build, copy-on-write for the tests.
    func volumes(writable: Bool) -> [VolumeSpec] {
        subject.names.map { name in
            VolumeSpec(source: path.appending(name), destination: subject.package.appending(name), writable: writable)
        }
    }

    // MARK: The build

    /// Says that a build is under way.
    func begin() throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe openat(directory.descriptor.raw, Self.mark, flags, 0o600)
        _ = try OwnedDescriptor(raw < 0 ? -errno : raw, "mark the build cache", path.string)
    }

    /// Says that it is over, where it has ended by itself, and tells of one that left nothing to be kept.
    func end(_ result: JobResult) {
        guard Self.isWhole(result) else { return }
        unmark()
        guard result.outcome == .passed, subject.names.allSatisfy(isEmpty) else { return }
        let names = subject.names.map { TerminalText.escape($0) }.joined(separator: ", ")
        Say.error("note: --build-cache keeps nothing: the build has left nothing in \(names)")
    }

    /// Whether what a build has left is what it meant to leave: it came to its own end, and nothing of it was killed.
    static func isWhole(_ result: JobResult) -> Bool {
        let isItsOwnEnd = result.outcome == .passed || result.outcome == .failed
        return isItsOwnEnd && result.exitCode != nil && (result.events.oomKills ?? 0) == 0
    }

    private func unmark() { _ = unsafe unlinkat(directory.descriptor.raw, Self.mark, 0) }

    // Of one that the caller cannot look into something has become.
    private func isEmpty(_ name: String) -> Bool {
        do throws(SystemError) { return try directory.directory(name).isEmpty() } catch { return false }
    }

    // MARK: What is found

    private func prepare(_ clear: (FilePath) -> Bool) throws(SystemError) {
        let isCutShort = try directory.status(Self.mark) != nil
        let isOfAnother = try !isOfSamePackage()
        if isCutShort || isOfAnother {
            try begin()
            try empty(isCutShort ? Self.cutShort : Self.another, clear)
            try directory.replace(ByteString(Self.identityName), mode: 0o600) {
                (file: borrowing OwnedDescriptor) throws(SystemError) in
                try file.write(all: subject.identity.utf8)
            }
            unmark()
        }
        let owner = Self.owner(subject.user, isRoot: geteuid() == 0)
        for name in subject.names where try directory.status(name) == nil {
            try directory.makeDirectory(
                name,
                mode: owner.mode,
                uid: owner.uid ?? geteuid(),
                gid: owner.gid ?? getegid()
            )
        }
    }

    private static let cutShort = "the last build in it was killed, or a part of that"
    private static let another = "it was built from another directory than the one that is there now"

    private func isOfSamePackage() throws(SystemError) -> Bool {
        try HostReading.answer(path.appending(Self.identityName), limit: 1 << 20) == Array(subject.identity.utf8)
    }

    private func empty(_ reason: String, _ clear: (FilePath) -> Bool) throws(SystemError) {
        var wasUsed = false
        for name in subject.names where try directory.status(name) != nil {
            if !isEmpty(name) { wasUsed = true }
            try remove(name, clear)
        }
        if wasUsed { Say.error("note: the build cache is emptied: \(reason)") }
    }

    private func remove(_ name: String, _ clear: (FilePath) -> Bool) throws(SystemError) {
        do throws(SystemError) {
            try directory.directory(name).removeContents()
        } catch {
            guard clear(path.appending(name)) else { throw error }
        }
        guard unsafe unlinkat(directory.descriptor.raw, name, AT_REMOVEDIR) == 0 else {
            throw SystemError("remove", path.appending(name).string, Errno(rawValue: errno))
        }
    }

    /// Whose a build directory is: nil is the caller's own id.
    ///
    /// Root's ids are shown inside as they are. Of others' only the caller's own is known, who is root inside; any user
    /// may write to what nobody else comes to.
    static func owner(_ user: UserSpec, isRoot: Bool) -> (mode: UInt32, uid: UInt32?, gid: UInt32?) {
        if isRoot { return (0o755, user.uid, user.gid) }
        return (user.uid == 0 ? 0o755 : 0o777, nil, nil)
    }
}
