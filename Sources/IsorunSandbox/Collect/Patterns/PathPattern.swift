internal import IsorunModel
internal import SystemPackage

/// A pattern for absolute paths inside: components that match names, and `**` for any number of directories.
///
/// What a path leads to is not asked: `..` is taken lexically, and a link inside is never followed. A directory that
/// matches is matched with all below it.
struct PathPattern {
    private enum Component {
        case name(NamePattern)
        case anyDirectories

        var literal: ByteString? {
            guard case .name(let pattern) = self else { return nil }
            return pattern.literal
        }
    }

    /// How far a path has come in a pattern.
    struct State: Hashable {
        fileprivate var positions: [Int]
        /// Whether the path, or a directory above it, matches.
        var isMatch: Bool

        /// Whether neither the path nor anything below it can match.
        var isDead: Bool { positions.isEmpty && !isMatch }
    }

    private let components: [Component]
    /// Components that are left out of the layout of copies.
    let prefixCount: Int
    /// Whether it means one path, by its name.
    let namesOne: Bool
    /// The path above all wildcards.
    var fixedPath: FilePath { FilePath(Array("/".utf8) + fixed.map(\.bytes).joined(separator: "/".utf8)) }

    private let fixed: [ByteString]

    /// Reads a pattern; nil where it has a `..` after a wildcard, or is longer than a path can be.
    init?(_ pattern: String, workdir: FilePath) {
        guard pattern.utf8.count < CollectLimits.pathBytes else { return nil }
        let slash = UInt8(ascii: "/")
        let own = pattern.utf8.split(separator: slash)
        var components: [Component] = []
        if pattern.utf8.first != slash {
            components = workdir.components.map { component in .name(NamePattern(literal: component.bytes)) }
        }
        for part in own {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("**".utf8) {
                components.append(.anyDirectories)
            } else if part.elementsEqual("..".utf8) {
                guard let last = components.last else { continue }
                guard last.literal != nil else { return nil }
                components.removeLast()
            } else {
                components.append(.name(NamePattern(part)))
            }
        }
        self.components = components
        fixed = components.prefix { $0.literal != nil }.compactMap(\.literal)
        // `dir/.` means what is in it, as docker's cp takes it; `dir` is copied as `dir`.
        let meansContents = own.last.map { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) } ?? true
        namesOne = fixed.count == components.count && !meansContents
        prefixCount = namesOne ? fixed.count - 1 : fixed.count
    }

    /// The state of `/`.
    var start: State { state([0]) }

    /// The state of what has a name in a directory.
    func advance(_ state: State, _ name: ByteString) -> State {
        if state.isMatch { return State(positions: [], isMatch: true) }
        var reached: [Int] = []
        for position in state.positions where position < components.count {
            switch components[position] {
            case .anyDirectories: if !reached.contains(position) { reached.append(position) }
            case .name(let pattern): if pattern.matches(name) { reached.append(position + 1) }
            }
        }
        return self.state(reached)
    }

    /// The state of a path.
    func advance(_ state: State, along path: FilePath) -> State {
        path.components.reduce(state) { advance($0, ByteString($1.bytes)) }
    }

    /// Whether the next name is known, and not one of many: what is found there is what was meant.
    func expectsOne(_ state: State) -> Bool {
        state.positions.count == 1
            && state.positions.allSatisfy { $0 < components.count && components[$0].literal != nil }
    }

    private func state(_ reached: [Int]) -> State {
        var positions: [Int] = []
        for var position in reached {
            while !positions.contains(position) {
                positions.append(position)
                guard position < components.count, case .anyDirectories = components[position] else { break }
                position += 1
            }
        }
        return State(positions: positions, isMatch: positions.contains(components.count))
    }
}

extension NamePattern {
    /// A name that means itself, whatever characters it has.
    init(literal name: [UInt8]) {
        let special = Array(#"*?[\"#.utf8)
        self.init(name.flatMap { special.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] })
    }
}
