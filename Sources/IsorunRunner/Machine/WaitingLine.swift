/// Items that could start and wait for room, in the order in which they are tried.
struct WaitingLine: Sendable {
    private var items: [Int]
    private var first = 0
    private var passedOver = 0

    // A large item is not passed over for ever by small ones that always fit.
    private static let patience = 64
    // Where nothing fits, looking further costs time at every end and finds next to nothing.
    private static let sight = 256

    init(_ items: [Int]) { self.items = items }

    var isEmpty: Bool { first == items.count }

    /// All that wait.
    var all: ArraySlice<Int> { items[first...] }

    mutating func append(_ new: [Int]) { items += new }

    /// Puts items, which are in order, each before the first that it goes before.
    mutating func merge(_ new: [Int], before: (_ new: Int, _ old: Int) -> Bool) {
        guard !new.isEmpty else { return }
        var merged: [Int] = []
        merged.reserveCapacity(items.count - first + new.count)
        var rest = new[...]
        for old in all {
            while let next = rest.first, before(next, old) { merged.append(rest.removeFirst()) }
            merged.append(old)
        }
        items = merged + rest
        first = 0
    }

    /// Puts an item at the head.
    mutating func putBack(_ item: Int) {
        if first > 0 {
            first -= 1
            items[first] = item
        } else {
            items.insert(item, at: 0)
        }
    }

    mutating func removeAll() {
        items = []
        first = 0
    }

    /// Takes out the first item that fits.
    mutating func take(where fits: (Int) -> Bool) -> Int? {
        for index in first..<min(items.count, first + Self.sight) {
            let item = items[index]
            guard fits(item) else {
                if index == first && passedOver >= Self.patience { return nil }
                continue
            }
            if index == first { takeFirst() } else { takeOver(index) }
            return item
        }
        return nil
    }

    private mutating func takeFirst() {
        passedOver = 0
        first += 1
        if first > 1024 && first * 2 > items.count {
            items.removeFirst(first)
            first = 0
        }
    }

    private mutating func takeOver(_ index: Int) {
        passedOver += 1
        items.remove(at: index)
    }
}
