import Clibseccomp
import Glibc

/// The name of a system call as a report shows it: `mount`, `mount (i386)`, or `system call 999` for an unknown one.
///
/// - Parameters:
///   - number: the number in the filter's `struct seccomp_data`; with x32's bit 30 as the kernel gives it.
///   - auditArch: `AUDIT_ARCH_*` of the ABI by which the call was made.
/// - Returns: the name, with the ABI in parentheses where it is not the native one; `seccomp_syscall_resolve_num_arch`.
public func syscallName(number: Int32, auditArch: UInt32) -> String {
    let isX32 = auditArch == 0xc000_003e && number & SyscallNumber.x32Bit != 0
    let name = SyscallNumber.name(of: number, token: isX32 ? SyscallNumber.x32Token : auditArch)
    let abi = isX32 ? "x32" : SyscallNumber.abiNames[auditArch] ?? "ABI 0x\(String(auditArch, radix: 16))"
    let text = name ?? "system call \(isX32 ? number & ~SyscallNumber.x32Bit : number)"
    return !isX32 && auditArch == NativeABI.auditArch ? text : "\(text) (\(abi))"
}

/// Names and numbers of system calls as libseccomp knows them.
package enum SyscallNumber {
    /// Set in the number of every x32 call; the kernel gives them x86-64's audit arch.
    static let x32Bit: Int32 = 0x4000_0000
    /// `SCMP_ARCH_X32`: libseccomp's own token, which no kernel uses.
    static let x32Token: UInt32 = 0x4000_003e

    static let abiNames: [UInt32: String] = [
        0xc000_003e: "x86-64", 0x4000_0003: "i386", 0xc000_00b7: "aarch64", 0x4000_0028: "arm", 0xc000_00f3: "riscv64",
    ]

    /// Calls newer than some libseccomp; from 424 on a number is the same on every architecture (`unistd.h`).
    ///
    /// So the filter does not depend on the library's age, and no rule of ``SetIDRules`` is lost with it.
    private static let recent: [String: Int32] = [
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
        "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460,
        "lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465,
        "removexattrat": 466, "open_tree_attr": 467, "file_getattr": 468, "file_setattr": 469,
    ]

    /// The number of a name on the native architecture; nil where it has no such call or the name is unknown.
    package static func resolve(_ name: String) -> Int32? {
        // A negative number other than NR_SCMP_ERROR, -1, is libseccomp's for a call of other architectures.
        let number = unsafe seccomp_syscall_resolve_name_arch(NativeABI.auditArch, name)
        if number >= 0 { return number }
        return number == -1 ? recent[name] : nil
    }

    /// The name of a number; nil where none is known.
    package static func name(of number: Int32, token: UInt32 = NativeABI.auditArch) -> String? {
        guard let text = unsafe seccomp_syscall_resolve_num_arch(token, number) else {
            return recent.first { $0.value == number }?.key
        }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// The version of libseccomp: `2.5.4`.
    package static var libraryVersion: String {
        guard let version = unsafe seccomp_version()?.pointee else { return "unknown" }
        return "\(version.major).\(version.minor).\(version.micro)"
    }
}
