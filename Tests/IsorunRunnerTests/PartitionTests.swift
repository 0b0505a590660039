import IsorunRunner
import Testing

@Suite struct `A partition` {
    private func items(_ count: Int, timed: Bool) -> [RunItem] {
        (0..<count).map { RunItem(name: "test \($0)", expected: timed ? .milliseconds($0 * $0) : nil) }
    }

    @Test(arguments: Partition.Kind.allCases, [false, true])
    func `puts each item into exactly one part`(_ kind: Partition.Kind, _ timed: Bool) throws {
        let items = items(101, timed: timed)
        var all: [Int] = []
        for index in 1...4 { all += try #require(Partition(kind, index: index, count: 4)).indices(of: items) }
        #expect(all.sorted() == Array(0..<101))
    }

    @Test func `is balanced where times are known`() throws {
        let items = items(100, timed: true)
        let loads = try (1...3).map { index in
            try #require(Partition(.slice, index: index, count: 3)).indices(of: items)
                .reduce(Duration.zero) { $0 + (items[$1].expected ?? .zero) }
        }
        let (least, most) = (loads.min() ?? .zero, loads.max() ?? .zero)
        #expect(most < least * 1.05)
    }

    @Test func `by hash keeps an item where it is when others come`() throws {
        let part = try #require(Partition(.hash, index: 1, count: 3))
        let few = Set(part.indices(of: items(20, timed: false)))
        let many = Set(part.indices(of: items(40, timed: false)).filter { $0 < 20 })
        #expect(few == many)
    }

    @Test(
        arguments: [
            (["CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"], "slice:2/3"),  // GitLab counts from 1
            (["CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "4"], "slice:1/4"),
            (["BUILDKITE_PARALLEL_JOB": "3", "BUILDKITE_PARALLEL_JOB_COUNT": "4"], "slice:4/4"),
            (["BITBUCKET_PARALLEL_STEP": "1", "BITBUCKET_PARALLEL_STEP_COUNT": "2"], "slice:2/2"),
            (["CI_NODE_INDEX": "4", "CI_NODE_TOTAL": "3"], nil), ([:], nil),
            (["CI_NODE_TOTAL": "1"], "slice:1/1"), (["CI_NODE_TOTAL": "2"], nil),
            (
                [
                    "CI_NODE_INDEX": "one", "CI_NODE_TOTAL": "3", "CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "3",
                ], nil
            ),
            (["CIRCLE_NODE_INDEX": "9223372036854775807", "CIRCLE_NODE_TOTAL": "3"], nil),
            (["CI_NODE_INDEX": "-9223372036854775808", "CI_NODE_TOTAL": "3"], nil),
        ] as [([String: String], String?)]
    )
    func `takes the CI's own variables`(_ environment: [String: String], _ expected: String?) {
        #expect(Partition(parsing: "auto") { environment[$0] }?.description == expected)
    }

    @Test func `may be one of more than there are items`() throws {
        for count in [5, 1_000_000_000_000, Int.max] {
            let parts = try (1...5).map { try #require(Partition(.slice, index: $0, count: count)) }
            #expect(parts.flatMap { $0.indices(of: items(4, timed: true)) }.sorted() == [0, 1, 2, 3])
        }
    }

    @Test func `says which variables are no part`() {
        let environment = ["CI_NODE_INDEX": "5", "CI_NODE_TOTAL": "4"]
        #expect(
            Partition.problem { environment[$0] }
                == "CI_NODE_INDEX is \"5\" and CI_NODE_TOTAL \"4\"; the first should be from 1 to the second"
        )
    }

    @Test(arguments: ["slice:0/3", "slice:4/3", "hash:1/0", "1/2", "x:1/2", "slice:1"]
    )
    func `is refused where there is no such part`(_ text: String) {
        #expect(Partition(parsing: text) { _ in nil } == nil)
    }
}
