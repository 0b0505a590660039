import IsorunModel
import SystemPackage
import Testing

@testable import IsorunArguments

@Suite struct `A file of variables` {
    private let value = OptionValue("--env-file", "settings.env")

    @Test func `is read as docker reads it`() throws {
        let text =
            "\u{FEFF}A=1\r\n# comment\n\n  \t# indented comment\n  B=two words \nC\nD=\nE=\"quoted\" # kept\nF=a=b"
        let entries = try EnvironmentFile.entries(in: Array(text.utf8), of: value)
        #expect(
            entries == [
                EnvironmentEntry(name: "A", value: "1"), EnvironmentEntry(name: "B", value: "two words "),
                EnvironmentEntry(name: "C", value: nil), EnvironmentEntry(name: "D", value: ""),
                EnvironmentEntry(name: "E", value: "\"quoted\" # kept"), EnvironmentEntry(name: "F", value: "a=b"),
            ]
        )
    }

    @Test(arguments: [
        ("A=1\n=2\n", "--env-file: settings.env:2: no name; for example: MODE=test"),
        (
            "A B=1",
            #"--env-file: settings.env:1: the name "A B" has a blank in it; for example: MODE=test"#
        ),
        ("A=1\n\nB=\0", "--env-file: settings.env:3: a NUL byte; is it a text file?"),
    ])
    func `that is wrong is refused by file and line`(text: String, error: String) {
        let thrown = #expect(throws: UsageError.self) {
            try EnvironmentFile.entries(in: Array(text.utf8), of: value)
        }
        #expect(thrown?.description == error)
    }

    @Test func `that cannot be read is refused by name`() {
        #expect(
            refusal("--env-file absent.env")
                == "--env-file: /home/ada/absent.env: No such file or directory; for example: settings.env"
        )
        #expect(refusal("--env-file /") == "--env-file: /: Is a directory; for example: settings.env")
        #expect(refusal("--env-file /dev/zero") == "--env-file: /dev/zero: larger than 1 MiB")
    }

    @Test func `comes before the variables of the command line`() throws {
        let entries = try resolved("-e A=1 --env-file /dev/null").job.process.environment
        #expect(entries == [EnvironmentEntry(name: "A", value: "1")])
    }
}
