/// Who waits for whom, where many wait for the same: all tests of a package, and all jobs of a matrix.
///
/// Each list of needs is kept and looked through once, and not once for each that has it: two matrices of thousands, of
/// which one needs the other, would be millions of needs.
public struct NeedGroups: Sendable {
    /// Those that wait for the same.
    public struct Group: Sendable {
        /// What they wait for, each once.
        public fileprivate(set) var needs: [Int]
        /// Who they are.
        public fileprivate(set) var members: [Int] = []
    }

    /// The groups.
    public private(set) var groups: [Group] = []
    /// The group of each; nil where it waits for nothing.
    public private(set) var group: [Int?] = []
    /// The groups that wait for each.
    public private(set) var dependents: [[Int]]

    /// Makes the groups of lists of needs by number, the list of each in its place.
    public init(_ lists: [[Int]]) {
        dependents = Array(repeating: [], count: lists.count)
        var last: [Int] = []
        for (member, needs) in lists.enumerated() {
            guard !needs.isEmpty else {
                group.append(nil)
                continue
            }
            // Those of one job come one after another and share one array, which is known without a look into it.
            if needs != last || groups.isEmpty {
                var seen: Set<Int> = []
                for need in needs where seen.insert(need).inserted { dependents[need].append(groups.count) }
                groups.append(Group(needs: seen.count == needs.count ? needs : seen.sorted()))
                last = needs
            }
            groups[groups.count - 1].members.append(member)
            group.append(groups.count - 1)
        }
    }

    /// These, and everything that they need.
    public func needed(by members: [Int]) -> Set<Int> {
        var found = Set(members)
        var (open, seen) = (members, Set<Int>())
        while let member = open.popLast() {
            guard let group = group[member], seen.insert(group).inserted else { continue }
            for need in groups[group].needs where found.insert(need).inserted { open.append(need) }
        }
        return found
    }

    /// These, and everything that needs them.
    public func needing(_ members: [Int]) -> Set<Int> {
        var found = Set(members)
        var (open, seen) = (members, Set<Int>())
        while let member = open.popLast() {
            for group in dependents[member] where seen.insert(group).inserted {
                for other in groups[group].members where found.insert(other).inserted { open.append(other) }
            }
        }
        return found
    }
}
