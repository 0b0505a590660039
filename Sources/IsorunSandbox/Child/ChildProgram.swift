internal import CIsorunChild
internal import IsorunPlanning
internal import SystemPackage

/// The flat program that the child carries out, before it becomes memory that C reads.
///
/// Slots name descriptors of the child: the root mount is 0, what the keeper sends follows in the order of sending,
/// and what the child makes for itself comes after that.
struct ChildProgram {
    private(set) var ops: [isorun_op] = []
    /// NUL-terminated strings; offset 0 is the empty one.
    private(set) var arena: [CChar] = [0]
    /// How many of the first ops need no ids.
    var earlyCount = 0
    private var nextSlot: UInt16
    /// The slot of the mount that goes to a path.
    var placed: [(path: FilePath, slot: UInt16)] = []
    /// The layers whose directories the child sends, by the slot that its report names.
    var sentLayers: [UInt16: ScratchLayer] = [:]
    /// What goes over parts of a mount that the child makes, by where that mount is seen.
    var covers: [FilePath: [Cover]] = [:]

    static let rootSlot: UInt16 = 0
    static let noSlot = UInt16(ISORUN_NO_SLOT)

    init(received: Int) {
        nextSlot = UInt16(max(received, 1))
    }

    /// The slot of the mount that goes to a path.
    func slot(placedAt path: FilePath) -> UInt16? { placed.first { $0.path == path }?.slot }

    mutating func newSlot() -> UInt16 {
        defer { nextSlot += 1 }
        return nextSlot
    }

    mutating func add(
        _ kind: isorun_op_kind,
        step: Int,
        slot: UInt16 = noSlot,
        base: UInt16 = noSlot,
        text: String = "",
        other: String = "",
        value: UInt64 = 0,
        flags: isorun_op_flag = isorun_op_flag(0)
    ) {
        add(kind, step: step, slot: slot, base: base, text: text, others: [other], value: value, flags: flags)
    }

    /// Adds an op whose second text is a list of keys and values, closed by an empty key.
    mutating func add(
        _ kind: isorun_op_kind,
        step: Int,
        slot: UInt16 = noSlot,
        base: UInt16 = noSlot,
        text: String,
        others: [String],
        value: UInt64 = 0,
        flags: isorun_op_flag = isorun_op_flag(0)
    ) {
        ops.append(
            isorun_op(
                kind: UInt16(kind.rawValue),
                flags: UInt16(flags.rawValue),
                step: UInt16(step),
                slot: slot,
                base: base,
                reserved: 0,
                text: store([text]),
                other: store(others),
                filler: 0,
                value: value
            )
        )
    }

    /// Has one op fail with an error in place of what it does, as part of the same step: for tests of the error path.
    mutating func fail(at index: Int, errno: Errno) {
        let step = ops[index].step
        ops[index] = isorun_op()
        ops[index].kind = UInt16(ISORUN_OP_FAIL.rawValue)
        ops[index].step = step
        ops[index].slot = Self.noSlot
        ops[index].base = Self.noSlot
        ops[index].value = UInt64(errno.rawValue)
    }

    /// Sets what the ops of a kind act on, in their order.
    mutating func setValues(of kind: isorun_op_kind, _ values: [UInt64]) {
        let places = ops.indices.filter { ops[$0].kind == UInt16(kind.rawValue) }
        for (place, value) in zip(places, values) { ops[place].value = value }
    }

    private mutating func store(_ texts: [String]) -> UInt32 {
        guard texts != [""] else { return 0 }
        let offset = UInt32(arena.count)
        for text in texts {
            arena.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
            arena.append(0)
        }
        return offset
    }
}
