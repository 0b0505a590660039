/// Programs that speak the Test Anything Protocol: each program is a test, for nothing smaller can be run by itself.
public struct TAPFramework: Framework {
    /// Of `--framework`.
    public let name = "tap"

    /// Makes the framework.
    public init() {}

    /// `t/`, as in Perl's packages.
    public func detect(_ package: Package) -> Bool { package.files.contains("t") }

    /// What was given.
    public func build(_ package: Package) -> [TestCommand] {
        package.templates.build.map { [TestCommand(["/bin/sh", "-ec", $0])] } ?? []
    }

    /// The programs that were named, each of which has to be there, or those in `t`.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        let script = #"""
            if [ $# = 0 ] && [ "$recurses" ]; then find t -name '*.t' -type f | LC_ALL=C sort; exit; fi
            [ $# -gt 0 ] || { set -- t/*.t; [ -f "$1" ] || exit 0; }
            for f; do
                [ -f "$f" ] || { printf 'there is no test program %s\n' "$f" >&2; exit 1; }
                printf '%s\n' "$f"
            done
            """#
        return [TestCommand(["/bin/sh", "-ec", Self.proverc + script, "isorun-tap"] + package.programs, runner: name)]
    }

    // What a package has prove do by itself (prove(1), .proverc): where modules are, and whether tests lie deeper.
    private static let proverc = #"""
        libs= recurses= next=
        lib() { case $1 in /*) libs=$libs:$1 ;; *) libs=$libs:$PWD/$1 ;; esac; }
        if [ -f .proverc ]; then
            set -f
            for word in $(sed 's/#.*//' .proverc); do
                if [ "$next" ]; then
                    lib "$word"
                    next=
                    continue
                fi
                case $word in
                --lib) lib lib ;;
                --blib) lib blib/lib; lib blib/arch ;;
                --recurse) recurses=1 ;;
                -I) next=1 ;;
                -I*) lib "${word#-I}" ;;
                --*) ;;
                # Several letters in one word, of which none has a value.
                -?*[!lbrvsfmqQTtWw]* | -[!lbrvsfmqQTtWw]* | [!-]* | -) ;;
                *)
                    case $word in *l*) lib lib ;; esac
                    case $word in *b*) lib blib/lib; lib blib/arch ;; esac
                    case $word in *r*) recurses=1 ;; esac
                    ;;
                esac
            done
            set +f
        fi
        [ -z "$libs" ] || export PERL5LIB="${libs#:}${PERL5LIB:+:$PERL5LIB}"

        """#

    /// One program on each line.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        try NameList.tests(in: output, runner: command.runner) {
            TestID(classname: "", name: $0, file: $0, specifier: $0, runner: command.runner)
        }
    }

    /// Started as prove starts it (TAP::Parser::SourceHandler): by perl, unless it is a program of something else that
    /// can be executed; each stands between lines of its own.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        // Whether tainting is asked for perl has to be told before it reads the file.
        let script = #"""
            taint() (
                set -f
                case $first in "#!"*perl*) ;; *) return ;; esac
                for word in $first; do
                    case $word in -*[!A-Za-z]*) ;; -*T*) echo -T; return ;; -*t*) echo -t; return ;; esac
                done
            )
            perls() (
                case $first in ?ELF*) [ ! -x "$1" ]; return ;; esac
                case $first in "#!"*perl*) return 0 ;; "#!"*) [ ! -x "$1" ]; return ;; esac
                case $1 in *.t | *.pl | t/* | ./t/*) return 0 ;; esac
                [ ! -x "$1" ]
            )
            line_end='
            '
            export HARNESS_ACTIVE=1
            for f; do
                printf '# isorun: begin %s\n' "$f"
                case $f in -*) p=./$f ;; */*) p=$f ;; *) p=./$f ;; esac
                first=$(head -c 512 "$p" | tr -d '\0')
                first=${first%%"$line_end"*}
                read -r since rest </proc/uptime
                if perls "$p"; then perl $(taint) "$p"; else "$p"; fi
                code=$?
                read -r now rest </proc/uptime
                printf '\n# isorun: end %s %s %s\n' "$code" "$since" "$now"
            done
            """#
        let words = ["/bin/sh", "-c", Self.proverc + script, "isorun-tap"] + tests.map(\.specifier)
        return TestCommand(words, runner: name)
    }

    /// The lines around each program.
    public var marks: ProgressMarks { ProgressMarks(output: ["# isorun: begin ", "# isorun: end "]) }

    /// Between two times since boot, in seconds with hundredths (proc_uptime(5)).
    private static func time(_ words: ArraySlice<Substring>) -> Duration? {
        let times = words.compactMap { Double($0) }.filter { $0 >= 0 && $0 < 1e9 }
        guard times.count == 2, times[1] >= times[0] else { return nil }
        return .milliseconds(Int64(((times[1] - times[0]) * 1000).rounded()))
    }

    /// A program passes where its plan was kept, no point failed that is not a TODO, and it exited with 0.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var reports: [TestReport] = []
        var current: (index: Int, state: TAPState)?
        for line in lines(evidence.stdout) {
            if line.hasPrefix("# isorun: begin ") {
                guard let index = tests.firstIndex(where: { $0.specifier == line.dropFirst(16) }) else { continue }
                current = (index, TAPState())
                reports.append(TestReport(test: index, status: .started))
            } else if line.hasPrefix("# isorun: end "), let ended = current {
                let words = line.dropFirst(14).split(separator: " ")
                let status = ended.state.status(exitCode: words.first.flatMap { Int($0) } ?? 1)
                // Its container times one alone more finely.
                let time = tests.count > 1 ? Self.time(words.dropFirst()) : nil
                reports.append(TestReport(test: ended.index, status: status, duration: time))
                current = nil
            } else {
                current?.state.take(line)
            }
        }
        return reports
    }
}

/// What a TAP program has said so far.
struct TAPState {
    private var planned: Int?
    private var skippedAll: String?
    private var points = 0
    private var failed: String?
    private var bailedOut: String?
    private var wrong: String?
    /// Whether `pragma +strict` is in force, and whether indented lines are a block of YAML's: no words of the protocol.
    private var (isStrict, isInBlock) = (false, false)

    init() {}

    /// As TAP::Parser::Grammar understands a line.
    mutating func take(_ line: Substring) {
        let text = line.drop(while: \.isWhitespace)
        isInBlock = isInBlock && (line != text || text.isEmpty)
        if isInBlock {
            isInBlock = text != "..."
        } else if text.hasPrefix("Bail out!") {
            bailedOut = String(text)
        } else if line.hasPrefix("pragma ") {
            for word in line.dropFirst(7).split(whereSeparator: { $0 == "," || $0.isWhitespace })
            where word.dropFirst() == "strict" {
                isStrict = word.first == "+"
            }
        } else if let count = Self.plan(line) {
            if planned != nil { wrong = wrong ?? "it printed more than one plan" }
            planned = count
            if count == 0 { skippedAll = String(line) }
        } else if let rest = Self.point(line, "not ok") {
            count(rest)
            if !Self.isTodo(rest) { failed = failed ?? String(line) }
        } else if let rest = Self.point(line, "ok") {
            count(rest)
        } else if line != text, text == "---" {
            isInBlock = true
        } else if isStrict, !text.isEmpty, line == text, !line.hasPrefix("#"), !line.hasPrefix("TAP version ") {
            wrong = wrong ?? "it is strict and printed what is no TAP: \(line.prefix(200))"
        }
    }

    /// How many points are planned; nil for what is no plan, which one with more behind its number is not.
    private static func plan(_ line: Substring) -> Int? {
        guard line.hasPrefix("1..") else { return nil }
        let digits = line.dropFirst(3).prefix { $0.isASCII && $0.isNumber }
        let rest = line.dropFirst(3 + digits.count).drop(while: \.isWhitespace)
        guard let count = Int(digits), count == 0 || rest.isEmpty || rest.hasPrefix("todo") else { return nil }
        return count
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
        guard let mark else { return false }
        let directive = point[mark...].dropFirst().drop(while: \.isWhitespace)
        guard directive.prefix(4).lowercased() == "todo" else { return false }
        return directive.dropFirst(4).first.map { !($0.isLetter || $0.isNumber || $0 == "_") } ?? true
    }

    // A number may be missing; where there is one, it is the point's place (TAP 12 and later).
    private mutating func count(_ rest: Substring) {
        points += 1
        let digits = rest.drop { $0 == " " }.prefix { $0.isNumber }
        guard rest.first == " ", let number = Int(digits), number != points else { return }
        wrong = wrong ?? "its points are out of sequence: \(number) in the place of \(points)"
    }

    func status(exitCode: Int) -> TestReport.Status {
        if let bailedOut { return .failed(bailedOut) }
        if let failed { return .failed(failed) }
        if let wrong { return .failed(wrong) }
        // A program that a signal ended has said less than it would have: that is the cause, and the rest follows.
        if (129...192).contains(exitCode) {
            return .failed("exit \(exitCode), as where signal \(exitCode - 128) ended it")
        }
        guard let planned else { return .failed("it printed no plan (1..N)") }
        guard planned == points else { return .failed("it planned \(planned) points and made \(points)") }
        if exitCode != 0 { return .failed("exit \(exitCode)") }
        return skippedAll.map { .skipped($0) } ?? .passed
    }
}
