import Glibc

/// What `includes` and `excludes` of a docker-format profile are judged by.
package struct DockerHost: Hashable, Sendable {
    package var capabilities: CapabilitySet
    /// docker's name of the architecture: `amd64`.
    package var architecture: String
    package var kernel: KernelVersion

    package init(capabilities: CapabilitySet, architecture: String, kernel: KernelVersion) {
        self.capabilities = capabilities
        self.architecture = architecture
        self.kernel = kernel
    }

    /// This machine; `uname(2)`.
    static func current(capabilities: CapabilitySet) -> DockerHost {
        var names = utsname()
        _ = unsafe uname(&names)
        let release = unsafe withUnsafeBytes(of: names.release) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let kernel = KernelVersion(parsing: release) ?? KernelVersion(major: 0, minor: 0)
        return DockerHost(capabilities: capabilities, architecture: NativeABI.dockerName, kernel: kernel)
    }
}

/// Version and patch level of a kernel, all that profiles ask for: `4.8`.
package struct KernelVersion: Hashable, Comparable, Sendable {
    package var major: Int
    package var minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads the first two numbers of `6.1.0-18-amd64`, `4.8`; nil where they are not there.
    package init?(parsing text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), major >= 0 else { return nil }
        guard let minor = Int(parts[1].prefix { $0.isASCII && $0.isNumber }) else { return nil }
        self.init(major: major, minor: minor)
    }

    package static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.major, lhs.minor) < (rhs.major, rhs.minor)
    }
}
