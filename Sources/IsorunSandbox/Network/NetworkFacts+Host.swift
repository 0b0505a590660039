internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension NetworkFacts {
    /// Looks at this host; changes nothing.
    static func ofHost(_ reading: inout HostReading) -> Self {
        func read(_ path: FilePath) -> [UInt8] { reading.bytes(path, limit: 1 << 20) }
        var facts = Self()
        facts.pasta = program("pasta")
        facts.slirp4netns = program("slirp4netns")
        facts.hasTunnel = may("/dev/net/tun", F_OK)
        facts.mayOpenTunnel = may("/dev/net/tun", R_OK | W_OK)
        let networks = RouteTable.networks4(read("/proc/net/route"))
        facts.networks4 = networks
        facts.hasDefaultRoute4 = networks.contains { $0.mask == 0 }
        facts.hasDefaultRoute6 = RouteTable.hasDefault6(read("/proc/net/ipv6_route"))
        facts.resolver = ResolverFacts(parsing: String(decoding: read("/etc/resolv.conf"), as: UTF8.self))
        let first = String(decoding: read("/proc/sys/net/ipv4/ip_unprivileged_port_start"), as: UTF8.self)
        facts.firstUnprivilegedPort = UInt16(first.prefix { $0 != "\n" }) ?? 1024
        return facts
    }

    // Not by PATH: root starts them.
    private static func program(_ name: String) -> FilePath? {
        ["/usr/bin", "/usr/local/bin"].map { FilePath($0).appending(name) }.first { may($0, X_OK) }
    }

    private static func may(_ path: FilePath, _ mode: Int32) -> Bool {
        unsafe path.withPlatformString { unsafe access($0, mode) == 0 }
    }
}
