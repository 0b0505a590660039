/// The words of examples' names, by which rustdoc takes or leaves what it runs: each stands for all names that have it.
///
/// `src/lib.rs - name (line 5)` has `5)`, and so has line 15. Behind its name an example's specifier has the names of
/// those that its word stands for as well.
enum RustDoctestNames {
    /// The specifier of each of a library's examples.
    static func specifiers(_ names: [String]) -> [String] {
        var also: [Substring: [Int]] = [:]
        for (index, name) in names.enumerated() {
            var word = line(name[...])
            while let ending = word, ending.count > 1 {
                also[ending, default: []].append(index)
                word = ending.dropFirst()
            }
        }
        return names.enumerated().map { index, name in
            let others = line(name[...]).flatMap { also[$0] } ?? []
            return ([name] + others.prefix(most).filter { $0 != index }.map { names[$0] }).joined(separator: "\n")
        }
    }

    // Of more than these none is left out: they run, which takes time and changes no result.
    private static let most = 100

    /// The name in a specifier.
    static func name(_ test: TestID) -> Substring { test.specifier.prefix { $0 != "\n" } }

    /// What has rustdoc run these, and of the others none that it can leave; nothing where a name has no line.
    static func words(for tests: [TestID]) -> [String] {
        let names = tests.map(name)
        let wanted = Set(names)
        let lines = names.compactMap(line)
        guard lines.count == names.count else { return [] }
        let others = Set(tests.flatMap { $0.specifier.split(separator: "\n").dropFirst() }).subtracting(wanted)
        guard others.count <= most else { return Set(lines).sorted().map(String.init) }
        let left = others.compactMap { other in
            other.split(separator: " ").reversed().first { word in !names.contains { $0.firstRange(of: word) != nil } }
        }
        return Set(left).sorted().flatMap { ["--skip", String($0)] } + Set(lines).sorted().map(String.init)
    }

    /// `5)`.
    private static func line(_ name: Substring) -> Substring? {
        guard name.hasSuffix(")"), let space = name.lastIndex(of: " ") else { return nil }
        let word = name[space...].dropFirst()
        return word.count > 1 && word.dropLast().allSatisfy { $0.isASCII && $0.isNumber } ? word : nil
    }
}
