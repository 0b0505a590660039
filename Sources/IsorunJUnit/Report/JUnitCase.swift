/// A test case: a job, or one case of a report that a job wrote.
public struct JUnitCase: Hashable, Sendable {
    /// How it ended.
    public enum Status: Hashable, Sendable {
        /// It passed.
        case passed
        /// What was tested is wrong.
        case failure(JUnitProblem)
        /// It could not be tested.
        case error(JUnitProblem)
        /// It was not run, and why.
        case skipped(String)
    }
    /// The name.
    public var name: String
    /// What it belongs to.
    public var classname: String
    /// The group; `reported-by-job` for what isorun did not see itself.
    public var group: String?
    /// How long it took, in seconds.
    public var seconds: Double
    /// More about it; only the default dialect carries them.
    public var properties: [JUnitProperty] = []
    /// How it ended.
    public var status: Status
    /// Other attempts of it.
    public var reruns: [JUnitRerun] = []
    /// Standard output, as text.
    public var stdout = ""
    /// Standard error, as text.
    public var stderr = ""

    /// Makes a case without output.
    public init(name: String, classname: String, seconds: Double, status: Status) {
        self.name = name
        self.classname = classname
        self.seconds = seconds
        self.status = status
    }
}

/// What was wrong: a type for machines, a sentence, and details.
public struct JUnitProblem: Hashable, Sendable {
    /// The outcome's name, or the class of an exception.
    public var type: String
    /// One sentence.
    public var message: String
    /// Details, of many lines.
    public var details: String

    /// Makes a problem.
    public init(type: String, message: String, details: String = "") {
        self.type = type
        self.message = message
        self.details = details
    }
}

/// Another attempt of a case that failed.
public struct JUnitRerun: Hashable, Sendable {
    /// Which element it is: the case passed at last or not, and it failed or could not be tested.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case rerunFailure, flakyFailure, rerunError, flakyError
    }
    /// Which element it is.
    public var kind: Kind
    /// What was wrong.
    public var problem: JUnitProblem
    /// Standard output, as text.
    public var stdout: String
    /// Standard error, as text.
    public var stderr: String

    /// Makes an attempt.
    public init(kind: Kind, problem: JUnitProblem, stdout: String = "", stderr: String = "") {
        self.kind = kind
        self.problem = problem
        self.stdout = stdout
        self.stderr = stderr
    }

    var isFlaky: Bool { kind == .flakyFailure || kind == .flakyError }
}
