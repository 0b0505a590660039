/// The ABI that isorun itself was built for; filters are made for no other.
package enum NativeABI {
    #if arch(x86_64)
    /// The name in the kernel, in file names and in reports.
    package static let name = "x86_64"
    /// `AUDIT_ARCH_X86_64` of `<linux/audit.h>`, which is libseccomp's token too.
    package static let auditArch: UInt32 = 0xc000_003e
    /// The name in docker's `includes.arches`.
    package static let dockerName = "amd64"
    #elseif arch(arm64)
    package static let name = "aarch64"
    /// `AUDIT_ARCH_AARCH64`.
    package static let auditArch: UInt32 = 0xc000_00b7
    package static let dockerName = "arm64"
    #endif
}
