import Testing

@testable import IsorunSuiteCommand

@Suite struct `What runs one test again` {
    @Test(
        arguments: [
            ([], "isorun test ."), (["pkg", "ParserTests/*"], "isorun test pkg"),
            (["-m", "64m", "pkg", "--junit", "out.xml", "-q"], "isorun test pkg -m 64m"),
            (["pkg", "--memory=64m", "--retries", "3", "--read-only"], "isorun test pkg '--memory=64m' --read-only"),
            (
                ["--framework", "exec", "--list-command", "echo a b", "-e", "A=1", "--env=B=2", "-e", "C"],
                "isorun test . --framework exec --list-command 'echo a b' -e A '--env=B' -e C"
            ),
            (["--failed", "--fail-fast", "--build-cache", "--until-fail", "pkg"], "isorun test pkg --build-cache"),
            (["--leaks", "fail", "pkg"], "isorun test pkg --leaks fail"),
            (["-j2", "pkg"], "isorun test pkg"), (["-j", "2", "pkg"], "isorun test pkg"),
            (["--shuffle", "pkg", "--no-init"], "isorun test pkg --no-init"),
            (["--no-init", "pkg", "--shuffle", "-e", "A=1"], "isorun test pkg --no-init -e A"),
            (["-m1g", "pkg", "-v/etc:/mnt", "-u=5"], "isorun test pkg -m 1g -v /etc:/mnt -u 5"),
            (["--no-init", "-qm", "1g", "pkg"], "isorun test pkg --no-init -m 1g"),
            (["--per", "all", "--partition", "slice:1/2", "--skip", "x", "."], "isorun test ."),
        ] as [([String], String)]
    )
    func `has the package and the job's own options, and nothing of the run`(_ words: [String], _ line: String) {
        #expect(AgainCommand.line(of: words) == line)
    }
}
