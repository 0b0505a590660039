import IsorunSystem
import SystemPackage

/// A file system of this process's own in which a run keeps what its builds wrote.
///
/// It is a tmpfs in this process's own mount namespace, which every thread started from here on copies: nothing of it
/// is seen by the host, and it goes with the process, however that ends. A directory on the host's own file system
/// would not do: overlay refuses a layer that lies inside of another one, and the host's root is one (ELOOP).
struct LayerDirectory {
    /// Where it stands; any run of this host has its own there.
    let path: FilePath

    /// Makes it; to be called on the thread that starts all others.
    init(at path: FilePath) throws(SystemError) {
        _ = try HeldDirectory(makingHost: path)
        try MountNamespace.enterPrivateOnce()
        try DetachedMount(type: "tmpfs", options: [("mode", "700")], attributes: [.noDevices, .noSetID]).attach(
            to: path
        )
        self.path = path
    }
}
