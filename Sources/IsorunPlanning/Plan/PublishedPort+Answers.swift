public import IsorunModel

/// UDP ports whose answers older pastas lose.
extension PublishedPort {
    /// Whether pasta carries it from the host's loopback to the container's, datagram by datagram.
    public var isSplicedUDP: Bool { transport == .udp && (address.isLoopback || address.isAny) }

    /// Whether older pastas lose its answers.
    ///
    /// Seen with 0.0~git20230309: not at other addresses, not for TCP, and not where the port inside is the higher one.
    ///
    /// - Parameter first: the least number that may be chosen where none is named.
    /// - Returns: of a number that is left open, whether none can be chosen that is not lost.
    public func mayLoseAnswers(choosingFrom first: UInt16) -> Bool {
        isSplicedUDP && (hostPort == 0 ? containerPort < first : hostPort > containerPort)
    }

    /// What a person should know of one that may lose answers.
    public var answersWarning: String {
        "warning: \(self): older pastas, that of Debian 12 among them, lose the answers of a UDP port that is "
            + "lower inside than on the host's loopback; the same number on both sides works everywhere"
    }
}
