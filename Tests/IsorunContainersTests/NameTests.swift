import Testing

@testable import IsorunContainers

@Suite struct `A container's name` {
    @Test(arguments: [
        ("web", true), ("web-1.a_b", true), ("9x", true),
        ("", false), ("x", false), ("-web", false), ("a b", false), ("a/b", false), ("über", false),
    ])
    func `follows docker's rule`(name: String, isValid: Bool) {
        #expect(ContainerName.isValid(name) == isValid)
    }
}
