import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunRunner
import SystemPackage

/// What is to be known of a run before it begins, as its reports alone would not tell.
struct RunNotes {
    /// A line each.
    private(set) var lines: [String] = []

    /// - Parameters:
    ///   - units: all of the plan.
    ///   - items: the same, as they are run.
    ///   - selected: which of the items are this partition's.
    init(_ units: [WorkUnit], _ items: [RunItem], selected: [Int]) {
        noteNeeds(items, Set(selected))
        notePlaces(selected.map { units[$0] })
    }

    private mutating func noteNeeds(_ items: [RunItem], _ mine: Set<Int>) {
        guard mine.count < items.count else { return }
        var first: (item: Int, need: Int)?
        var count = 0
        for item in mine.sorted() {
            guard let need = items[item].needs.first(where: { !mine.contains($0) }) else { continue }
            first = first ?? (item, need)
            count += 1
        }
        guard let first else { return }
        let names = [first.item, first.need].map { TerminalText.escape(items[$0].name, limit: 200) }
        let who = count == 1 ? "1 job needs" : "\(count) jobs need"
        lines.append(
            "\(who) what is in another partition (\(names[0]) needs \(names[1])): here that counts as passed, whatever comes of it"
        )
    }

    private mutating func notePlaces(_ units: [WorkUnit]) {
        var owners: [String: String] = [:]
        for unit in units {
            guard case .job(let spec) = unit.work else { continue }
            for place in Set(Self.places(spec.collection)).sorted() {
                guard let other = owners.updateValue(unit.names[0], forKey: place) else { continue }
                let names = [other, unit.names[0], place].map { TerminalText.escape($0, limit: 200) }
                lines.append("\(names[0]) and \(names[1]) both copy to \(names[2]): of whichever ends last it stays")
            }
        }
    }

    // Copies into a directory have names of their own there.
    private static func places(_ collection: CollectionSpec) -> [String] {
        let files = collection.artifacts.filter { !$0.intoDirectory }.compactMap(\.destination)
        return (files + [collection.writes].compactMap(\.self)).map(\.string)
    }
}
