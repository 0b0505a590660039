import IsorunFrameworks
import IsorunModel
import IsorunReporting
import IsorunRunner
import IsorunSuite
import SystemPackage

/// The units and items of a suite's jobs; those of `tests` are found by building their packages.
struct SuitePlanning {
    var options: RunnerOptions
    var times: [String: Duration]
    var workspace: Workspace
    var directory: String
    /// Whether what cannot be built ends it, as nothing is to run.
    var onlyLists = false
    private(set) var units: [WorkUnit] = []
    private(set) var items: [RunItem] = []
    // Held for as long as tests lie over them.
    private var found: [PackageFinder.Result] = []
    // Also those of which nothing was found: the directory of each is its own.
    private var tried = 0

    init(
        options: RunnerOptions,
        times: [String: Duration],
        workspace: Workspace,
        directory: String,
        onlyLists: Bool = false
    ) {
        self.onlyLists = onlyLists
        self.options = options
        self.times = times
        self.workspace = workspace
        self.directory = directory
    }

    /// Takes the jobs that a filter may mean, and what those need: only their packages are built.
    mutating func add(_ suite: SuiteFile, _ filter: TestFilter) throws(Failure) {
        let meant = Self.meant(of: suite, filter)
        // The items that a job became, by the job's index.
        var made: [[Int]] = Array(repeating: [], count: suite.jobs.count)
        let cpus = options.cpus(options.policy)
        for (index, job) in suite.jobs.enumerated() where meant.contains(index) {
            let first = items.count
            if let tests = job.tests {
                try add(tests, of: job, cpus)
            } else {
                units.append(WorkUnit(.job(job.spec)))
                let memory = Self.memory(of: job.spec)
                items.append(
                    RunItem(
                        name: job.name,
                        memory: memory,
                        cpus: job.spec.limits.cpus ?? cpus,
                        expected: times[job.name]
                    )
                )
            }
            made[index] = Array(first..<items.count)
            let ports = job.spec.portClaims
            for item in made[index] {
                items[item].claims = ports
                if items[item].retries == nil { items[item].retries = job.retries }
            }
        }
        try refuseSharedNames(suite, made)
        var needs = SharedByNeighbours<[Int], [Int]>()
        for (index, job) in suite.jobs.enumerated() {
            let own = needs.value(of: job.needs) { $0.flatMap { made[$0] } }
            for item in made[index] { items[item].needs = own }
        }
    }

    // Of the job and its services, which run at the same time; nil where no limit was named.
    private static func memory(of spec: JobSpec) -> UInt64? {
        let limits = [spec.limits] + spec.services.map(\.job.limits)
        let named = limits.compactMap { $0.memory?.bytes }
        return named.isEmpty ? nil : named.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
    }

    private static func meant(of suite: SuiteFile, _ filter: TestFilter) -> Set<Int> {
        guard let names = filter.jobs(among: suite.jobs.map(\.name)) else { return Set(suite.jobs.indices) }
        let meant = suite.jobs.indices.filter { names.contains(suite.jobs[$0].name) }
        return NeedGroups(suite.jobs.map(\.needs)).needed(by: meant)
    }

    /// A job may be called as a test of another one is: which of the two has passed nobody could tell.
    private func refuseSharedNames(_ suite: SuiteFile, _ made: [[Int]]) throws(Failure) {
        var owners: [String: Int] = [:]
        for (job, items) in made.enumerated() {
            for name in items.flatMap({ units[$0].names }) {
                guard let other = owners.updateValue(job, forKey: name) else { continue }
                let (shown, jobs) = (TerminalText.escape(name), [other, job].map { suite.jobs[$0].name })
                let text =
                    "the jobs \"\(TerminalText.escape(jobs[0]))\" and \"\(TerminalText.escape(jobs[1]))\" "
                    + "both have a result called \(shown): give one of them another name"
                throw Failure(text: text, code: 64, events: EarlyEnd.events("jobs", text))
            }
        }
    }

    private mutating func add(_ tests: SuiteTests, of job: SuiteJob, _ cpus: Double) throws(Failure) {
        let path = tests.path.hasPrefix("/") ? tests.path : directory + "/" + tests.path
        var base = job.spec
        let package = FilePath(path).lexicallyNormalized()
        base.filesystem.workdir = package
        // Tests have them; what builds and lists these does not.
        base.services = []
        // Only the suite's own directory is seen wherever it lies.
        if !package.starts(with: FilePath(directory)) {
            base.filesystem.views.append(VolumeSpec(source: package, destination: package, writable: true))
        }
        let finder = PackageFinder(
            framework: tests.framework,
            templates: ExecTemplates(build: tests.build, list: tests.listCommand, run: tests.runCommand),
            programs: tests.programs,
            base: base,
            buildNetwork: tests.buildNetwork == "host" ? .host : .none,
            keepsBuild: tests.buildCache,
            workspace: workspace,
            quiet: options.quiet,
            job: job.name
        )
        tried += 1
        var result: PackageFinder.Result
        do throws(Failure) {
            result = try finder.find(in: package.string, name: "build\(tried)")
        } catch {
            return try addUnbuilt(error, of: job, cpus)
        }
        result.found.base.services = job.spec.services
        found.append(result)
        let (units, items) = UnitMaker.units(
            result.found.tests,
            result,
            per: tests.per.flatMap(Sharing.init) ?? .test,
            prefix: job.name + "/",
            times: times,
            cpus: cpus
        )
        if units.isEmpty && !options.allowEmpty {
            let text = "the package \(tests.path) has no tests; with --allow-empty that is no error"
            let failure = Failure(text: "\(job.name): \(text)", code: 1, events: EarlyEnd.events(job.name, text))
            return try addUnbuilt(failure, of: job, cpus)
        }
        self.units += units
        self.items += items
    }

    // The other jobs run none the less: one that cannot be built says nothing of them. A partition has the plan of all
    // the others, or none: the parts of two plans make no whole.
    private mutating func addUnbuilt(_ failure: Failure, of job: SuiteJob, _ cpus: Double) throws(Failure) {
        let isPart = options.partition != nil
        guard !isPart, let tests = UnbuiltTests(failure, of: job.name) else { throw failure }
        // A run tells it with the results.
        if onlyLists { Say.error(failure.text) }
        let unit = WorkUnit(.unbuilt(tests))
        var item = RunItem(name: unit.names[0], cpus: cpus)
        // It would be as it is.
        item.retries = 0
        units.append(unit)
        items.append(item)
    }

    /// Keeps what is wanted and everything that it needs: the names of that.
    ///
    /// What needs something that failed was not run, and is wanted with it.
    mutating func select(_ filter: TestFilter, failed: Set<String>?) -> [String] {
        let needs = NeedGroups(items.map(\.needs))
        var wanted = units.indices.filter { units[$0].isWanted(by: filter) }
        if let failed {
            let again = units.indices.filter { units[$0].names.contains { LastFailures.includes($0, failed) } }
            let meant = needs.needing(again)
            wanted.removeAll { !meant.contains($0) }
        }
        let kept = needs.needed(by: wanted)
        let added = kept.subtracting(wanted).sorted().flatMap { units[$0].names }
        let order = kept.sorted()
        (units, items) = (order.map { units[$0] }, items.keeping(order))
        return added
    }
}
