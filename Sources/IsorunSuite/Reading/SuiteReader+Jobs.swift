internal import IsorunArguments
internal import IsorunModel
internal import Yams

/// One job, and the jobs that its matrix makes of it.
extension SuiteReader {
    /// A job before its needs are numbers.
    struct ReadJob {
        var job: SuiteJob
        /// The name without its matrix, which `needs` may name too.
        var base: String
        var needs: [(name: String, node: Node, field: String)]
        var node: Node
        var field: String
    }

    mutating func jobs(_ node: Node, _ field: String, _ defaults: Fields) -> [ReadJob] {
        let known = (SuiteFields.job + SuiteFields.shared).map(\.name)
        guard let fields = mapping(node, field, known) else { return [] }
        let cells = fields["matrix"].map { matrix($0.value, "\(field).matrix") } ?? [[]]
        return cells.compactMap { job(node, field, fields, defaults, $0) }
    }

    mutating func job(
        _ node: Node,
        _ field: String,
        _ fields: Fields,
        _ defaults: Fields,
        _ cell: [(String, String)]
    ) -> ReadJob? {
        guard let named = fields["name"] else {
            complain(node, "\(field).name", "it is missing; every job has a name")
            return nil
        }
        // A name that has the matrix in it is told apart by that.
        let isOwn = named.value.text.map(Variables.usesMatrix) ?? false
        guard let base = text(named.value, "\(field).name", isOwn ? cell : []) else { return nil }
        guard !base.isEmpty else {
            complain(named.value, "\(field).name", "it is empty; every job has a name")
            return nil
        }
        var name = base
        if !cell.isEmpty, !isOwn { name += " (" + cell.map { "\($0.0)=\($0.1)" }.joined(separator: ", ") + ")" }
        var arguments = RunArguments()
        arguments.command = command(node, field, fields, cell)
        arguments.name = name
        for (place, fields) in [("defaults", defaults), (field, fields)] {
            apply(fields, place, cell, to: &arguments, clearing: place != "defaults")
        }
        guard var spec = resolve(arguments, node, field, fields, defaults) else {
            broken.formUnion([base, name])
            return nil
        }
        spec.services = fields["services"].map { services($0.value, "\(field).services", defaults, cell) } ?? []
        let retries =
            if let own = fields["retries"] {
                count(own.value, "\(field).retries")
            } else {
                defaults["retries"].flatMap { count($0.value, "defaults.retries") }
            }
        let tests = fields["tests"].flatMap { self.tests($0.value, "\(field).tests", cell) }
        let needs = fields["needs"].map { texts($0.value, "\(field).needs", cell) } ?? []
        let places = needs.map { (name: $0.text, node: $0.node, field: "\(field).needs") }
        let job = SuiteJob(
            name: name,
            spec: spec,
            tests: tests,
            needs: [],
            retries: retries,
            line: named.value.mark?.line ?? 1,
            column: named.value.mark?.column ?? 1
        )
        return ReadJob(job: job, base: base, needs: places, node: named.value, field: "\(field).name")
    }

    /// Looks at defaults by themselves, as jobs may have their own of each: at those options that mean the same whatever
    /// the others are.
    mutating func check(defaults node: Node, _ fields: Fields) {
        if let retries = fields["retries"] { _ = count(retries.value, "defaults.retries") }
        for name in Self.independent {
            // What is a matrix's is known for a job only.
            guard let field = fields[name], !Self.usesMatrix(field.value) else { continue }
            var arguments = RunArguments()
            arguments.command = ["true"]
            apply([name: field], "defaults", [], to: &arguments, clearing: false)
            _ = resolve(arguments, node, "defaults", [name: field], [:])
        }
    }

    static let independent = [
        "memory", "cpus", "pidsLimit", "disk", "timeout", "cpuTime", "maxOutput", "seccomp", "network",
    ]

    private static func usesMatrix(_ node: Node) -> Bool {
        node.text.map(Variables.usesMatrix) ?? node.sequence?.contains(where: usesMatrix)
            ?? node.mapping?.contains { usesMatrix($0.value) } ?? false
    }

    mutating func command(
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

    /// Writes options into arguments; a job's own list, and what it says is not so, takes the place of the defaults'.
    mutating func apply(
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
                if clearing, !flag { arguments.clear(name) }
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
        if let value = fields["writes"]?.value, let text = text(value, "\(place).writes", cell) {
            arguments.writes = ByteString(text)
        }
        if let value = fields["collectJunit"]?.value {
            arguments.collectJUnit = texts(value, "\(place).collectJunit", cell).map { ByteString($0.text) }
        }
    }

    mutating func resolve(
        _ arguments: RunArguments,
        _ node: Node,
        _ field: String,
        _ fields: Fields,
        _ defaults: Fields
    ) -> JobSpec? {
        do throws(UsageError) {
            return try arguments.resolve(workingDirectory: directory, isOneOfMany: true).job
        } catch {
            let name = JobOptionNames.field(ofOption: error.option)
            let shown = ["artifact": "artifacts", "command": "run"][name] ?? name
            let isDefault = fields[shown] == nil && defaults[shown] != nil
            let at = (fields[shown] ?? defaults[shown])?.value ?? node
            let place = isDefault ? "defaults" : field
            complain(at, "\(place).\(shown)", error.problem + (error.hint.map { "; \($0)" } ?? ""))
            return nil
        }
    }
}
