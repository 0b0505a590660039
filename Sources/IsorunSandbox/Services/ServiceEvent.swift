internal import IsorunSystem

/// What a service's thread tells whoever waits for the service.
enum ServiceEvent: Sendable {
    /// Something of its container that a person should know.
    case note(String)
    /// Its process runs.
    case started(ServicePlace)
    /// It can be used.
    case ready
    /// Its container is gone.
    case ended(ServiceEnd)
}

/// Where a service runs, and since when.
final class ServicePlace: Sendable {
    /// Its process, by a pidfd.
    let process: OwnedDescriptor
    /// The network that it shares; nil where that is the host's own.
    let network: HeldNetwork?
    /// What stands in its `/etc/resolv.conf`, where isorun has made that.
    let resolverFile: String?
    let since = Clock.now
    /// When it has to be usable.
    ///
    /// Its time begins when its process does: how long a container takes is the host's matter, and has errors of its own.
    let deadline: UInt64

    init(_ process: consuming OwnedDescriptor, _ network: HeldNetwork?, resolverFile: String?, patience: Duration) {
        deadline = since + patience.nanoseconds
        self.process = process
        self.network = network
        self.resolverFile = resolverFile
    }
}

/// How a service ended.
struct ServiceEnd: Sendable {
    /// In words.
    var why: String
    /// Whether anything of it ran.
    var hasRun: Bool
    /// The end of what it wrote.
    var words = LastWords()
    /// What was heard when it was last asked whether it is ready, where that tells something.
    var answer: String?
}
