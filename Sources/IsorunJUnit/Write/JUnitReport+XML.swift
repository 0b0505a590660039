extension JUnitReport {
    /// The report as an XML document in UTF-8.
    ///
    /// - Throws: `JUnitError` where libxml2 runs out of memory, the one way it can fail here.
    public func xml(_ dialect: JUnitDialect) throws(JUnitError) -> [UInt8] {
        let writer = try XMLWriter()
        try writer.begin()
        switch dialect {
        case .default:
            let counts = JUnitCounts(suites.lazy.flatMap(\.cases))
            try writer.element("testsuites") { () throws(JUnitError) in
                try writer.attribute("name", "isorun")
                try writer.attribute("tests", String(counts.tests))
                try writer.attribute("failures", String(counts.failures))
                try writer.attribute("errors", String(counts.errors))
                try writer.attribute("time", Self.seconds(counts.seconds))
                for suite in suites { try writer.suite(suite, dialect) }
            }
        case .surefire:
            // Surefire's root is a single suite: what the job reported stands in it beside isorun's own.
            var whole = suites.first ?? JUnitSuite(name: "isorun")
            for suite in suites.dropFirst() {
                whole.properties += suite.properties
                whole.cases += suite.cases
            }
            try writer.suite(whole, dialect)
        }
        return try writer.finish()
    }

    /// Seconds with three decimals, as every schema reads them.
    static func seconds(_ value: Double) -> String {
        let clamped = value.isFinite ? min(max(value, 0), 1e9) : 0
        let milliseconds = UInt64((clamped * 1000).rounded())
        return "\(milliseconds / 1000)." + String(1000 + milliseconds % 1000).dropFirst()
    }
}

extension XMLWriter {
    fileprivate func suite(_ suite: JUnitSuite, _ dialect: JUnitDialect) throws(JUnitError) {
        let counts = JUnitCounts(suite.cases)
        try element("testsuite") { () throws(JUnitError) in
            try attribute("name", suite.name)
            try attribute("tests", String(counts.tests))
            try attribute("failures", String(counts.failures))
            try attribute("errors", String(counts.errors))
            try attribute("skipped", String(counts.skipped))
            try attribute("time", JUnitReport.seconds(counts.seconds))
            try attribute("timestamp", suite.timestamp)
            try properties(suite.properties)
            for each in suite.cases { try testcase(each, dialect) }
        }
    }

    private func testcase(_ each: JUnitCase, _ dialect: JUnitDialect) throws(JUnitError) {
        try element("testcase") { () throws(JUnitError) in
            try attribute("name", each.name)
            try attribute("classname", each.classname)
            try attribute("group", each.group)
            try attribute("time", JUnitReport.seconds(each.seconds))
            if dialect == .default { try properties(each.properties) }
            // The order is the Surefire schema's, which has a sequence here.
            if case .failure(let problem) = each.status { try self.problem("failure", problem) }
            try reruns(each, .rerunFailure, .flakyFailure)
            if case .skipped(let message) = each.status {
                try element("skipped") { () throws(JUnitError) in try attribute("message", message) }
            }
            if case .error(let problem) = each.status { try self.problem("error", problem) }
            try reruns(each, .rerunError, .flakyError)
            try output(each.stdout, each.stderr)
        }
    }

    private func properties(_ properties: [JUnitProperty]) throws(JUnitError) {
        guard !properties.isEmpty else { return }
        try element("properties") { () throws(JUnitError) in
            for property in properties {
                try element("property") { () throws(JUnitError) in
                    try attribute("name", property.name)
                    try attribute("value", property.value)
                }
            }
        }
    }

    private func problem(_ name: String, _ problem: JUnitProblem) throws(JUnitError) {
        try element(name) { () throws(JUnitError) in
            try attribute("type", problem.type)
            try attribute("message", problem.message)
            try text(problem.details)
        }
    }

    private func reruns(_ each: JUnitCase, _ kinds: JUnitRerun.Kind...) throws(JUnitError) {
        for kind in kinds {
            for rerun in each.reruns where rerun.kind == kind {
                try element(kind.rawValue) { () throws(JUnitError) in
                    try attribute("type", rerun.problem.type)
                    try attribute("message", rerun.problem.message)
                    try element("stackTrace") { () throws(JUnitError) in try text(rerun.problem.details) }
                    try output(rerun.stdout, rerun.stderr)
                }
            }
        }
    }

    private func output(_ stdout: String, _ stderr: String) throws(JUnitError) {
        for (name, text) in [("system-out", stdout), ("system-err", stderr)] where !text.isEmpty {
            try element(name) { () throws(JUnitError) in try self.text(text) }
        }
    }
}
