import IsorunArguments
import IsorunModel
import Testing

@Suite struct `The lexer` {
    @Test(arguments: [
        "-m 256m -- true", "-m256m true", "-m=256m true", "--memory=256m -- true", "run --memory 256m true",
        "--memory 1g -m 256m true",  // the last one counts
    ])
    func `reads a value wherever docker reads one`(line: String) {
        var expected = RunArguments(command: ["true"])
        expected.memory = "256m"
        #expect(lexed(line) == expected)
    }

    @Test(arguments: ["-it sh", "-ti sh", "-i -t sh", "--interactive --tty -- sh", "run -it -- sh"])
    func `reads letters that share a dash`(line: String) {
        var expected = RunArguments(command: ["sh"])
        expected.interactive = true
        expected.tty = true
        #expect(lexed(line) == expected)
    }

    @Test(arguments: ["-itm 64m sh", "-itm64m sh", "-itm=64m sh"])
    func `reads a value after the last letter`(line: String) {
        let arguments = lexed(line)
        #expect(arguments?.memory == "64m")
        #expect(arguments?.interactive == true)
        #expect(arguments?.tty == true)
    }

    @Test func `keeps the order of what may be repeated`() {
        let arguments = lexed("-e A=1 -eB=2 --env C --env=D= -v /a:/b --volume=/c:/d:ro true")
        #expect(arguments?.env == ["A=1", "B=2", "C", "D="])
        #expect(arguments?.volumes == ["/a:/b", "/c:/d:ro"])
    }

    @Test func `lets the last of init and no-init count`() {
        #expect(lexed("--no-init true")?.initProcess == false)
        #expect(lexed("--no-init --init true")?.initProcess == true)
    }

    @Test(arguments: [
        ("true", ["true"]),
        ("-- true", ["true"]),
        ("swift test -q --verbose", ["swift", "test", "-q", "--verbose"]),  // options of the command
        ("-i echo -- --help", ["echo", "--", "--help"]),
        ("-- -- true", ["--", "true"]),  // a program named --
        ("-- --help", ["--help"]),
        ("- x", ["-", "x"]),
        ("echo ---", ["echo", "---"]),
    ])
    func `stops where the command begins`(line: String, command: [ByteString]) {
        #expect(lexed(line)?.command == command)
    }

    @Test func `passes bytes on that are no UTF-8`() {
        let odd = ByteString([0x66, 0xFF, 0xFE, 0x3D, 0x80])
        let arguments = lexed(["-e", odd, "-v", ByteString([0x2F, 0xC3, 0x3A, 0x2F, 0x61]), "cat", odd, ""])
        #expect(arguments?.command == ["cat", odd, ""])
        #expect(arguments?.env == [odd])
        #expect(arguments?.volumes == [ByteString([0x2F, 0xC3, 0x3A, 0x2F, 0x61])])
    }

    @Test(arguments: [
        "", "--", "run", "run --", "-i", "--memory 1g",  // no command
        "--help", "-h", "--version", "--generate-completion-script bash", "--experimental-dump-help",
        "--memroy 1g true", "-x true", "-ix true", "--picture x true", "-z 80:80 true",  // unknown
        "--memory", "-m", "-im", "--memory --cpus 2 true", "--name -- true", "--name -x true",  // no value
        "--read-only=true true", "--tty= true", "-i=1 true",  // a value that is not wanted
        "--memory-swap -x true", "--memory-swap -- true",
        "suite", "test .", "plan true", "ps -a", "help run", "image list",  // other subcommands
    ])
    func `leaves to ArgumentParser what it does not understand`(line: String) {
        #expect(LaunchLexer.lex(words(line)) == .fallThrough)
    }

    @Test(arguments: ["-- suite x", "run suite x", "run -- suite x", "-i suite x", "run -i suite x"])
    func `takes a subcommand's name for a program where it is not the first word`(line: String) {
        #expect(lexed(line)?.command == ["suite", "x"])
    }

    @Test func `takes a number below zero as a value, so that a bad one is named with its option`() {
        #expect(lexed("--memory-swap -1 true")?.memorySwap == "-1")
        #expect(lexed("--memory-swap=-1 true")?.memorySwap == "-1")
        #expect(lexed("--memory -1 true")?.memory == "-1")
        #expect(lexed("--timeout -5s true")?.timeout == "-5s")
    }

    @Test func `takes a dash alone and an empty word as values`() {
        #expect(lexed("--json - true")?.json == "-")
        #expect(lexed(["--name", "", "true"])?.name == "")
        #expect(lexed("--name= true")?.name == "")
    }
}
