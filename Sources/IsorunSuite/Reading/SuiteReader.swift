internal import IsorunArguments
internal import IsorunModel
public import SystemPackage
internal import Yams

/// Reads a suite file: YAML in, jobs or every problem out.
public struct SuiteReader {
    let name: String
    let directory: FilePath
    let frameworks: [String]
    let environment: (String) -> String?
    let isDirectory: (FilePath) -> Bool
    private(set) var problems: [SuiteProblem] = []
    private var told: Set<SuiteProblem> = []
    /// Jobs of which something was wrong, so that there is none to need.
    var broken: Set<String> = []

    /// Reads the text of a suite file.
    ///
    /// - Parameters:
    ///   - text: its contents.
    ///   - name: its name in errors.
    ///   - directory: the absolute path from which relative ones in it are read.
    ///   - frameworks: the names that `tests.framework` may have.
    ///   - isDirectory: whether a package can be there.
    ///   - environment: the variables that `${env:NAME}` may take.
    /// - Returns: its jobs.
    /// - Throws: all that is wrong with it.
    public static func read(
        _ text: String,
        name: String,
        directory: FilePath,
        frameworks: [String],
        isDirectory: @escaping (FilePath) -> Bool = { _ in true },
        environment: @escaping (String) -> String?
    ) throws(SuiteProblems) -> SuiteFile {
        var reader = SuiteReader(
            name: name,
            directory: directory,
            frameworks: frameworks,
            isDirectory: isDirectory,
            environment: environment
        )
        let file = reader.file(text)
        guard reader.problems.isEmpty else {
            throw SuiteProblems(all: reader.problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
        }
        return file
    }

    private init(
        name: String,
        directory: FilePath,
        frameworks: [String],
        isDirectory: @escaping (FilePath) -> Bool,
        environment: @escaping (String) -> String?
    ) {
        self.name = name
        self.directory = directory
        self.frameworks = frameworks
        self.environment = environment
        self.isDirectory = isDirectory
    }

    private mutating func file(_ text: String) -> SuiteFile {
        // A byte order mark, which some editors write.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        guard let root = document(text) else { return SuiteFile(jobs: []) }
        guard let fields = mapping(root, "", SuiteFields.file.map(\.name)) else { return SuiteFile(jobs: []) }
        if let version = fields["version"] {
            if version.value.text != "1" { complain(version.value, "version", "this isorun reads version 1 only") }
        } else {
            complain(root, "version", "it is missing; write: version: 1")
        }
        let defaults =
            fields["defaults"].flatMap { mapping($0.value, "defaults", SuiteFields.shared.map(\.name)) } ?? [:]
        if let node = fields["defaults"]?.value { check(defaults: node, defaults) }
        guard let jobs = fields["jobs"] else {
            complain(root, "jobs", "it is missing; a suite needs jobs, each with a name and what it runs")
            return SuiteFile(jobs: [])
        }
        guard let list = jobs.value.sequence else {
            complain(jobs.value, "jobs", "it is not a list; begin each job with - name: …")
            return SuiteFile(jobs: [])
        }
        var read: [ReadJob] = []
        for (index, node) in list.enumerated() { read += self.jobs(node, "jobs[\(index)]", defaults) }
        return SuiteFile(jobs: link(read))
    }

    private mutating func document(_ text: String) -> Node? {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
            problems.append(problem(1, 1, "", "it is empty; a suite needs version: 1 and jobs"))
        } catch let error as YamlError {
            let (mark, message) = error.place
            problems.append(problem(mark?.line ?? 1, mark?.column ?? 1, "", message))
        } catch {
            problems.append(problem(1, 1, "", "\(error)"))
        }
        return nil
    }

    mutating func complain(_ node: Node, _ field: String, _ message: String) {
        let new = problem(node.mark?.line ?? 1, node.mark?.column ?? 1, field, message)
        // A matrix reads the same node for each of its jobs.
        if told.insert(new).inserted { problems.append(new) }
    }

    private func problem(_ line: Int, _ column: Int, _ field: String, _ message: String) -> SuiteProblem {
        SuiteProblem(file: name, line: line, column: column, field: field, message: message)
    }
}
