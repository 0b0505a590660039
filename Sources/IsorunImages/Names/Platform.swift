/// What an image is made for: `linux/amd64`, `linux/arm/v7`.
package struct Platform: Hashable, Sendable, CustomStringConvertible {
    package var os: String
    package var architecture: String
    package var variant: String?

    package init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    // Go's names of architectures (`internal/syslist`), as far as Linux runs on them.
    private static let architectures: Set = [
        "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
        "riscv64", "s390x", "sparc64", "wasm",
    ]

    /// Parses `OS/ARCHITECTURE[/VARIANT]`, a known architecture of Linux alone, or `linux` for this machine's; nil for
    /// anything else.
    package init?(_ text: String) {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard 1...3 ~= parts.count, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        if parts == ["linux"] {
            self = .host
            return
        }
        let names = Self.normalized(parts.count == 1 ? parts[0] : parts[1], parts.count == 3 ? parts[2] : nil)
        guard parts.count > 1 || Self.architectures.contains(names.architecture) else { return nil }
        let os = parts.count == 1 ? "linux" : parts[0]
        self.init(os: os, architecture: names.architecture, variant: names.variant)
    }

    /// That of this machine.
    package static var host: Self {
        #if arch(x86_64)
        Self(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
        Self(os: "linux", architecture: "arm64", variant: "v8")
        #elseif arch(arm)
        Self(os: "linux", architecture: "arm", variant: "v7")
        #elseif arch(powerpc64le)
        Self(os: "linux", architecture: "ppc64le")
        #elseif arch(s390x)
        Self(os: "linux", architecture: "s390x")
        #else
        Self(os: "linux", architecture: "riscv64")
        #endif
    }

    // As containerd's platforms package writes them.
    private static func normalized(_ name: String, _ variant: String?) -> (architecture: String, variant: String?) {
        switch name {
        case "x86_64", "x86-64": ("amd64", variant)
        case "aarch64": ("arm64", variant ?? "v8")
        case "arm64": ("arm64", variant ?? "v8")
        case "armhf", "arm": ("arm", variant ?? "v7")
        case "armel": ("arm", "v6")
        case "i386", "i686": ("386", variant)
        default: (name, variant)
        }
    }

    /// Whether what is made for `other` is what this asks for; without a variant any will do.
    package func accepts(_ other: Platform) -> Bool {
        // Not all documents have the names that they should have.
        let name = Self.normalized(other.architecture, other.variant).architecture
        guard os == other.os, architecture == name else { return false }
        guard let variant, let theirs = other.variant else { return true }
        return variant == theirs
    }

    /// For people: what documents of others say, without what a terminal would heed.
    package var description: String {
        let text = "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "")
        return text.unicodeScalars.prefix(100).map { scalar in
            let isVisible = scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
            return isVisible ? String(scalar) : scalar.escaped(asASCII: true)
        }.joined()
    }
}
