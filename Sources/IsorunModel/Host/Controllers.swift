extension CgroupFacts {
    /// A set of controllers, as bits.
    public struct Controllers: SetAlgebra, Sequence, Hashable, Sendable {
        private var bits: UInt8 = 0

        /// Makes an empty set.
        public init() {}

        /// How many are in the set.
        public var count: Int { bits.nonzeroBitCount }

        /// Goes through the controllers in the order of their declaration.
        public func makeIterator() -> IndexingIterator<[Controller]> {
            Controller.allCases.filter { bits & $0.bit != 0 }.makeIterator()
        }

        /// Whether a controller is in the set.
        public func contains(_ member: Controller) -> Bool { bits & member.bit != 0 }

        /// Puts a controller in.
        @discardableResult
        public mutating func insert(_ member: Controller) -> (inserted: Bool, memberAfterInsert: Controller) {
            defer { bits |= member.bit }
            return (!contains(member), member)
        }

        /// Takes a controller out.
        @discardableResult
        public mutating func remove(_ member: Controller) -> Controller? {
            defer { bits &= ~member.bit }
            return contains(member) ? member : nil
        }

        /// Puts a controller in.
        @discardableResult
        public mutating func update(with member: Controller) -> Controller? {
            defer { bits |= member.bit }
            return contains(member) ? member : nil
        }

        /// The controllers of either set.
        public func union(_ other: Self) -> Self { Self(bits | other.bits) }

        /// The controllers of both sets.
        public func intersection(_ other: Self) -> Self { Self(bits & other.bits) }

        /// The controllers of one set only.
        public func symmetricDifference(_ other: Self) -> Self { Self(bits ^ other.bits) }

        /// Adds those of another set.
        public mutating func formUnion(_ other: Self) { bits |= other.bits }

        /// Keeps those of another set.
        public mutating func formIntersection(_ other: Self) { bits &= other.bits }

        /// Keeps those of one set only.
        public mutating func formSymmetricDifference(_ other: Self) { bits ^= other.bits }

        private init(_ bits: UInt8) { self.bits = bits }
    }
}

extension CgroupFacts.Controller {
    fileprivate var bit: UInt8 {
        switch self {
        case .memory: 1
        case .cpu: 2
        case .cpuacct: 4
        case .pids: 8
        case .io: 16
        case .cpuset: 32
        }
    }
}
