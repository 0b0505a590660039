/// Memory that C reads, one block after the other, until it goes as a whole.
@safe final class MemoryArena {
    private var blocks: [UnsafeMutableRawPointer] = unsafe []
    /// Bytes of the present block; what is larger gets a block of its own.
    private static let blockSize = 16384
    private var next: UnsafeMutableRawPointer?
    private var left = 0
    /// Whether the first block is all there is, and is somebody else's.
    private let isBounded: Bool

    /// Makes one that grows.
    init() {
        isBounded = false
    }

    /// Makes one that fills memory of somebody else's; nothing larger than that may be put there.
    init(filling memory: UnsafeMutableRawBufferPointer) {
        unsafe next = memory.baseAddress
        left = memory.count
        isBounded = true
    }

    /// Bytes that are left of the present block.
    var free: Int { left }

    deinit {
        unsafe blocks.forEach { unsafe $0.deallocate() }
    }

    /// A copy of an array.
    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let size = max(elements.count, 1) * MemoryLayout<Element>.stride
        let memory = unsafe allocate(size).bindMemory(to: Element.self, capacity: max(elements.count, 1))
        unsafe elements.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            unsafe memory.initialize(from: base, count: source.count)
        }
        return unsafe memory
    }

    /// A copy of an array of pointers.
    func pointerArray(
        _ pointers: [UnsafeMutablePointer<CChar>?]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        let size = unsafe pointers.count * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        let memory = unsafe allocate(size).bindMemory(
            to: UnsafeMutablePointer<CChar>?.self,
            capacity: pointers.count
        )
        unsafe memory.initialize(from: pointers, count: pointers.count)
        return unsafe memory
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let rounded = (size + 15) & ~15
        if let place = unsafe next, rounded <= left {
            unsafe next = place + rounded
            left -= rounded
            return unsafe place
        }
        precondition(!isBounded, "what is put into bounded memory was measured before")
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(rounded, Self.blockSize), alignment: 16)
        unsafe blocks.append(block)
        if rounded < Self.blockSize {
            unsafe next = block + rounded
            left = Self.blockSize - rounded
        }
        return unsafe block
    }
}
