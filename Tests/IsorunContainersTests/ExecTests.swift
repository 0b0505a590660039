import IsorunModel
import IsorunPlanning
import IsorunReporting
import Testing

@testable import IsorunContainers

@Suite struct `A command to be executed` {
    @Test func `reaches the keeper byte for byte`() throws {
        var request = ExecRequest(["sh", ByteString([0xFF, 0x0A, 0x22])])
        request.environment = ["A=b", ByteString([0x58, 0x3D, 0xFE])]
        request.workdir = "/src"
        request.user = UserSpec(uid: 1, gid: 2)
        request.terminal = true
        request.terminalSize = 31 << 16 | 97
        let json = try JSON(parsing: JSON.object(request.members).line)
        #expect(ExecRequest(json) == request)
    }

    @Test(arguments: [
        "{}", #"{"arguments":[],"environment":[]}"#, #"{"arguments":["!"],"environment":[]}"#,
        #"{"arguments":["AA=="],"environment":[]}"#, #"{"arguments":["c2g="],"environment":[],"uid":70000,"gid":0}"#,
    ])
    func `that makes no sense is none`(text: String) throws {
        #expect(ExecRequest(try JSON(parsing: text)) == nil)
    }

    @Test func `has the job's variables, with its own in their place`() {
        let merged = Planner.merged(["A=1", "B=2"], ["B=3", "C=4=5"])
        #expect(merged == ["A=1", "B=3", "C=4=5"])
    }
}

@Suite struct `Figures of a container` {
    @Test func `of a process are those of ps`() {
        let row = ProcessRow(
            pid: 70,
            stat: "70 (a) b) S 7 70 70 34817 70 0 0 0 0 0 3000 600 0 0 20 0 1 0 10000 0 0",
            status: "Name:\ta\nUid:\t1000\t1000\t1000\t1000\n",
            commandLine: "",
            ticksPerSecond: 100,
            nowUs: 1_000_000_000,
            upSeconds: 172
        )
        // Started 100 s after boot and 72 s ago; 36 s of CPU time are half of that.
        #expect(row?.cells == ["1000", "70", "7", "50", "00:15", "pts/1", "00:00:36", "[a) b]"])
    }

    @Test(arguments: ["", "70 (a", "70 (a) S 1 2 3"])
    func `of a process that is no more are none`(stat: String) {
        let row = ProcessRow(
            pid: 70,
            stat: stat,
            status: "",
            commandLine: "",
            ticksPerSecond: 100,
            nowUs: 0,
            upSeconds: 0
        )
        #expect(row == nil)
    }

    @Test(
        arguments: [
            (0, "0B"), (1023, "1023B"), (1536, "1.5KiB"), (1 << 20, "1MiB"), (25 << 19, "12.5MiB"), (1 << 28, "256MiB"),
            (nil, "--"),
        ] as [(UInt64?, String)]
    )
    func `are sizes as docker writes them`(bytes: UInt64?, text: String) {
        #expect(StatsRow.bytes(bytes) == text)
    }

    @Test func `are shares of time and of the limit, and unknown where the host cannot say`() throws {
        var record = `A container's record`.full()
        record.setup.memoryBytes = 1 << 28
        let before = try JSON(parsing: #"{"atNs":0,"cpuUs":0}"#)
        let now = try JSON(parsing: #"{"atNs":1000000000,"cpuUs":500000,"memoryBytes":67108864,"tasks":3}"#)
        let row = StatsRow(record, before: before, now: now)
        #expect(
            row.cells == ["abababababab", "web", "50.00%", "64MiB / 256MiB", "25.00%", "--", "-- / --", "3"]
        )
    }
}

@Suite struct `The keys that detach` {
    @Test(
        arguments: [
            ("ctrl-p,ctrl-q", [0x10, 0x11], [], true),
            ("ctrl-p,ctrl-q", [0x61, 0x10, 0x62], [0x61, 0x10, 0x62], false),
            ("ctrl-p,ctrl-q", [0x10, 0x10, 0x11], [0x10], true), ("a", [0x62, 0x61, 0x63], [0x62], true),
            ("CTRL-c,x", [0x03, 0x78], [], true), ("ctrl-@", [0], [], true),
            ("ctrl-\\,ctrl-_", [0x1c, 0x1f], [], true),
        ] as [(String, [UInt8], [UInt8], Bool)]
    )
    func `go to nobody when all came, and to the container else`(
        text: String,
        typed: [UInt8],
        passed: [UInt8],
        isOver: Bool
    ) {
        var keys = DetachKeys(text)
        let result = keys?.take(typed)
        #expect(result?.passed == passed && result?.isOver == isOver)
    }

    @Test
    func `may come one by one`() throws {
        var keys = try #require(DetachKeys(DetachKeys.usual))
        #expect(keys.take([0x10]) == ([], false))
        #expect(keys.take([0x11]) == ([], true))
    }

    @Test(arguments: ["", "ctrl-", "ctrl-1", "ab", "a,", "ctrl-aa", "ä"])
    func `that are none are refused`(text: String) {
        #expect(DetachKeys(text) == nil)
    }
}
