internal import IsorunModel

/// Which items wait for others, kept so that the end of one costs no more than those that wait for it.
struct Needs: Sendable {
    /// Items that wait for the same.
    private struct Group {
        /// Ends that they still wait for.
        var left: Int
        var waiting: [Int] = []
    }

    private var groups: [Group]
    private var dependents: [[Int]]

    private var count: Int

    /// Whether nothing waits.
    var isEmpty: Bool { count == 0 }

    /// All that wait, in order.
    var all: [Int] { groups.flatMap(\.waiting).sorted() }

    init(_ items: [RunItem], waiting indices: [Int]) {
        let needs = NeedGroups(items.map(\.needs))
        dependents = needs.dependents
        groups = needs.groups.map { Group(left: $0.needs.count) }
        for item in indices { if let group = needs.group[item] { groups[group].waiting.append(item) } }
        count = groups.reduce(0) { $0 + $1.waiting.count }
    }

    /// Takes in that an item has ended for good: what waits for nothing more, in order, or, where it did not pass, all
    /// that can no longer run, each with the item that is at fault.
    mutating func end(_ item: Int, passed: Bool) -> (free: [Int], lost: [(item: Int, fault: Int)]) {
        var free: [Int] = []
        var lost: [(Int, Int)] = []
        for group in dependents[item] {
            groups[group].left -= 1
            if !passed {
                lost += groups[group].waiting.map { ($0, item) }
            } else if groups[group].left == 0 {
                free += groups[group].waiting
            } else {
                continue
            }
            groups[group].waiting = []
        }
        // It ends once, and after that nothing waits for it.
        dependents[item] = []
        count -= free.count + lost.count
        return (free.sorted(), lost.sorted { $0.0 < $1.0 })
    }

    /// Forgets all that wait.
    mutating func removeAll() {
        groups = []
        dependents = dependents.map { _ in [] }
        count = 0
    }
}
