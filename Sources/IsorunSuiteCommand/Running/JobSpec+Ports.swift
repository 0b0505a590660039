import IsorunModel

extension JobSpec {
    /// The ports of the host that it and its services take, by number and transport: one job at a time can be bound to
    /// each, whatever the address.
    var portClaims: Set<Int> {
        let all = ([self] + services.map(\.job)).flatMap(\.ports)
        return Set(all.filter { $0.hostPort > 0 }.map { Int($0.hostPort) << 1 | ($0.transport == .udp ? 1 : 0) })
    }
}
