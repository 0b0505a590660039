internal import Glibc
internal import IsorunImageStore
internal import IsorunImages
internal import IsorunSandbox
internal import IsorunSystem

/// The caller's own store, to be written.
enum OwnStore {
    /// Opens it: without root in a user namespace with the ids of the caller's containers.
    ///
    /// From then on SIGINT and SIGTERM take back what is half made; a second one ends the program at once.
    static func open() throws(ImageError) -> StoreWriter {
        // Before the namespace: inside it everybody is root.
        let path = ImageStore.ownPath
        let isRoot = geteuid() == 0
        var isSingle = false
        if !isRoot {
            isSingle = try telling { () throws(SystemError) in
                try OwnUserNamespace.enter(helper: ["/proc/self/exe", MappingHelper.verb, "\(getpid())"])
            }
        }
        try telling { () throws(SystemError) in
            try HeardSignals.hear([SIGINT, SIGTERM, SIGHUP]) { _ in
                if Interruption.request() { _exit(130) }
            }
        }
        return try StoreWriter(at: path, privileged: isRoot, singleOwner: isSingle)
    }
}

/// What maps the ids of the program that started it, from outside of its user namespace.
enum MappingHelper {
    static let verb = "map-ids"

    static func run(_ words: [String]) -> Never {
        var byte: UInt8 = 0
        // The end of the input says that the namespace is there.
        while unsafe read(STDIN_FILENO, &byte, 1) > 0 {}
        guard words.count == 2, let pid = Int32(words[1]), pid == getppid() else { exit(64) }
        do throws(SystemError) {
            try OwnUserNamespace.map(pid)
        } catch {
            complain("\(error)")
            exit(1)
        }
        exit(0)
    }
}
