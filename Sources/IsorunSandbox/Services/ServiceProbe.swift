internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// A process in a service's network that asks it until it answers, and the end of that process.
final class ServiceProbe {
    /// Readable when it has ended.
    let process: OwnedDescriptor
    /// Readable when it has heard something else than before.
    let answers: OwnedDescriptor

    /// Starts it; nil where that cannot be.
    ///
    /// - Parameters:
    ///   - port: the port of the service's loopback.
    ///   - path: what is asked for by HTTP; nil where a connection is enough.
    ///   - job: the service's.
    ///   - privileged: whether this is root.
    init?(_ port: UInt16, _ path: String?, _ job: any RunningJob, privileged: Bool) {
        guard let entrance = try? job.entrance(), let sockets = try? SocketPair() else { return nil }
        let request = path.map {
            Array("GET \($0) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
        }
        var pidfd: Int32 = -1
        let isHost = job.plan.network.mode == .host
        let namespaces = isHost ? 0 : Namespace.network.cloneFlag | (privileged ? 0 : Namespace.user.cloneFlag)
        let lifeline = sockets.far.raw
        let pid = unsafe (request ?? []).withUnsafeBytes { bytes in
            var probe = unsafe isorun_probe()
            unsafe probe.process = entrance.process
            unsafe probe.namespaces = namespaces
            unsafe probe.lifeline = lifeline
            unsafe probe.port = port
            if request != nil {
                unsafe probe.request = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                unsafe probe.request_length = bytes.count
            }
            return unsafe isorun_probe_start(&probe, &pidfd)
        }
        guard pid >= 0 else { return nil }
        process = OwnedDescriptor(pidfd)
        answers = sockets.keepNear()
    }

    /// Whether it has ended as the service answers; nil while it asks.
    var isReady: Bool? {
        var end = isorun_end()
        guard unsafe isorun_pidfd_wait(process.raw, 0, &end) == 1 else { return nil }
        return end.code == 1 && end.status == 0
    }

    /// What it has heard since the last look, in words.
    func hearAnswer() -> String? {
        var answer: Int32 = 0
        var text: String?
        let size = MemoryLayout<Int32>.size
        while unsafe recv(answers.raw, &answer, size, Int32(MSG_DONTWAIT)) == size {
            text = Self.words(answer)
        }
        return text
    }

    // An HTTP status, or -errno.
    private static func words(_ answer: Int32) -> String {
        if answer > 0 { return "the last answer was status \(answer)" }
        let errno = Errno(rawValue: -answer)
        switch errno {
        case .connectionRefused: return "the connection was refused"
        case .resourceTemporarilyUnavailable: return "it took the connection and did not answer"
        case .connectionReset: return "the connection was closed without an answer"
        case .protocolError: return "what answers does not speak HTTP"
        default: return errno.text
        }
    }

    deinit {
        process.killChild()
    }
}
