internal import IsorunModel
internal import IsorunReporting

/// The rows of the tables, which share the page's room for reasons and output: who comes first has it.
struct HTMLRows {
    private var left = OutputSpace.most

    /// A table with its title; none of nothing.
    mutating func section(_ title: String, _ entries: [RunOutline.Entry], isOpen: Bool) -> String {
        guard !entries.isEmpty else { return "" }
        let heads = [("word", ""), ("name", "name"), ("figure", "time"), ("figure", "memory peak"), ("figure", "CPU")]
        var text = "<h2>\(title)</h2>\n<table><tr>"
        for (style, head) in heads { text += "<th class=\"\(style)\">\(head)</th>" }
        text += "</tr>\n"
        for entry in entries.prefix(HTMLPage.mostRows) { text += row(entry, isOpen: isOpen) }
        return text + "</table>\n" + HTMLPage.more(entries.count - HTMLPage.mostRows)
    }

    private mutating func row(_ entry: RunOutline.Entry, isOpen: Bool) -> String {
        let result = entry.result
        let (word, style) = Self.word(result)
        let cpu = result.resources.cpuUs.map { Duration.microseconds(Int64(clamping: $0)).text }
        let memory = result.resources.memoryPeakBytes.map { ByteCount($0).description }
        let name = PageText.html(entry.name, limit: 500)
        let inside = details(entry)
        let open = isOpen ? " open" : ""
        let shown = inside.isEmpty ? name : "<details\(open)><summary>\(name)</summary>\n\(inside)</details>"
        var text = "<tr><td class=\"word \(style)\">\(word)</td><td>\(shown)</td>"
        for (style, figure) in [("time", result.duration.text), ("memory", memory ?? ""), ("cpu", cpu ?? "")] {
            text += "<td class=\"figure \(style)\">\(PageText.html(figure))</td>"
        }
        return text + "</tr>\n"
    }

    private static func word(_ result: JobResult) -> (String, String) {
        switch result.outcome {
        case .passed where result.skipped != nil: ("skipped", "warning")
        case .passed where result.flaky: ("flaky", "warning")
        case .passed: ("passed", "good")
        case .cancelled: ("cancelled", "warning")
        default: (result.outcome.rawValue, "bad")
        }
    }

    private mutating func details(_ entry: RunOutline.Entry) -> String {
        let result = entry.result
        var text = ""
        if let skipped = result.skipped { text += "<p>\(reason(skipped))</p>\n" }
        if result.outcome != .passed { text += "<p>\(reason(result.reason))</p>\n" }
        if entry.attempts > 1 { text += "<p>\(entry.attempts) attempts</p>\n" }
        if !result.leaked.isEmpty {
            text += "<p>left behind: \(PageText.html(result.leaked.joined(separator: ", ")))</p>\n"
        }
        for line in Summary.notCollected(result) { text += "<p class=\"warning\">\(PageText.html(line))</p>\n" }
        text += output(entry.output)
        for other in entry.others {
            text += "<p>attempt \(other.result.attempt): \(other.result.outcome.rawValue): "
            text += "\(reason(other.result.reason))</p>\n" + output(other.output)
        }
        return text
    }

    /// The first and the last lines of a reason, one below the other; where there is no more room, how it begins.
    private mutating func reason(_ text: String) -> String {
        let lines = HeadAndTail.lines(of: text, most: 24).map { PageText.html($0, limit: 1000) }
        let size = lines.reduce(0) { $0 + $1.utf8.count }
        guard size <= left else { return PageText.html(text, limit: 100) }
        left -= size
        return lines.joined(separator: "<br>")
    }

    private mutating func output(_ output: RunOutline.Output) -> String {
        var (text, isLeftOut) = ("", output.isLeftOut)
        for (stream, written) in output.streams {
            let block = PageText.block(written)
            guard block.utf8.count <= left else {
                isLeftOut = true
                continue
            }
            left -= block.utf8.count
            text += "<p>\(stream)</p><pre>\(block)</pre>\n"
        }
        guard isLeftOut else { return text }
        let why = "output was left out, as this page has \(OutputSpace.most >> 20) MiB of it"
        return text + "<p class=\"warning\">\(why)</p>\n"
    }
}
