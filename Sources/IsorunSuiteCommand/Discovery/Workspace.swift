import Glibc
import IsorunSandbox
import IsorunSystem
import Synchronization
import SystemPackage

/// The directories of a run, what its containers have in common, and what ends them.
final class Workspace {
    /// The signals that come from now on.
    let interruption: Interruption
    /// Where isorun keeps what outlives runs.
    let caches: FilePath
    /// For frameworks' reports.
    let scratch: FilePath
    private var own: RunDirectory?
    private var made: RunCommons?

    /// What those that build and list share with those of the tests.
    var commons: RunCommons {
        let commons = made ?? RunCommons()
        made = commons
        return commons
    }

    /// Makes them: a file system of this process's own for root, a directory of the caller's for everybody else.
    init() throws(Failure) {
        let leftover = Leftover()
        let interruption = Interruption { number in
            leftover.remove()
            Interruption.die(by: number)
        }
        self.interruption = interruption
        try Failure.own { () throws(SystemError) in
            try HeardSignals.hear(EndingSignals.all) { interruption.come($0) }
        }
        if geteuid() == 0 {
            caches = "/var/cache/isorun"
            let place = caches.appending("layers")
            scratch = try Failure.own { () throws(SystemError) in try LayerDirectory(at: place).path }
        } else {
            caches = Self.callersCaches
            do throws(SystemError) {
                // Not in the cache: overlay refuses a layer that lies inside of another one (ELOOP), and homes may lie
                // anywhere; /tmp is empty in every container.
                let directory = try RunDirectory.make(in: FilePath("/tmp/isorun-\(geteuid())"))
                scratch = directory.path
                leftover.note(directory.path)
                own = consume directory
            } catch {
                throw Failure(text: "\(error)", code: 125)
            }
        }
    }

    /// Removes what is not to outlive the run; root's goes with the process.
    func remove() {
        interruption.letGo()
        made?.close()
        own.take()?.remove()
    }

    /// A fresh directory for layers.
    func layers(_ name: String) throws(Failure) -> FilePath {
        try Failure.own { () throws(SystemError) in _ = try HeldDirectory(makingHost: scratch.appending(name)) }
        return scratch.appending(name)
    }

    // As the XDG Base Directory Specification has it; in a shared directory the name is the caller's own.
    private static var callersCaches: FilePath {
        let named = Environment.value("XDG_CACHE_HOME").map { FilePath($0) }
        let home = Environment.value("HOME").map { FilePath($0).appending(".cache") }
        let places = [named, home].compactMap { $0 }.filter(\.isAbsolute)
        for place in places where (try? HeldDirectory(makingHost: place.appending("isorun"))) != nil {
            let path = place.appending("isorun")
            if unsafe path.withPlatformString({ unsafe access($0, W_OK | X_OK) }) == 0 { return path }
        }
        return FilePath("/var/tmp/isorun-\(geteuid())")
    }
}

/// What would outlive this process if that ended in the middle of whatever it does.
private final class Leftover: Sendable {
    private let path = Mutex<FilePath?>(nil)

    func note(_ path: FilePath) { self.path.withLock { $0 = path } }

    func remove() {
        if let path = path.withLock({ $0 }) { RunDirectory.remove(at: path) }
    }
}
