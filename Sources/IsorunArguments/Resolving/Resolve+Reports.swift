import IsorunModel
import SystemPackage

extension RunArguments {
    func resolveCollection(from workingDirectory: FilePath) throws(UsageError) -> CollectionSpec {
        var spec = CollectionSpec()
        for artifact in artifacts {
            spec.artifacts.append(try OptionValue("--artifact", artifact).artifact(from: workingDirectory))
        }
        if let writes {
            let value = OptionValue("--writes", writes)
            guard writes != "-" else { throw value.refused("is not a file", example: "writes.txt") }
            guard !readOnly else {
                let problem = "would list what --read-only does not let the job write"
                throw value.refused(problem, hint: "leave one of the two out")
            }
            spec.writes = try value.hostFile(from: workingDirectory, example: "writes.txt")
        }
        for pattern in collectJUnit {
            guard !pattern.bytes.isEmpty else {
                throw OptionValue("--collect-junit", pattern).refused("is not a pattern", example: "build/*.xml")
            }
            try OptionValue("--collect-junit", pattern).checkPattern(pattern.bytes[...])
            spec.junitPatterns.append(pattern.text)
        }
        return spec
    }

    func resolveReports(from workingDirectory: FilePath) throws(UsageError) -> ReportRequest {
        var reports = ReportRequest()
        if let junit {
            reports.junit = try OptionValue("--junit", junit).report(from: workingDirectory, example: "junit.xml")
        }
        if let json {
            reports.json = try OptionValue("--json", json).report(from: workingDirectory, example: "result.json")
        }
        if let events {
            reports.events = try OptionValue("--events", events).report(from: workingDirectory, example: "events.jsonl")
        }
        if let junitDialect {
            let value = OptionValue("--junit-dialect", junitDialect)
            reports.junitDialect = try value.choice("a dialect", among: JUnitDialect.allCases)
        }
        guard !quiet || !verbose else {
            let hint = "leave one of the two out"
            throw UsageError(option: "--quiet", problem: "says less, and --verbose more", hint: hint)
        }
        reports.quiet = quiet
        reports.verbose = verbose
        return reports
    }

    /// Two reports in one file would overwrite each other.
    func checkReportFiles(_ reports: ReportRequest, writes: FilePath?) throws(UsageError) {
        var taken: [ReportFile] = []
        func claim(_ option: String, _ text: ByteString?, _ destination: ReportDestination?) throws(UsageError) {
            guard let text, let destination else { return }
            if let first = taken.first(where: { $0.destination == destination }) {
                let place = destination == .standardOutput ? "stdout" : "the file"
                let problem = "is \(place) that \(first.option) writes to as well"
                throw OptionValue(option, text).refused(problem, hint: "give each a file of its own")
            }
            taken.append(ReportFile(option: option, destination: destination))
        }
        try claim("--junit", junit, reports.junit)
        try claim("--json", json, reports.json)
        try claim("--events", events, reports.events)
        try claim("--writes", self.writes, writes.map { .file($0) })
    }
}

/// A report that an option asked for.
private struct ReportFile {
    let option: String
    let destination: ReportDestination
}

extension OptionValue {
    /// `-`, or a file that is written.
    func report(from workingDirectory: FilePath, example: String) throws(UsageError) -> ReportDestination {
        bytes == "-" ? .standardOutput : .file(try hostFile(from: workingDirectory, example: example))
    }

    /// `PATTERN[:DEST]`; a colon within brackets belongs to the pattern.
    func artifact(from workingDirectory: FilePath) throws(UsageError) -> ArtifactSpec {
        let example = "build/*.log:logs"
        var pattern = bytes.bytes[...]
        var destination: FilePath?
        var intoDirectory = false
        if let colon = pattern.lastIndex(of: UInt8(ascii: ":")), !pattern[colon...].contains(UInt8(ascii: "]")) {
            let place = ByteString(pattern[(colon + 1)...])
            guard !place.bytes.isEmpty else { throw refused("has an empty destination", example: example) }
            destination = try OptionValue(option, place).hostPath(from: workingDirectory, example: example)
            let last = place.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last
            intoDirectory = ["", ".", ".."].contains(last.map { String(decoding: $0, as: UTF8.self) })
            pattern = pattern[..<colon]
        }
        guard !pattern.isEmpty else { throw refused("has no pattern", example: example) }
        try checkPattern(pattern)
        return ArtifactSpec(
            pattern: String(decoding: pattern, as: UTF8.self),
            destination: destination,
            intoDirectory: intoDirectory
        )
    }

    /// Refuses `..` that leads above where a pattern begins, which is the working directory inside or the root, and
    /// `..` behind a wildcard, which has no one meaning.
    func checkPattern(_ pattern: ArraySlice<UInt8>) throws(UsageError) {
        let slash = UInt8(ascii: "/")
        let wildcards = Set("*?[".utf8)
        var above: [ArraySlice<UInt8>] = []
        for part in pattern.split(separator: slash) where !part.elementsEqual(".".utf8) {
            guard part.elementsEqual("..".utf8) else {
                above.append(part)
                continue
            }
            guard let last = above.popLast() else {
                let isAbsolute = pattern.first == slash
                throw refused(
                    isAbsolute ? "leads out of the container" : "leads out of the working directory",
                    hint: isAbsolute ? "leave the .. out" : "name the path inside, as /build/*.log"
                )
            }
            guard !last.contains(where: wildcards.contains) else {
                throw refused("has .. behind a wildcard", example: "build/*.log")
            }
        }
    }
}
