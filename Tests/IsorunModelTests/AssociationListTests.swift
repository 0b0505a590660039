import IsorunModel
import SystemPackage
import Testing

@Suite("An association list")
struct AssociationListTests {
    @Test("finds, replaces and removes by key, and keeps the order of first use")
    func storesByKey() {
        var list: AssociationList<String, Int> = ["a": 1, "b": 2, "a": 3]
        #expect(list["a"] == 3)
        #expect(list["c"] == nil)
        list["c"] = 4
        list["b"] = nil
        #expect(list.entries.map(\.key) == ["a", "c"])
    }

    @Test("equals another with the same entries in another order")
    func equality() {
        let list: AssociationList<String, Int> = ["a": 1, "b": 2]
        #expect(list == ["b": 2, "a": 1])
        #expect(list.hashValue == (["b": 2, "a": 1] as AssociationList<String, Int>).hashValue)
        #expect(list != ["a": 1])
        #expect(list != ["a": 1, "b": 3])
    }
}

@Suite("A set of controllers")
struct ControllersTests {
    @Test("is a set")
    func algebra() {
        var set: CgroupFacts.Controllers = [.memory, .pids]
        #expect(set.count == 2)
        #expect(Array(set) == [.memory, .pids])
        #expect(set.insert(.pids).inserted == false)
        #expect(set.remove(.pids) == .pids)
        #expect(set.union([.cpu]) == [.memory, .cpu])
        #expect(set.intersection([.cpu]).isEmpty)
        #expect(CgroupFacts.Controllers(CgroupFacts.Controller.allCases).count == CgroupFacts.Controller.allCases.count)
    }
}

@Suite("The parent of a path")
struct ParentTests {
    @Test(
        "is lexical",
        arguments: [("/a/b", "/a"), ("/a", "/"), ("/a/b/c.d", "/a/b")]
    )
    func parent(path: FilePath, parent: FilePath) {
        #expect(path.parent == parent)
    }

    @Test("is none of the root")
    func root() {
        #expect(FilePath("/").parent == nil)
    }
}
