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
    /// can be executed; each stands between lines of its own, which have a word that no program should come by.
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
            unset isorun_word
            read -r isorun_word <&3
            exec 3<&-
            export HARNESS_ACTIVE=1
            for f; do
                printf '# isorun: begin %s %s\n' "$isorun_word" "$f"
                case $f in -*) p=./$f ;; */*) p=$f ;; *) p=./$f ;; esac
                first=$(head -c 512 "$p" | tr -d '\0')
                first=${first%%"$line_end"*}
                read -r since rest </proc/uptime
                if perls "$p"; then perl $(taint) "$p"; else "$p"; fi
                code=$?
                read -r now rest </proc/uptime
                printf '\n# isorun: end %s %s %s %s %s\n' "$isorun_word" "$code" "$since" "$now" "$f"
            done
            """#
        let words = ["/bin/sh", "-c", Self.proverc + script, "isorun-tap"] + tests.map(\.specifier)
        return TestCommand(words, runner: name).withSecret()
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
        let word = evidence.secret.map { "\($0) " } ?? ""
        let (begin, end) = ("# isorun: begin \(word)", "# isorun: end \(word)")
        for line in lines(evidence.stdout) {
            if line.hasPrefix(begin) {
                let name = line.dropFirst(begin.count)
                guard let index = tests.firstIndex(where: { $0.specifier == name }) else { continue }
                current = (index, TAPState())
                reports.append(TestReport(test: index, status: .started))
            } else if line.hasPrefix(end), let ended = current {
                current = nil
                // Where the middle of the output is lost, it may be another one's end.
                guard evidence.secret == nil || line.hasSuffix(" \(tests[ended.index].specifier)") else { continue }
                let words = line.dropFirst(end.count).split(separator: " ").prefix(3)
                let status = ended.state.status(exitCode: words.first.flatMap { Int($0) } ?? 1)
                // Its container times one alone more finely.
                let time = tests.count > 1 ? Self.time(words.dropFirst()) : nil
                reports.append(TestReport(test: ended.index, status: status, duration: time))
            } else {
                current?.state.take(line)
            }
        }
        return reports
    }
}
