internal import IsorunModel

/// The order in which items are tried.
public enum RunOrder {
    /// Longest known first, then as written; or shuffled, the same for the same seed.
    ///
    /// What waits for an item cannot end before it: an item is as long as the longest chain that begins with it.
    public static func indices(of items: [RunItem], seed: UInt64?) -> [Int] {
        if let seed {
            var generator = SeededGenerator(seed: seed)
            return generator.shuffled(items.count)
        }
        let times = chains(items)
        let known = items.indices.filter { times[$0] != nil }
        let unknown = items.indices.filter { times[$0] == nil }
        func time(_ index: Int) -> Duration { times[index] ?? .zero }
        return known.sorted { (time($1), $0) < (time($0), $1) } + unknown
    }

    // From the ends of the chains to their beginnings: nil where no time of a chain is known.
    private static func chains(_ items: [RunItem]) -> [Duration?] {
        var times = items.map(\.expected)
        guard items.contains(where: { !$0.needs.isEmpty }) else { return times }
        let needs = NeedGroups(items.map(\.needs))
        // Of a group's members, and of the groups that wait for an item, how many have no time yet.
        var members = needs.groups.map(\.members.count)
        var dependents = needs.dependents.map(\.count)
        var longest = [Duration?](repeating: nil, count: needs.groups.count)
        var open = items.indices.filter { dependents[$0] == 0 }
        while let item = open.popLast() {
            if let after = needs.dependents[item].compactMap({ longest[$0] }).max() {
                times[item] = (times[item] ?? .zero) + after
            }
            guard let group = needs.group[item] else { continue }
            if let time = times[item] { longest[group] = max(longest[group] ?? .zero, time) }
            members[group] -= 1
            guard members[group] == 0 else { continue }
            for need in needs.groups[group].needs {
                dependents[need] -= 1
                if dependents[need] == 0 { open.append(need) }
            }
        }
        return times
    }
}
