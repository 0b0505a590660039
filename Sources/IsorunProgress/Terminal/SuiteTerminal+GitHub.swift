internal import IsorunModel
internal import IsorunReporting

/// What GitHub Actions reads and shows.
extension SuiteTerminal {
    /// Workflow commands, with what they take for syntax escaped as GitHub's toolkit does.
    public func annotations() -> String {
        failures.prefix(10).map { result, _ in
            "::error title=\(Self.property(result.name))::\(Self.data("\(result.outcome.rawValue): \(result.reason)"))\n"
        }.joined()
    }

    private static func data(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    private static func property(_ text: String) -> String {
        data(text).unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case ":": escaped += "%3A"
            case ",": escaped += "%2C"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    /// The summary that GitHub shows for a step, in Markdown.
    public func stepSummary(_ totals: SuiteTotals) -> String {
        MarkdownPage.text(
            totals,
            failures.map(\.result),
            flaky: flaky,
            unenforced: unenforced,
            notRun: leftOut,
            failedBefore: failedBefore
        )
    }
}
