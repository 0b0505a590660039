/// Capabilities as the kernel's bit mask, `capabilities(7)`.
public struct CapabilitySet: OptionSet, Hashable, Sendable {
    /// Bit N is capability N of `<linux/capability.h>`.
    public var rawValue: UInt64

    /// Takes a mask as it is.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The set of one capability, by its number, 0 to 63.
    public init(number: Int32) { self.rawValue = 1 << UInt64(number) }

    /// docker's default set.
    ///
    /// CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD,
    /// AUDIT_WRITE and SETFCAP; as constants, since libcap stays out of a launch without `--cap-add` and `--cap-drop`.
    public static let dockerDefault: CapabilitySet = [
        CapabilitySet(number: 0), CapabilitySet(number: 1), CapabilitySet(number: 3), CapabilitySet(number: 4),
        CapabilitySet(number: 5), CapabilitySet(number: 6), CapabilitySet(number: 7), CapabilitySet(number: 8),
        CapabilitySet(number: 10), CapabilitySet(number: 13), CapabilitySet(number: 18), CapabilitySet(number: 27),
        CapabilitySet(number: 29), .setFileCapabilities,
    ]

    /// CAP_SETFCAP: gives files capabilities, which would be valid on the host through an idmapped volume.
    public static let setFileCapabilities = CapabilitySet(number: 31)

    /// The numbers in the set, ascending.
    public var numbers: [Int32] { (0..<64).filter { contains(CapabilitySet(number: $0)) } }
}

/// The five sets a process is given before `execve`.
public struct CapabilityMasks: Hashable, Sendable {
    /// What can ever be gained; everything else is dropped for good.
    public var bounding: CapabilitySet
    /// What may be made effective.
    public var permitted: CapabilitySet
    /// What the kernel checks.
    public var effective: CapabilitySet
    /// What survives `execve` of a file with inheritable capabilities; never more than the ambient set
    /// (CVE-2022-24769: docker once filled it).
    public var inheritable: CapabilitySet
    /// What survives `execve` of any file for a user that is not root (Linux 4.3).
    public var ambient: CapabilitySet
    /// What was asked for by name and is withheld all the same, for a note to the user.
    public var withheld: CapabilitySet
}
