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
        var owners: [String: [String]] = [:]
        for unit in units {
            let places: [String]
            switch unit.work {
            case .job(let spec): places = Self.places(spec.collection)
            // Whatever goes into a directory has one of its own there.
            case .tests(let work): places = Self.files(work.base.collection)
            case .unbuilt: continue
            }
            for place in Set(places) { owners[place, default: []].append(unit.names[0]) }
        }
        let shared = owners.filter { $1.count > 1 }.sorted { $0.key < $1.key }
        for (place, jobs) in shared.prefix(Self.mostPlaces) {
            let names = jobs.prefix(2).map { TerminalText.escape($0, limit: 200) }.joined(separator: " and ")
            let who = jobs.count == 2 ? "\(names) both" : "\(names) and \(jobs.count - 2) more"
            lines.append("\(who) copy to \(TerminalText.escape(place, limit: 200)): of whichever ends last it stays")
        }
        guard shared.count > Self.mostPlaces else { return }
        lines.append("\(shared.count - Self.mostPlaces) more places are several jobs' to copy to")
    }

    private static let mostPlaces = 5

    // Copies into a directory have the names of the files: where patterns are the same those may be, too.
    private static func places(_ collection: CollectionSpec) -> [String] {
        let copies = collection.artifacts.filter { $0.intoDirectory || $0.destination == nil }.map { artifact in
            "\(artifact.destination ?? ".")/\(artifact.pattern.split(separator: "/").last ?? "")"
        }
        return copies + files(collection) + [collection.writes].compactMap { $0?.string }
    }

    private static func files(_ collection: CollectionSpec) -> [String] {
        collection.artifacts.filter { !$0.intoDirectory }.compactMap { $0.destination?.string }
    }
}
