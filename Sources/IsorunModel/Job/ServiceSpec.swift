/// A container that is started beside a job, in one network namespace with it, and ends with it.
public struct ServiceSpec: Hashable, Sendable {
    /// Its name in messages.
    public var name: String
    /// What it runs, and with what.
    public var job: JobSpec
    /// How it tells that it can be used; nil is as soon as it runs.
    public var ready: ServiceReadiness?
    /// How long that may take.
    public var patience: Duration

    /// Makes a service.
    public init(name: String, job: JobSpec, ready: ServiceReadiness?, patience: Duration = .seconds(30)) {
        self.name = name
        self.job = job
        self.ready = ready
        self.patience = patience
    }
}

/// How a service tells that it can be used.
public enum ServiceReadiness: Hashable, Sendable {
    /// Something accepts a connection at this port of its loopback.
    case tcp(UInt16)
    /// What is asked for there by HTTP/1.0 is answered with a status of 200 to 399.
    case http(UInt16, path: String)
    /// A command in its container exits with 0.
    case command([ByteString])
    /// A line that it writes has this in it.
    case log(String)
}

extension ServiceReadiness: CustomStringConvertible {
    /// What is waited for, in words.
    public var description: String {
        switch self {
        case .tcp(let port): "nothing accepts connections at port \(port)"
        case .http(let port, let path): "http://127.0.0.1:\(port)\(path) is not answered as it should be"
        case .command(let words): "the command did not succeed: \(words.map(\.text).joined(separator: " "))"
        case .log(let text): "no line of its output has \"\(text)\" in it"
        }
    }
}
