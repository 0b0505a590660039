/// Which items wait for others, kept so that the end of one costs no more than those that wait for it.
struct Needs: Sendable {
    private var dependents: [Int: [Int]] = [:]
    /// Ends that an item still waits for; an item that waits for none is not here.
    private var waiting: [Int: Int] = [:]

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// All that wait, in order.
    var all: [Int] { waiting.keys.sorted() }

    init(_ items: [RunItem], waiting indices: [Int]) {
        for item in indices where !items[item].needs.isEmpty {
            let needs = Set(items[item].needs)
            waiting[item] = needs.count
            for need in needs { dependents[need, default: []].append(item) }
        }
    }

    /// Takes in that an item has ended for good: what waits for nothing more, in order, or, where it did not pass, all
    /// that can no longer run, each with the item that is at fault.
    mutating func end(_ item: Int, passed: Bool) -> (free: [Int], lost: [(item: Int, fault: Int)]) {
        var free: [Int] = []
        var lost: [(Int, Int)] = []
        for other in dependents.removeValue(forKey: item) ?? [] {
            guard let left = waiting[other] else { continue }
            if !passed {
                waiting[other] = nil
                lost.append((other, item))
            } else if left == 1 {
                waiting[other] = nil
                free.append(other)
            } else {
                waiting[other] = left - 1
            }
        }
        return (free.sorted(), lost.sorted { $0.0 < $1.0 })
    }

    /// Forgets all that wait.
    mutating func removeAll() {
        waiting = [:]
        dependents = [:]
    }
}
