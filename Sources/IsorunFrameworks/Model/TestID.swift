/// One test as its framework names it.
public struct TestID: Hashable, Sendable {
    /// What it belongs to, for JUnit: a class, a module, a file.
    public var classname: String
    /// Its own name there.
    public var name: String
    /// The file it stands in, as far as the framework says.
    public var file: String?
    /// What the framework takes to run exactly this one.
    public var specifier: String
    /// What always shares a container: parameters of one function.
    public var group: String?
    /// Whether what it belongs to lies in larger things, as a suite in a module: each of them stands for all that it has.
    public var isNested = false
    /// Whether it stands for all tests of its program, which could not be built.
    public private(set) var isUnbuilt = false
    /// Which program of the framework runs it; tests of different runners never share a container.
    public var runner: String

    /// Makes a name.
    public init(classname: String, name: String, file: String? = nil, specifier: String, runner: String) {
        self.classname = classname
        self.name = name
        self.file = file
        self.specifier = specifier
        self.runner = runner
    }

    /// What stands for all tests of a program that could not be built, of which nobody knows the names.
    public static func unbuilt(classname: String, runner: String) -> TestID {
        var test = TestID(classname: classname, name: unbuiltName, specifier: unbuiltName, runner: runner)
        test.isUnbuilt = true
        return test
    }

    /// The same where there is a program, and it failed when it was asked for them.
    public static func unlisted(classname: String, runner: String) -> TestID {
        var test = unbuilt(classname: classname, runner: runner)
        (test.name, test.specifier) = (unlistedName, unlistedName)
        return test
    }

    /// Its name, as `go test` has it.
    public static let unbuiltName = "[build failed]"
    /// Its name where there is a program.
    public static let unlistedName = "[list failed]"
    /// Both.
    public static let unbuiltNames = [unbuiltName, unlistedName]

    /// The whole name, by which filters and reports know it.
    public var fullName: String { classname.isEmpty ? name : "\(classname)/\(name)" }
}

extension [TestID] {
    /// The same, with another class for each whose whole name tests of several programs have; `rename` gets the programs,
    /// and nil keeps what there is.
    func distinguishing(_ rename: (_ test: TestID, _ runners: Set<String>) -> String?) -> [TestID] {
        let runners = Dictionary(grouping: self, by: \.fullName).mapValues { Set($0.map(\.runner)) }
        return map { test in
            guard let sharing = runners[test.fullName], sharing.count > 1 else { return test }
            var test = test
            test.classname = rename(test, sharing) ?? test.classname
            return test
        }
    }
}

/// How much shares a container.
public enum Sharing: String, Hashable, Sendable, CaseIterable {
    /// Each test has its own.
    case test
    /// A class, or what the framework has in its place.
    case `case`
    /// A file, or a module where the framework names no files.
    case file
    /// All tests of a runner.
    case all

    /// The groups of tests that share a container, in the order of their first tests.
    public func groups(of tests: [TestID]) -> [[TestID]] {
        func key(_ test: TestID) -> [String] {
            switch self {
            case .test: [test.runner, test.group ?? test.fullName]
            // What belongs to nothing else is a case with the others of its file.
            case .case: [test.runner, test.classname.isEmpty ? test.file ?? "" : test.classname]
            case .file: [test.runner, test.file ?? String(test.classname.prefix { $0 != "." })]
            case .all: [test.runner]
            }
        }
        var order: [[String]] = []
        var groups: [[String]: [TestID]] = [:]
        for test in tests {
            let key = key(test)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(test)
        }
        return order.compactMap { groups[$0] }
    }
}

/// What a framework itself said of a test.
public struct TestReport: Hashable, Sendable {
    /// How the framework has it.
    public enum Status: Hashable, Sendable {
        /// It began and no end of it was seen.
        case started
        /// It passed.
        case passed
        /// It failed, and the first thing that was wrong.
        case failed(String)
        /// It was left out, and why.
        case skipped(String)
    }
    /// The test, by its index in what was asked for.
    public var test: Int
    /// How the framework has it.
    public var status: Status
    /// How long the framework says it took.
    public var duration: Duration?
    /// What a person has to read of it, where the framework tells that apart from all else that was written.
    public var output: String?

    /// Makes a report.
    public init(test: Int, status: Status, duration: Duration? = nil) {
        self.test = test
        self.status = status
        self.duration = duration
    }
}
