internal import IsorunArguments
internal import IsorunModel
public import SystemPackage
internal import Yams

/// Reads a suite file: YAML in, jobs or every problem out.
public struct SuiteReader {
    private let name: String
    private let directory: FilePath
    private let environment: (String) -> String?
    private var problems: [SuiteProblem] = []

    /// Reads the text of a suite file.
    ///
    /// - Parameters:
    ///   - text: its contents.
    ///   - name: its name in errors.
    ///   - directory: the absolute path from which relative ones in it are read.
    ///   - environment: the variables that `${env:NAME}` may take.
    /// - Returns: its jobs.
    /// - Throws: all that is wrong with it.
    public static func read(
        _ text: String,
        name: String,
        directory: FilePath,
        environment: @escaping (String) -> String?
    ) throws(SuiteProblems) -> SuiteFile {
        var reader = SuiteReader(name: name, directory: directory, environment: environment)
        let file = reader.file(text)
        guard reader.problems.isEmpty else {
            throw SuiteProblems(all: reader.problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
        }
        return file
    }

    private init(name: String, directory: FilePath, environment: @escaping (String) -> String?) {
        self.name = name
        self.directory = directory
        self.environment = environment
    }

    // MARK: The file

    private mutating func file(_ text: String) -> SuiteFile {
        guard let root = document(text) else { return SuiteFile(jobs: []) }
        guard let fields = mapping(root, "", SuiteFields.file.map(\.name)) else { return SuiteFile(jobs: []) }
        if let version = fields["version"] {
            if version.value.text != "1" { complain(version.value, "version", "this isorun reads version 1 only") }
        } else {
            complain(root, "version", "it is missing; write: version: 1")
        }
        let defaults =
            fields["defaults"].flatMap { mapping($0.value, "defaults", SuiteFields.shared.map(\.name)) } ?? [:]
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

    // MARK: A job

    /// A job before its needs are numbers.
    private struct ReadJob {
        var job: SuiteJob
        /// The name without its matrix, which `needs` may name too.
        var base: String
        var needs: [(name: String, node: Node, field: String)]
        var node: Node
        var field: String
    }

    private mutating func jobs(_ node: Node, _ field: String, _ defaults: Fields) -> [ReadJob] {
        let known = (SuiteFields.job + SuiteFields.shared).map(\.name)
        guard let fields = mapping(node, field, known) else { return [] }
        let cells = fields["matrix"].map { matrix($0.value, "\(field).matrix") } ?? [[]]
        return cells.compactMap { job(node, field, fields, defaults, $0) }
    }

    private mutating func job(
        _ node: Node,
        _ field: String,
        _ fields: Fields,
        _ defaults: Fields,
        _ cell: [(String, String)]
    ) -> ReadJob? {
        guard let named = fields["name"], let base = text(named.value, "\(field).name", []), !base.isEmpty else {
            complain(node, "\(field).name", "it is missing; every job has a name")
            return nil
        }
        var name = base
        if !cell.isEmpty { name += " (" + cell.map { "\($0.0)=\($0.1)" }.joined(separator: ", ") + ")" }
        var arguments = RunArguments()
        arguments.command = command(node, field, fields, cell)
        arguments.name = name
        for (place, fields) in [("defaults", defaults), (field, fields)] {
            apply(fields, place, cell, to: &arguments, clearing: place != "defaults")
        }
        guard let spec = resolve(arguments, node, field, fields.merging(defaults) { mine, _ in mine }) else {
            return nil
        }
        let retries = (fields["retries"] ?? defaults["retries"]).flatMap { count($0.value, "\(field).retries") }
        let tests = fields["tests"].flatMap { self.tests($0.value, "\(field).tests", cell) }
        let needs = fields["needs"].map { texts($0.value, "\(field).needs", cell) } ?? []
        let places = needs.map { (name: $0.text, node: $0.node, field: "\(field).needs") }
        let job = SuiteJob(name: name, spec: spec, tests: tests, needs: [], retries: retries)
        return ReadJob(job: job, base: base, needs: places, node: named.value, field: "\(field).name")
    }

    private mutating func command(
        _ node: Node,
        _ field: String,
        _ fields: Fields,
        _ cell: [(String, String)]
    ) -> [ByteString] {
        switch (fields["run"], fields["tests"]) {
        case (nil, nil):
            complain(node, field, "it runs nothing; write run: COMMAND, or tests: {path: .}")
        case (.some(let run), .some):
            complain(run.key, "\(field).run", "a job has either run or tests")
        case (nil, .some): return ["true"]
        case (.some(let run), nil):
            if run.value.sequence != nil {
                let words = texts(run.value, "\(field).run", cell).map { ByteString($0.text) }
                if words.isEmpty { complain(run.value, "\(field).run", "there is no command in it") }
                return words.isEmpty ? ["true"] : words
            }
            guard let line = text(run.value, "\(field).run", cell) else { break }
            if line.allSatisfy(\.isWhitespace) { complain(run.value, "\(field).run", "there is no command in it") }
            return ["/bin/sh", "-ec", ByteString(line)]
        }
        return ["true"]
    }

    /// Writes options into arguments; a job's own list takes the place of the defaults'.
    private mutating func apply(
        _ fields: Fields,
        _ place: String,
        _ cell: [(String, String)],
        to arguments: inout RunArguments,
        clearing: Bool
    ) {
        for (name, kind) in JobOptionNames.all {
            guard let value = fields[name]?.value else { continue }
            let field = "\(place).\(name)"
            switch kind {
            case .flag:
                guard let flag = value.flag else { complain(value, field, "it is neither true nor false"); continue }
                JobOptionNames.set(name, flag ? "true" : "false", in: &arguments)
            case .value:
                if let text = text(value, field, cell) { JobOptionNames.set(name, text, in: &arguments) }
            case .list:
                if clearing { arguments.clear(name) }
                for text in texts(value, field, cell) { JobOptionNames.set(name, text.text, in: &arguments) }
            }
        }
        if let value = fields["env"]?.value { arguments.env += pairs(value, "\(place).env", cell) }
        if let value = fields["artifacts"]?.value {
            arguments.artifacts = texts(value, "\(place).artifacts", cell).map { ByteString($0.text) }
        }
        if let value = fields["collectJunit"]?.value {
            arguments.collectJUnit = texts(value, "\(place).collectJunit", cell).map { ByteString($0.text) }
        }
    }

    private mutating func resolve(
        _ arguments: RunArguments,
        _ node: Node,
        _ field: String,
        _ fields: Fields
    ) -> JobSpec? {
        do throws(UsageError) {
            return try arguments.resolve(workingDirectory: directory).job
        } catch {
            let name = JobOptionNames.field(ofOption: error.option)
            let shown = ["artifact": "artifacts", "command": "run"][name] ?? name
            let at = fields[shown]?.value ?? node
            complain(at, "\(field).\(shown)", error.problem + (error.hint.map { "; \($0)" } ?? ""))
            return nil
        }
    }

    private mutating func tests(_ node: Node, _ field: String, _ cell: [(String, String)]) -> SuiteTests? {
        guard let fields = mapping(node, field, SuiteFields.tests.map(\.name)) else { return nil }
        let framework = fields["framework"].flatMap { text($0.value, "\(field).framework", cell) }
        let path = fields["path"].flatMap { text($0.value, "\(field).path", cell) }
        return SuiteTests(framework: framework, path: path ?? ".")
    }

    // MARK: Between jobs

    private mutating func link(_ read: [ReadJob]) -> [SuiteJob] {
        var jobs = read.map(\.job)
        var indices: [String: [Int]] = [:]
        for (index, job) in read.enumerated() {
            if let other = read[..<index].first(where: { $0.job.name == job.job.name }) {
                let line = other.node.mark?.line ?? 0
                complain(job.node, job.field, "another job is called \"\(job.job.name)\", in line \(line)")
            }
            for name in Set([job.base, job.job.name]) { indices[name, default: []].append(index) }
        }
        for (index, job) in read.enumerated() {
            for need in job.needs {
                if let found = indices[need.name] {
                    jobs[index].needs += found
                } else {
                    let near = JobOptionNames.nearest(to: need.name, among: Array(indices.keys))
                    let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
                    complain(need.node, need.field, "there is no job \"\(need.name)\"\(hint)")
                }
            }
        }
        refuseCircles(jobs, read)
        return jobs
    }

    private mutating func refuseCircles(_ jobs: [SuiteJob], _ read: [ReadJob]) {
        var left = Set(jobs.indices)
        while let free = left.first(where: { jobs[$0].needs.allSatisfy { !left.contains($0) } }) { left.remove(free) }
        guard let start = left.min() else { return }
        var path = [start]
        while let next = jobs[path[path.count - 1]].needs.first(where: left.contains) {
            if let first = path.firstIndex(of: next) {
                let circle = (path[first...] + [next]).map { "\"\(jobs[$0].name)\"" }.joined(separator: " needs ")
                return complain(read[next].node, read[next].field, "jobs need each other in a circle: \(circle)")
            }
            path.append(next)
        }
    }

    // MARK: Values

    private typealias Fields = [String: (key: Node, value: Node)]

    private mutating func mapping(_ node: Node, _ field: String, _ known: [String]) -> Fields? {
        guard let mapping = node.mapping else {
            complain(
                node,
                field,
                "it is not a mapping of fields; it may have: \(known.prefix(6).joined(separator: ", ")), …"
            )
            return nil
        }
        var fields: Fields = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard known.contains(name) else {
                let near = JobOptionNames.nearest(to: name, among: known)
                let hint = near.map { "; did you mean \($0)?" } ?? "; there are: \(known.joined(separator: ", "))"
                complain(key, field.isEmpty ? name : "\(field).\(name)", "there is no such field\(hint)")
                continue
            }
            fields[name] = (key, value)
        }
        return fields
    }

    private mutating func text(_ node: Node, _ field: String, _ cell: [(String, String)]) -> String? {
        guard let scalar = node.text else {
            complain(node, field, "it is not a text")
            return nil
        }
        let (text, missing) = Variables.expand(scalar, environment: environment, matrix: cell)
        if let missing { complain(node, field, missing) }
        return text
    }

    private mutating func texts(
        _ node: Node,
        _ field: String,
        _ cell: [(String, String)]
    ) -> [(text: String, node: Node)] {
        guard let sequence = node.sequence else { return text(node, field, cell).map { [($0, node)] } ?? [] }
        var found: [(String, Node)] = []
        for (index, element) in sequence.enumerated() {
            if let text = text(element, "\(field)[\(index)]", cell) { found.append((text, element)) }
        }
        return found
    }

    private mutating func count(_ node: Node, _ field: String) -> Int? {
        guard let text = node.text, let value = Int(text), 0...1000 ~= value else {
            complain(node, field, "it is not a number from 0 to 1000")
            return nil
        }
        return value
    }

    /// `{K: V}`, or a list of `K=V` and `K`, as docker compose has it.
    private mutating func pairs(_ node: Node, _ field: String, _ cell: [(String, String)]) -> [ByteString] {
        guard let mapping = node.mapping else { return texts(node, field, cell).map { ByteString($0.text) } }
        var entries: [ByteString] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string, !name.isEmpty, !name.contains("=") else {
                complain(key, field, "it is no name of a variable")
                continue
            }
            if value.isNull {
                entries.append(ByteString(name))
            } else if let text = text(value, "\(field).\(name)", cell) {
                entries.append(ByteString("\(name)=\(text)"))
            }
        }
        return entries
    }

    /// Every combination of the values, the last variable changing fastest.
    private mutating func matrix(_ node: Node, _ field: String) -> [[(String, String)]] {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            complain(node, field, "it is not a mapping of variables to lists of values")
            return []
        }
        var cells: [[(String, String)]] = [[]]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            let values = texts(value, "\(field).\(name)", []).map(\.text)
            if values.isEmpty { complain(value, "\(field).\(name)", "it has no values") }
            cells = cells.flatMap { cell in values.map { cell + [(name, $0)] } }
            guard cells.count <= 10_000 else {
                complain(node, field, "it makes more than 10000 jobs")
                return []
            }
        }
        return cells
    }

    // MARK: Problems

    private mutating func complain(_ node: Node, _ field: String, _ message: String) {
        let new = problem(node.mark?.line ?? 1, node.mark?.column ?? 1, field, message)
        // A matrix reads the same node for each of its jobs.
        if !problems.contains(new) { problems.append(new) }
    }

    private func problem(_ line: Int, _ column: Int, _ field: String, _ message: String) -> SuiteProblem {
        SuiteProblem(file: name, line: line, column: column, field: field, message: message)
    }
}
