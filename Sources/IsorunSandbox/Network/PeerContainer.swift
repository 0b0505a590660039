internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSystem
package import SystemPackage

/// The run directory, in which each container that lives on has a directory of its own.
package enum RunDirectory {
    /// The caller's own: `/run/isorun` for root, else below `XDG_RUNTIME_DIR`.
    package static var own: FilePath {
        if geteuid() == 0 { return "/run/isorun" }
        if let value = unsafe getenv("XDG_RUNTIME_DIR") {
            let path = unsafe FilePath(platformString: value)
            if path.isAbsolute { return path.appending("isorun") }
        }
        let usual = FilePath("/run/user/\(geteuid())")
        let isThere = unsafe usual.withPlatformString { unsafe access($0, W_OK) } == 0
        return isThere ? usual.appending("isorun") : FilePath("/tmp/isorun-\(geteuid())")
    }

    /// The name of a keeper's socket in its container's directory.
    package static let socketName = "control"

    /// What a keeper is asked for by whoever wants to share its container's network: it answers with a pidfd of the
    /// container and a file that holds its `/etc/resolv.conf`, or with no descriptor where it has no network to share.
    package static let networkQuestion = #"{"verb":"network"}"# + "\n"
}

/// A container whose network another one shares (`--network container:NAME`).
struct PeerContainer: ~Copyable {
    /// Descriptors that asking takes at most, what the keeper sends among them.
    private static let most = 8
    /// Milliseconds; a keeper answers within one.
    private static let patience: Int32 = 5000
    /// A process of it, by its pidfd, or its network namespace itself.
    let door: OwnedDescriptor
    /// Whether that is the namespace: it may have no process any more.
    let isNamespace: Bool
    /// The user namespace that has to be entered before the namespace; -1 where none has to.
    let owner: Int32
    private let heldOwner: OwnedDescriptor?
    /// What stands in its `/etc/resolv.conf`, where isorun has made that.
    let resolverFile: String?

    /// Asks its keeper; nil where it does not run, or its network is the host's own.
    ///
    /// - Throws: where there is no room for the descriptors that it takes to know.
    init?(_ peer: NetworkPeer) throws(SystemError) {
        try DescriptorRoom.require(Self.most)
        switch peer {
        case .namespaces(let network, let owner, let resolverFile):
            let copy = try Self.copy(of: network)
            var held: OwnedDescriptor?
            var number: Int32 = -1
            if let owner {
                let copy = try Self.copy(of: owner)
                number = copy.raw
                held = consume copy
            }
            door = copy
            isNamespace = true
            self.owner = number
            heldOwner = held
            self.resolverFile = resolverFile
        case .container(let reference):
            guard let store = try? HeldDirectory(host: RunDirectory.own) else { return nil }
            guard let id = Self.id(reference, in: store) else { return nil }
            guard let container = try? store.directory("containers/\(id)") else { return nil }
            let raw = unsafe isorun_connect(container.descriptor.raw, RunDirectory.socketName, Self.patience)
            guard raw >= 0 else { return nil }
            let keeper = OwnedDescriptor(raw)
            // The one of this very container has nothing to share yet, and would wait for itself.
            var peer = isorun_peer()
            guard unsafe isorun_peer(raw, &peer) == 0, peer.pid != getpid() else { return nil }
            let question = Array(RunDirectory.networkQuestion.utf8)
            guard unsafe isorun_send(keeper.raw, question, question.count, nil, 0) == 0 else { return nil }
            var answer = [UInt8](repeating: 0, count: 4096)
            // Nor has one whose container does not run yet, which answers then only.
            var waiting = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&waiting, 1, Self.patience) > 0 else { return nil }
            var descriptors: [Int32] = [-1, -1]
            var count: Int32 = 0
            let length = unsafe isorun_receive_all(keeper.raw, &answer, answer.count, &descriptors, 2, &count)
            guard length > 0, count == 2 else { return nil }
            door = OwnedDescriptor(descriptors[0])
            isNamespace = false
            owner = -1
            heldOwner = nil
            let file = OwnedDescriptor(descriptors[1])
            _ = lseek(file.raw, 0, SEEK_SET)
            let text = (try? SmallFile.read(file, named: "resolv.conf", limit: 1 << 16)) ?? []
            resolverFile = text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
        }
    }

    private static func copy(of raw: Int32) throws(SystemError) -> OwnedDescriptor {
        let copy = fcntl(raw, F_DUPFD_CLOEXEC, 3)
        return try OwnedDescriptor(copy < 0 ? -errno : copy, "hold a namespace")
    }

    /// By its name, its id, or the beginning of one that no other has.
    private static func id(_ reference: String, in store: borrowing HeldDirectory) -> String? {
        guard !reference.contains("/"), let names = try? store.directory("names") else { return nil }
        if let id = names.linkTarget(ByteString(reference)) { return id }
        let matching = (try? store.directory("containers").names())?.filter { $0.hasPrefix(reference) } ?? []
        return matching.count == 1 && !reference.isEmpty ? matching[0] : nil
    }
}
