import IsorunModel
import Testing

@Suite("Groups of needs") struct NeedGroupsTests {
    private let needs = NeedGroups([[], [0], [0], [1, 2, 1], [0], [], [5, 4]])

    @Test func `have those together that come one after another and need the same`() {
        #expect(needs.group == [nil, 0, 0, 1, 2, nil, 3])
        #expect(needs.groups.map(\.members) == [[1, 2], [3], [4], [6]])
        #expect(needs.groups.map(\.needs) == [[0], [1, 2], [0], [5, 4]])
        #expect(needs.dependents == [[0, 2], [1], [1], [], [3], [3], []])
    }

    @Test func `know all that something needs, and all that needs it`() {
        #expect(needs.needed(by: [3]) == [0, 1, 2, 3])
        #expect(needs.needed(by: [6]) == [0, 4, 5, 6])
        #expect(needs.needed(by: [5]) == [5] && needs.needed(by: []) == [])
        #expect(needs.needing([0]) == [0, 1, 2, 3, 4, 6])
        #expect(needs.needing([2]) == [2, 3])
        #expect(needs.needing([6]) == [6] && needs.needing([]) == [])
    }
}
