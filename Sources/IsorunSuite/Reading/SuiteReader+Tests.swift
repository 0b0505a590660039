internal import IsorunArguments
internal import SystemPackage
internal import Yams

/// `tests`: a package whose tests are jobs of their own.
extension SuiteReader {
    mutating func tests(_ node: Node, _ field: String, _ cell: [(String, String)]) -> SuiteTests? {
        guard let fields = mapping(node, field, SuiteFields.tests.map(\.name)) else { return nil }
        func text(_ name: String, _ reader: inout SuiteReader) -> String? {
            fields[name].flatMap { reader.text($0.value, "\(field).\(name)", cell) }
        }
        var tests = SuiteTests(path: text("path", &self) ?? ".")
        tests.framework = choice(fields, "framework", field, cell, among: frameworks)
        tests.per = choice(fields, "per", field, cell, among: ["test", "case", "file", "all"])
        tests.buildNetwork = choice(fields, "buildNetwork", field, cell, among: ["none", "host"])
        tests.build = text("build", &self)
        tests.listCommand = text("listCommand", &self)
        tests.runCommand = text("runCommand", &self)
        if let value = fields["program"]?.value { tests.programs = texts(value, "\(field).program", cell).map(\.text) }
        if let value = fields["buildCache"]?.value {
            if let flag = value.flag {
                tests.buildCache = flag
            } else {
                complain(value, "\(field).buildCache", "it is neither true nor false")
            }
        }
        if let value = fields["path"]?.value, !isDirectory(directory.pushing(FilePath(tests.path))) {
            complain(value, "\(field).path", "there is no directory \(tests.path)")
        }
        askForWhatIsMissing(tests, node, field)
        return tests
    }

    private mutating func choice(
        _ fields: Fields,
        _ name: String,
        _ field: String,
        _ cell: [(String, String)],
        among known: [String]
    ) -> String? {
        guard let value = fields[name]?.value, let text = text(value, "\(field).\(name)", cell) else { return nil }
        guard !known.contains(text) else { return text }
        let hint = JobOptionNames.nearest(to: text, among: known).map { "did you mean \($0)?" }
        let all = "there are: \(known.joined(separator: ", "))"
        complain(value, "\(field).\(name)", "there is no \"\(text)\"; \(hint ?? all)")
        return nil
    }

    private mutating func askForWhatIsMissing(_ tests: SuiteTests, _ node: Node, _ field: String) {
        if tests.framework == "exec", tests.listCommand == nil || tests.runCommand == nil {
            complain(node, field, "exec needs listCommand and runCommand")
        }
        if tests.framework == "googletest", tests.programs.isEmpty {
            complain(node, field, "googletest needs program; for example: program: build/unit_tests")
        }
    }
}
