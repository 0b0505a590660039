internal import IsorunModel

/// The kernel's routes, as `/proc/net/route` and `/proc/net/ipv6_route` tell them.
enum RouteTable {
    /// Networks that the host has a route to; the default route is one whose mask is 0.
    static func networks4(_ text: [UInt8]) -> [Network4] {
        lines(text).dropFirst().compactMap { fields in
            // Interface, destination, gateway, flags, references, use, metric, mask.
            guard fields.count > 7, let first = UInt32(fields[1], radix: 16), let mask = UInt32(fields[7], radix: 16)
            else {
                return nil
            }
            // Both stand there as the bytes lie in memory.
            return Network4(first: first.bigEndian, mask: mask.bigEndian)
        }
    }

    /// Whether IPv6 has a default route by way of an interface that is not loopback.
    static func hasDefault6(_ text: [UInt8]) -> Bool {
        lines(text).contains { fields in
            // Destination, its length, source, its length, next hop, metric, references, use, flags, interface.
            guard fields.count > 9, let flags = UInt32(fields[8], radix: 16) else { return false }
            let isRejected = flags & 0x0200 != 0  // RTF_REJECT
            return fields[0].allSatisfy { $0 == "0" } && fields[1] == "00" && fields[9] != "lo" && !isRejected
        }
    }

    private static func lines(_ text: [UInt8]) -> [[Substring]] {
        String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
            line.split { $0 == " " || $0 == "\t" }
        }
    }
}
