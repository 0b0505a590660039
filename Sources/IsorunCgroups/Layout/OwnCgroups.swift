public import IsorunModel
public import SystemPackage

/// Where this process is in every hierarchy: `/proc/self/cgroup`, cgroups(7).
public struct OwnCgroups: Hashable, Sendable {
    /// The path in the unified hierarchy.
    public var unified: FilePath?
    /// The path in the v1 hierarchy of each controller, by the kernel's name.
    public var legacy: AssociationList<String, FilePath> = [:]

    /// Reads lines `id:controllers:path`; a line that is none is left out.
    public init(parsing bytes: [UInt8]) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].first == UInt8(ascii: "/") else { continue }
            let path = FilePath(kernelBytes: parts[2])
            if parts[1].isEmpty {
                unified = path
            } else {
                for name in parts[1].split(separator: UInt8(ascii: ",")) {
                    legacy[String(decoding: name, as: UTF8.self)] = path
                }
            }
        }
    }
}

extension FilePath {
    /// A path of the kernel's, which need not be UTF-8.
    init(kernelBytes bytes: some Collection<UInt8>) {
        let characters = bytes.map { CInterop.PlatformChar(bitPattern: $0) } + [0]
        self = unsafe characters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return FilePath() }
            return unsafe FilePath(platformString: start)
        }
    }
}
