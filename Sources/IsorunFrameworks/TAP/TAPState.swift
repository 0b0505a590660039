/// What a TAP program has said so far, as prove(1) understands it (TAP::Parser, TAP::Parser::Grammar).
struct TAPState {
    /// 12 where none is told.
    private var version = 12
    private var planned: Int?
    /// Whether points stood before the plan: then none may come behind it.
    private var isPlanLast = false
    private var skippedAll: String?
    private var points = 0
    /// The points that a plan of version 12 says may fail.
    private var todo: Set<Int> = []
    private var failed: String?
    private var bailedOut: String?
    private var wrong: String?
    /// Whether `pragma +strict` is in force.
    private var isStrict = false
    /// The block of YAML that is being told, without the indentation of its first line.
    private var block: (indent: Int, lines: [Substring])?

    /// Reads a line more.
    mutating func take(_ line: Substring) {
        if takesInBlock(line) { return }
        let text = line.drop(while: \.isWhitespace)
        if text.hasPrefix("Bail out!") {
            bailedOut = bailedOut ?? String(text)
        } else if let told = Self.version(line) {
            take(version: told)
        } else if let plan = Self.plan(line, version) {
            take(plan, line)
        } else if let rest = Self.point(line, "not ok") {
            let number = count(rest)
            let isTodo = number.map { todo.contains($0) } == true || Self.isTodo(rest)
            if !isTodo { failed = failed ?? String(line) }
        } else if let rest = Self.point(line, "ok") {
            _ = count(rest)
        } else if line != text, text.hasPrefix("---") {
            block = (line.count - text.count, [text])
        } else if version > 12, let isStrict = Self.pragma(line) {
            self.isStrict = isStrict
        } else if isStrict, !line.isEmpty, !line.hasPrefix("#"), version == 13 || line == text {
            note("it is strict and printed what is no TAP: \(line.prefix(200))")
        }
    }

    private mutating func note(_ problem: String) { wrong = wrong ?? problem }

    // A block has each line behind the indentation of its first, and an end of its own; only version 13 insists.
    private mutating func takesInBlock(_ line: Substring) -> Bool {
        guard let indent = block?.indent else { return false }
        if version != 13, line.isEmpty { return true }
        guard line.prefix(indent).count == indent, line.prefix(indent).allSatisfy(\.isWhitespace) else {
            block = nil
            if version == 13 { note("a block of YAML has no end (...) before: \(line.prefix(200))") }
            return false
        }
        let text = line.dropFirst(indent)
        block?.lines.append(text)
        guard text.hasPrefix("..."), text.dropFirst(3).allSatisfy(\.isWhitespace) else { return true }
        if version == 13, let lines = block?.lines, !YAMLish(lines).isWhole {
            note("a block of YAML is malformed, or more than version 13 allows: \(lines.dropFirst().first ?? "")")
        }
        block = nil
        return true
    }

    private static func version(_ line: Substring) -> Int? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, line.first?.isWhitespace == false, words[0].lowercased() == "tap",
            words[1].lowercased() == "version", words[2].allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        return Int(words[2]) ?? .max
    }

    private mutating func take(version told: Int) {
        if version > 12 || planned != nil || points > 0 {
            note("its version has to be the first that it prints")
        } else if told < 13 || told > 14 {
            note("TAP version \(told) is none that is told (13, 14)")
        } else {
            version = told
        }
    }

    private mutating func take(_ plan: (count: Int, todo: Set<Int>), _ line: Substring) {
        if planned != nil { note("it printed more than one plan") }
        isPlanLast = points > 0
        planned = plan.count
        todo = plan.todo
        if plan.count == 0 { skippedAll = String(line) }
    }

    /// How many points are planned; nil for what is no plan, which one with more behind its number is not.
    private static func plan(_ line: Substring, _ version: Int) -> (count: Int, todo: Set<Int>)? {
        guard line.hasPrefix("1..") else { return nil }
        let digits = line.dropFirst(3).prefix { $0.isASCII && $0.isNumber }
        let rest = line.dropFirst(3 + digits.count).drop(while: \.isWhitespace)
        guard let count = Int(digits) else { return nil }
        if rest.isEmpty { return (count, []) }
        if version > 12 {
            let isSkip = rest.first == "#" && isDirective(rest.dropFirst(), "skip")
            return isSkip ? (count, []) : nil
        }
        guard rest.hasPrefix("todo") else { return count == 0 ? (count, []) : nil }
        let numbers = rest.dropFirst(4).split(whereSeparator: \.isWhitespace).prefix { Int($0) != nil }
        return numbers.isEmpty && count > 0 ? nil : (count, Set(numbers.compactMap { Int($0) }))
    }

    /// What stands behind the word; nil where it is only the beginning of another one.
    private static func point(_ line: Substring, _ word: String) -> Substring? {
        guard line.hasPrefix(word) else { return nil }
        let rest = line.dropFirst(word.count)
        return rest.first.map { $0.isLetter || $0.isNumber || $0 == "_" } == true ? nil : rest
    }

    /// Whether a point's directive, behind the first `#` that no backslash stands before, says that it may fail.
    private static func isTodo(_ point: Substring) -> Bool {
        var isEscaped = false
        let mark = point.firstIndex { character in
            defer { isEscaped = !isEscaped && character == "\\" }
            return character == "#" && !isEscaped
        }
        return mark.map { isDirective(point[$0...].dropFirst(), "todo") } ?? false
    }

    private static func isDirective(_ text: Substring, _ word: String) -> Bool {
        let text = text.drop(while: \.isWhitespace)
        guard text.prefix(word.count).lowercased() == word else { return false }
        return text.dropFirst(word.count).first.map { !($0.isLetter || $0.isNumber || $0 == "_") } ?? true
    }

    /// Whether strictness is asked for, or taken back; nil for what is no pragma of it.
    private static func pragma(_ line: Substring) -> Bool? {
        guard line.hasPrefix("pragma"), line.dropFirst(6).first?.isWhitespace == true else { return nil }
        let words = line.dropFirst(7).split(whereSeparator: { $0 == "," || $0.isWhitespace })
        return words.last { $0.dropFirst() == "strict" }.map { $0.first == "+" }
    }

    // A number may be missing; where there is one, it is the point's place.
    private mutating func count(_ rest: Substring) -> Int? {
        points += 1
        if isPlanLast { note("its plan is neither before all points nor behind them") }
        let digits = rest.drop(while: \.isWhitespace).prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, Int(digits) != points else { return digits.isEmpty ? nil : points }
        note("its points are out of sequence: \(digits.prefix(20)) in the place of \(points)")
        return Int(digits)
    }

    /// What came of it.
    func status(exitCode: Int) -> TestReport.Status {
        if let bailedOut { return .failed(bailedOut) }
        if let failed { return .failed(failed) }
        if let wrong { return .failed(wrong) }
        // A program that a signal ended has said less than it would have: that is the cause, and the rest follows.
        if (129...192).contains(exitCode) {
            return .failed("exit \(exitCode), as where signal \(exitCode - 128) ended it")
        }
        if block != nil, version == 13 { return .failed("a block of YAML has no end (...)") }
        guard let planned else { return .failed("it printed no plan (1..N)") }
        guard planned == points else { return .failed("it planned \(planned) points and made \(points)") }
        if exitCode != 0 { return .failed("exit \(exitCode)") }
        return skippedAll.map { .skipped($0) } ?? .passed
    }
}
