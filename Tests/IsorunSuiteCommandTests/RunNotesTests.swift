import IsorunModel
import IsorunRunner
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `What is to be known of a run before it begins` {
    private func unit(_ name: String, _ change: (inout CollectionSpec) -> Void = { _ in }) -> WorkUnit {
        var spec = JobSpec(command: ["true"])
        spec.name = name
        change(&spec.collection)
        return WorkUnit(.job(spec))
    }

    private func lines(_ units: [WorkUnit], needs: [[Int]] = [], selected: [Int]? = nil) -> [String] {
        let items = units.indices.map { index in
            var item = RunItem(name: units[index].names[0], memory: nil, cpus: 1, expected: nil)
            item.needs = needs.indices.contains(index) ? needs[index] : []
            return item
        }
        return RunNotes(units, items, selected: selected ?? Array(units.indices)).lines
    }

    @Test func `is which jobs need what runs elsewhere`() {
        let units = ["a", "b", "c"].map { unit($0) }
        #expect(lines(units, needs: [[], [0], [0, 1]], selected: [1, 2]).first?.hasPrefix("2 jobs need") == true)
        #expect(lines(units, needs: [[], [0], [1]], selected: [0, 2]).first?.contains("(c needs b)") == true)
        #expect(lines(units, needs: [[], [0], [1]]) == [] && lines(units, needs: [[], [0]], selected: [0]) == [])
    }

    @Test func `is which jobs take each other's place on the host`() {
        func copy(_ name: String, to path: String, intoDirectory: Bool = false) -> WorkUnit {
            let artifact = ArtifactSpec(pattern: "x", destination: .init(path), intoDirectory: intoDirectory)
            return unit(name) { $0.artifacts = [artifact] }
        }
        let same = lines([copy("a", to: "/r/x"), copy("b", to: "/r/x"), unit("c") { $0.writes = "/r/x" }])
        #expect(same == ["a and b and 1 more copy to /r/x: of whichever ends last it stays"])
        let two = lines([copy("a", to: "/r/x"), copy("b", to: "/r/x"), copy("c", to: "/r/y")])
        #expect(two == ["a and b both copy to /r/x: of whichever ends last it stays"])
        let into = lines(["a", "b", "c"].map { copy($0, to: "/r", intoDirectory: true) })
        #expect(into == ["a and b and 1 more copy to /r/x: of whichever ends last it stays"])
        let other = unit("c") { $0.artifacts = [ArtifactSpec(pattern: "d/y", destination: "/r", intoDirectory: true)] }
        #expect(lines([copy("a", to: "/r", intoDirectory: true), other]) == [])
        let many = (0..<8).flatMap { number in ["a", "b"].map { copy($0, to: "/r/\(number)") } }
        #expect(lines(many).count == 6 && lines(many).last == "3 more places are several jobs' to copy to")
    }
}
