import IsorunFrameworks
import IsorunModel

/// A short word for what units run and how: the same in every process, and another one where any of it is another.
///
/// By it `--resume` knows whether results that an earlier run had are results of what is to be run now.
struct UnitDigest {
    private var digest = StableDigest()
    /// Jobs of a suite often differ by nothing but their commands, and a walk through a spec takes long.
    private var known: [JobSpec: UInt64] = [:]

    /// The word for units; `failsOnLeaks` is the one thing that decides on their results and is in none of them.
    static func text(of units: [WorkUnit], failsOnLeaks: Bool) -> String {
        var all = UnitDigest()
        all.digest.take(failsOnLeaks ? "leaks fail" : "leaks warn")
        for unit in units { all.take(unit.work) }
        return all.digest.text
    }

    private mutating func take(_ work: WorkUnit.Work) {
        digest.add(.unit)
        switch work {
        case .job(let spec): take(spec)
        case .tests(let work):
            for text in [work.prefix, work.framework.name, work.package.directory] { digest.take(text) }
            digest.walk(work.package.templates)
            digest.walk(work.package.programs)
            for test in work.tests {
                for text in [test.classname, test.name, test.specifier, test.runner] { digest.take(text) }
            }
            take(Self.lasting(work.base))
        case .unbuilt(let tests): digest.take(tests.test.fullName)
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
        digest.add(known[common] ?? learn(common))
        digest.take(spec.name ?? "")
        for word in spec.command { digest.take(word.bytes) }
        digest.add(.end)
        for entry in spec.process.environment {
            digest.take(entry.name.bytes)
            if let value = entry.value { digest.take(value.bytes) } else { digest.add(.none) }
        }
    }

    private mutating func learn(_ spec: JobSpec) -> UInt64 {
        let hash = StableDigest.hash(of: spec)
        known[spec] = hash
        return hash
    }
}
