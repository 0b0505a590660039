/// A condition on one argument of a system call.
///
/// The kernel hands a filter every argument as 64 bits, also those that it then takes as `int`. A comparison of
/// all 64 bits is passed by setting the upper half (CVE-2019-10063, CVE-2019-7303), so rules on an `int` compare
/// the low 32 bits only: ``low32(_:is:)``.
public struct ArgumentCondition: Hashable, Sendable {
    /// How an argument is compared.
    public enum Comparison: Hashable, Sendable {
        /// All 64 bits are these.
        case equal(UInt64)
        /// Some of the 64 bits differ.
        case notEqual(UInt64)
        /// It is less, unsigned.
        case less(UInt64)
        /// It is less or equal, unsigned.
        case lessOrEqual(UInt64)
        /// It is greater, unsigned.
        case greater(UInt64)
        /// It is greater or equal, unsigned.
        case greaterOrEqual(UInt64)
        /// The bits of the mask have this value.
        case masked(mask: UInt64, value: UInt64)
    }

    /// Which argument, 0 to 5.
    public var index: UInt32
    /// How it is compared.
    public var comparison: Comparison

    /// Makes a condition on the argument with this index, 0 to 5.
    public init(_ index: UInt32, _ comparison: Comparison) {
        self.index = index
        self.comparison = comparison
    }

    /// The low 32 bits of an argument are exactly these.
    public static func low32(_ index: UInt32, is value: UInt32) -> Self {
        Self(index, .masked(mask: 0xffff_ffff, value: UInt64(value)))
    }

    /// All these bits of an argument are set.
    public static func bits(_ index: UInt32, set bits: UInt32) -> Self {
        Self(index, .masked(mask: UInt64(bits), value: UInt64(bits)))
    }

    /// None of these bits of an argument is set.
    public static func bits(_ index: UInt32, clear bits: UInt32) -> Self {
        Self(index, .masked(mask: UInt64(bits), value: 0))
    }
}
