import IsorunFrameworks
import IsorunModel
import SystemPackage

/// A short word for what units run and how: the same in every process, and another one where any of it is another.
///
/// By it `--resume` knows whether results that an earlier run had are results of what is to be run now.
struct UnitDigest {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Jobs of a suite often differ by nothing but their commands, and a walk through a spec takes long.
    private var known: [JobSpec: UInt64] = [:]

    /// The word for units; `failsOnLeaks` is the one thing that decides on their results and is in none of them.
    static func text(of units: [WorkUnit], failsOnLeaks: Bool) -> String {
        var digest = UnitDigest()
        digest.take(failsOnLeaks ? "leaks fail" : "leaks warn")
        for unit in units { digest.take(unit.work) }
        return String(digest.hash, radix: 16)
    }

    private mutating func take(_ work: WorkUnit.Work) {
        add(Mark.unit)
        switch work {
        case .job(let spec): take(spec)
        case .tests(let work):
            for text in [work.prefix, work.framework.name, work.package.directory] { take(text) }
            walk(work.package.templates)
            walk(work.package.programs)
            for test in work.tests {
                for text in [test.classname, test.name, test.specifier, test.runner] { take(text) }
            }
            take(Self.lasting(work.base))
        case .unbuilt(let tests): take(tests.test.fullName)
        }
    }

    // Where builds are kept is another place each time, and views are of directories that are named besides.
    private static func lasting(_ base: JobSpec) -> JobSpec {
        var base = base
        (base.filesystem.layers, base.filesystem.views) = ([], [])
        return base
    }

    private mutating func take(_ spec: JobSpec) {
        var common = spec
        (common.name, common.command, common.process.environment) = (nil, [], [])
        // What is kept of a job decides on no result.
        common.collection = CollectionSpec()
        add(known[common] ?? learn(common))
        take(spec.name ?? "")
        for word in spec.command { take(word.bytes) }
        add(Mark.end)
        for entry in spec.process.environment {
            take(entry.name.bytes)
            if let value = entry.value { take(value.bytes) } else { add(Mark.none) }
        }
    }

    private mutating func learn(_ spec: JobSpec) -> UInt64 {
        let hash = Self.hash(of: spec)
        known[spec] = hash
        return hash
    }

    // MARK: Values

    /// What is no byte of a text.
    private enum Mark {
        static let end: UInt64 = 0x100
        static let none: UInt64 = 0x101
        static let begin: UInt64 = 0x102
        static let unit: UInt64 = 0x103
    }

    private static func hash(of value: Any) -> UInt64 {
        var digest = UnitDigest()
        digest.walk(value)
        return digest.hash
    }

    private mutating func take(_ text: String) { take(text.utf8) }

    private mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(UInt64(byte)) }
        add(Mark.end)
    }

    // FNV-1a, which is the same in every process, unlike Swift's own hashes.
    private mutating func add(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01B3 }

    /// Takes a value with all that it is made of, so that nothing that is ever added to a spec is forgotten here.
    private mutating func walk(_ value: Any) {
        switch value {
        case let text as String: return take(text)
        case let bytes as ByteString: return take(bytes.bytes)
        case let path as FilePath: return take(path.string)
        default: break
        }
        let mirror = Mirror(reflecting: value)
        if mirror.children.isEmpty { return mirror.displayStyle == .optional ? add(Mark.none) : take("\(value)") }
        add(Mark.begin)
        if mirror.displayStyle == .set || mirror.displayStyle == .dictionary {
            // They have another order in each process.
            for hash in mirror.children.map({ Self.hash(of: $0.value) }).sorted() { add(hash) }
        } else {
            for child in mirror.children {
                take(child.label ?? "")
                walk(child.value)
            }
        }
        add(Mark.end)
    }
}
