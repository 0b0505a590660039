import Clibcap

/// Names of capabilities, as libcap knows them.
public enum CapabilityNames {
    /// The capability with this name, in any case, with or without `CAP_`; `cap_from_name(3)`.
    ///
    /// - Throws: ``SecurityError`` with the nearest right name.
    public static func named(_ name: String) throws(SecurityError) -> CapabilitySet {
        let short = shortName(name)
        var number: cap_value_t = -1
        // cap_from_name takes plain numbers too, and docker does not.
        let isWord = short.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        guard isWord, !short.isEmpty, unsafe cap_from_name("cap_" + short.lowercased(), &number) == 0 else {
            throw unknown(name, reason: "there is no such capability")
        }
        guard number < cap_max_bits() else {
            throw unknown(name, reason: "this kernel ends at capability \(cap_max_bits() - 1)")
        }
        return CapabilitySet(number: number)
    }

    /// The short name of a capability, `NET_ADMIN`; its number where libcap knows no name; `cap_to_name(3)`.
    public static func name(of number: Int32) -> String {
        guard let text = unsafe cap_to_name(number) else { return "\(number)" }
        defer { unsafe cap_free(text) }
        return shortName(unsafe String(cString: text))
    }

    /// All capabilities of this kernel.
    public static var all: CapabilitySet {
        CapabilitySet(rawValue: UInt64.max >> UInt64(64 - max(1, min(cap_max_bits(), 64))))
    }

    private static func shortName(_ name: String) -> String {
        let upper = name.uppercased()
        return upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
    }

    private static func unknown(_ name: String, reason: String) -> SecurityError {
        let names = (0..<cap_max_bits()).map { Self.name(of: $0) }
        let nearest = NearestName.of(shortName(name), among: names + ["ALL"])
        return SecurityError(
            .unknownCapability,
            "use the capability",
            on: "\"\(name)\"",
            reason: reason,
            hint: nearest.map { "did you mean \($0)?" } ?? "write for example NET_ADMIN or ALL; see capabilities(7)"
        )
    }
}
