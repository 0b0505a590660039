/// The name of a job's directory in every hierarchy, `isorun-<slot>`, as the kernel takes it.
struct GroupName: Sendable {
    /// The container's slot.
    let slot: Int
    /// The name, closed by NUL.
    let bytes: InlineArray<16, UInt8>
    /// How many bytes it has without the NUL.
    let count: Int

    /// Makes the name of a slot.
    init(slot: Int) {
        precondition(0 <= slot && slot < SlotLock.slotCount)
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        var count = 0
        for byte in "isorun-".utf8 {
            bytes[count] = byte
            count += 1
        }
        var divisor = 1
        while slot / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes[count] = UInt8(ascii: "0") + UInt8(slot / divisor % 10)
            count += 1
            divisor /= 10
        }
        self.slot = slot
        self.bytes = bytes
        self.count = count
    }

    /// The slot that a directory's name stands for; nil where it is no directory of isorun's.
    static func slot(named name: Span<UInt8>) -> Int? {
        let prefix = "isorun-".utf8
        guard name.count > prefix.count, name.count <= prefix.count + 4 else { return nil }
        var index = 0
        for byte in prefix {
            guard name[index] == byte else { return nil }
            index += 1
        }
        if name[index] == UInt8(ascii: "0"), name.count > index + 1 { return nil }
        var slot = 0
        while index < name.count {
            guard UInt8(ascii: "0") <= name[index], name[index] <= UInt8(ascii: "9") else { return nil }
            slot = slot * 10 + Int(name[index] - UInt8(ascii: "0"))
            index += 1
        }
        return slot < SlotLock.slotCount ? slot : nil
    }

    /// The name for a person.
    var text: String { "isorun-\(slot)" }
}
