public import IsorunModel

/// The jobs of a suite file, understood and checked; nothing of it has run.
public struct SuiteFile: Hashable, Sendable {
    /// The jobs in the file's order; those of a matrix one after another.
    public var jobs: [SuiteJob]
}

/// One job of a suite.
public struct SuiteJob: Hashable, Sendable {
    /// Its name, unique in the suite: `unit`, or `unit (os=linux)` of a matrix.
    public var name: String
    /// The job; the command of one whose tests are found by a framework stands for nothing.
    public var spec: JobSpec
    /// Whose tests it is, where it is a package's.
    public var tests: SuiteTests?
    /// Jobs that must have passed before, by their index.
    public var needs: [Int]
    /// Attempts after the first; nil takes the command line's.
    public var retries: Int?
    /// Where its name stands in the file: the line, from 1.
    public var line: Int
    /// And the column, from 1.
    public var column: Int
}

/// A package whose tests are jobs of their own.
public struct SuiteTests: Hashable, Sendable {
    /// The framework; nil finds it out.
    public var framework: String?
    /// The package, from the suite file's directory.
    public var path: String
    /// What shares a container, as `--per` takes it.
    public var per: String?
    /// The network that the build sees, as `--build-network` takes it.
    public var buildNetwork: String?
    /// Whether the build directory is kept for the next run.
    public var buildCache = false
    /// A line of the shell that builds.
    public var build: String?
    /// A line of the shell that prints a test on each line.
    public var listCommand: String?
    /// A line of the shell that runs the test `{}`.
    public var runCommand: String?
    /// Test programs, from the package's directory.
    public var programs: [String] = []
}

/// What is wrong with a suite file, and where.
public struct SuiteProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as the user named it.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int
    /// The field, as in `jobs[0].memory`; empty for the file itself.
    public var field: String
    /// What is wrong, and the way out.
    public var message: String

    /// The place, the field and the message: `isorun.yml:3:5: jobs[0].memroy: there is no such field; …`.
    public var description: String {
        "\(file):\(line):\(column): " + (field.isEmpty ? "" : "\(field): ") + message
    }
}

/// All that is wrong with a suite file.
public struct SuiteProblems: Error, Hashable, Sendable {
    /// Each, in the file's order.
    public var all: [SuiteProblem]
}
