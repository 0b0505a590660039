import ArgumentParser
import IsorunProgress
import IsorunReporting

/// `isorun-report markdown`: events or results in, a summary out.
struct MarkdownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "markdown",
        abstract: "Turn events (isorun.events/1) or results (isorun.result/1) into a summary in Markdown.",
        discussion: PageOptions.discussion
    )

    @OptionGroup var page: PageOptions

    func run() throws { try page.write(MarkdownPage.text) }
}

/// `isorun-report html`: events or results in, a page out.
struct HTMLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "html",
        abstract: "Turn events (isorun.events/1) or results (isorun.result/1) into a page of HTML.",
        discussion: PageOptions.discussion
    )

    @OptionGroup var page: PageOptions

    func run() throws { try page.write(HTMLPage.text) }
}

/// What is read and where the page goes.
struct PageOptions: ParsableArguments {
    static let discussion = """
        Partitions of a run are one; of other runs each result stands by itself, whatever it is called. Exit codes: 0; \
        64 for a usage error; 125 where the report could not be read or written, or the inputs tell of no run at all, \
        which is what the report says then.
        """

    @Argument(help: "Stored events or results; - is standard input, which is read where there is none.")
    var inputs: [String] = []

    @Option(help: ArgumentHelp("The report; - is standard output.", valueName: "file"))
    var output: String

    /// Reads all, then writes the page that is made of it, and names what tells nothing.
    ///
    /// Where no input tells anything the page says so, and so does the exit code.
    func write(_ page: (RunOutline) -> String) throws {
        do throws(ReportingError) {
            let target = try ReportTarget.check(output)
            for input in inputs { try ReportTarget.protect(input, from: [target]) }
            var outline = RunOutline()
            for path in inputs.isEmpty ? ["-"] : inputs { try Self.read(EventInput(path), into: &outline) }
            try AtomicFile.write(Array(page(outline).utf8), to: target)
            for input in outline.silent {
                let name = TerminalText.escape(input)
                Complaint.print("\(name) has neither a plan nor a result: nothing is known of that run")
            }
            guard outline.isUnknown else { return }
        } catch {
            Complaint.print(error.description)
            throw ExitCode(error.kind == .usage ? 64 : 125)
        }
        throw ExitCode(125)
    }

    private static func read(_ input: consuming EventInput, into outline: inout RunOutline) throws(ReportingError) {
        var records = JSONRecords()
        outline.begin(input.path)
        while true {
            let bytes = try input.read()
            guard !bytes.isEmpty else { break }
            for record in try records.append(bytes) {
                if let event = try SuiteEventDocument.event(JSON(parsing: record)) { outline.append(event) }
            }
        }
        if records.isIncomplete {
            Complaint.print("\(TerminalText.escape(input.path)) ends within a record, which is left out")
        }
    }
}
