import Glibc
import IsorunModel
import IsorunReporting
import Testing

@testable import IsorunContainers

@Suite struct `A container's record` {
    static func full() -> ContainerRecord {
        var record = ContainerRecord(
            id: String(repeating: "ab", count: 32),
            name: "web",
            createdAtUs: 1_000_000,
            command: ["sh", "-c", "echo hello; sleep 1000"],
            image: "host",
            autoRemove: true
        )
        record.phase = .running
        record.isPaused = true
        record.terminal = true
        record.interactive = true
        record.keeperPID = 7
        record.pid = 8
        record.startedAtUs = 2_000_000
        record.finishedAtUs = 5_000_000
        record.exitCode = 3
        record.ports = [PublishedPort(8080, to: 80)]
        record.logBytesLost = 9
        record.notes = [ContainerNote("warning: early", atUs: 1), ContainerNote("warning: late", atUs: 3_000_000)]
        record.result = .object([.init("outcome", .string("failed"))])
        record.setup.environment = ["A=b"]
        record.setup.workdir = "/src"
        record.setup.user = "0:0"
        record.setup.hostname = "isorun"
        record.setup.memoryBytes = 1 << 28
        record.setup.memorySwapBytes = 1 << 28
        record.setup.cpus = 0.5
        record.setup.cpuset = "0,1"
        record.setup.pids = 64
        record.setup.readOnly = true
        record.setup.address = "10.0.2.100"
        record.setup.gateway = "10.0.2.2"
        record.setup.asked = [PublishedPort(0, to: 80)]
        record.setup.mounts = [
            .init(type: "volume", name: "data", source: "/v/data", destination: "/data", writable: true),
            .init(type: "tmpfs", name: nil, source: "", destination: "/scratch", writable: true),
        ]
        return record
    }

    @Test
    func `is read as it was written`() throws {
        let record = Self.full()
        let json = try JSON(parsing: record.json.page)
        #expect(ContainerRecord(json) == record)
    }

    @Test(arguments: ["{}", #"{"schema":"isorun.container/1"}"#, "[]"])
    func `of another kind, or a part of one, is none`(text: String) throws {
        #expect(ContainerRecord(try JSON(parsing: text)) == nil)
    }

    @Test(
        arguments: [
            (.created, false, true, .created), (.running, false, true, .running), (.running, true, true, .paused),
            (.running, false, false, .dead), (.created, false, false, .dead), (.exited, false, false, .exited),
            (.exited, false, true, .exited),
        ] as [(ContainerRecord.Phase, Bool, Bool, Container.Status)]
    )
    func `says how the container was, and the kernel whether it lives`(
        phase: ContainerRecord.Phase,
        isPaused: Bool,
        keeperLives: Bool,
        status: Container.Status
    ) {
        var record = Self.full()
        record.phase = phase
        record.isPaused = isPaused
        #expect(Container.status(record, keeperLives: keeperLives) == status)
    }
}

@Suite struct `What is noted of a container` {
    @Test
    func `is told later where it came after the start`() {
        #expect(`A container's record`.full().laterNotes == ["warning: late"])
    }

    @Test
    func `is printable, short and said once, and not more than a person would read`() {
        var record = `A container's record`.full()
        record.notes = []
        let hostile = "warning: \u{1B}]0;x\u{07}\u{202E}" + String(repeating: "y", count: 100_000)
        let isKept = [record.note(hostile, atUs: 1), record.note(hostile, atUs: 2)]
        #expect(isKept == [true, false] && record.notes.count == 1)
        let text = record.notes[0].text
        #expect(text.hasPrefix(#"warning: \x1b]0;x\x07\u202eyyy"#) && text.utf8.count < 2000)
        for number in 0..<100 { _ = record.note("\(number)", atUs: 3) }
        #expect(record.notes.count == 32 && record.notes[31].text == "there is more to note than is kept")
    }

    @Test
    func `stands in inspect with its time`() throws {
        let document = InspectDocument.json(`A container's record`.full(), .running, exitCode: 0, problem: "")
        let text = try Template("{{json .Isorun.Notes}}").fill(from: document)
        #expect(text.hasSuffix(#"{"Time":"1970-01-01T00:00:03.000000000Z","Text":"warning: late"}]"#), "\(text)")
    }

    @Test
    func `goes with the end to whoever waits`() {
        let end = ContainerEnd(exitCode: 3, notes: ["warning: late"])
        #expect(ContainerEnd(end.json) == end && ContainerEnd(.object([.init("ok", .bool(true))])) == nil)
    }
}

@Suite struct `A keeper that does not answer` {
    @Test(
        arguments: [
            ("T", "it is stopped; kill -CONT 7 lets it go on, isorun rm -f web ends it with its container"),
            ("t", "it is stopped by a debugger; end that one, or isorun rm -f web ends it with its container"),
            ("S", "it runs, but is busy or hangs; isorun rm -f web ends it with its container"),
        ] as [(Character, String)]
    )
    func `is told by its state, with the way out`(letter: Character, text: String) {
        let state = KeeperState(pid: 7, letter: letter)
        #expect(
            state.problem(of: "web", after: 10) == "its keeper (pid 7) has not answered for 10 seconds: " + text
        )
    }

    @Test
    func `is asked the kernel for, whatever its name is`() {
        let own = KeeperState(of: getpid())
        #expect(own.letter != nil && !own.isStopped)
        #expect(KeeperState(of: nil).letter == nil && KeeperState(of: Int32.max).letter == nil)
    }
}

@Suite struct `What is printed of containers` {
    @Test(
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (120, "2 minutes"),
            (3599, "59 minutes"), (3600, "About an hour"), (7200, "2 hours"), (86_400 * 3, "3 days"),
            (86_400 * 20, "2 weeks"), (86_400 * 90, "3 months"), (86_400 * 800, "2 years"),
        ] as [(Int64, String)]
    )
    func `has times as docker tells them`(seconds: Int64, text: String) {
        #expect(HumanTime.text(seconds: seconds) == text)
    }

    @Test
    func `is docker's table`() {
        var record = `A container's record`.full()
        record.isPaused = false
        record.ports = []
        let row = PsRow(record, .running, exitCode: 0, nowUs: 65_000_000, truncated: true)
        let text = TextTable.render([PsRow.head, row.row])
        #expect(
            text == """
                CONTAINER ID   IMAGE     COMMAND                  CREATED              STATUS              PORTS     NAMES
                abababababab   host      "sh -c echo hello; s…"   About a minute ago   Up About a minute             web

                """
        )
    }

    @Test
    func `of none is docker's empty table`() {
        let head = "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n"
        #expect(TextTable.render([PsRow.head]) == head)
    }

    @Test(
        arguments: [
            (.created, "Created"), (.running, "Up 3 seconds"), (.paused, "Up 3 seconds (Paused)"),
            (.exited, "Exited (3) Less than a second ago"), (.dead, "Dead"),
        ] as [(Container.Status, String)]
    )
    func `says how long a container is up, or how it ended`(status: Container.Status, text: String) {
        #expect(PsRow.text(of: status, `A container's record`.full(), 3, 5_000_000) == text)
    }

    @Test(arguments: [
        ("{{.ID}} {{.Names}}", "abababababab web"), ("{{json .Names}}", "\"web\""), ("a\\tb", "a\tb"),
        ("{{ .State }}", "paused"),
    ])
    func `follows a template`(template: String, text: String) throws {
        let row = PsRow(`A container's record`.full(), .paused, exitCode: 0, nowUs: 0, truncated: true)
        #expect(try Template(template).fill(from: row.json) == text)
    }

    @Test(
        arguments: [
            ("{{range .Mounts}}{{.Type}}:{{.Destination}} {{end}}", "volume:/data tmpfs:/scratch "),
            ("{{range $i, $m := .Mounts}}{{$i}}={{$m.Destination}};{{else}}none{{end}}", "0=/data;1=/scratch;"),
            ("{{range $m := .HostConfig.Ulimits}}x{{end}}", nil), ("{{range .Isorun.Result}}{{.}}{{end}}", "failed"),
            ("{{range .Config.Env}}{{.}}|{{$.Name}}{{end}}", "A=b|/web"),
            ("{{range .Args}}{{println .}}{{end}}", "-c\necho hello; sleep 1000\n"),
            (#"{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}"#, "8080"),
            (
                #"{{range $p, $to := .NetworkSettings.Ports}}{{$p}} -> {{(index $to 0).HostPort}}{{end}}"#,
                "80/tcp -> 8080"
            ),
            ("{{index .Config.Env 0}} {{index .Args 1}}", "A=b echo hello; sleep 1000"), ("{{index .Args 2}}", nil),
            (#"{{index .NetworkSettings.Ports "81/tcp"}}"#, "<no value>"), ("{{len .Mounts}} {{len .Name}}", "2 4"),
            ("{{if .State.Paused}}paused{{else}}goes on{{end}}", "paused"),
            (#"{{if eq .State.Status "exited"}}x{{end}}"#, ""), ("{{with .State}}{{.Status}}{{end}}", "paused"),
            (#"{{join .Args ","}}"#, "-c,echo hello; sleep 1000"), ("a {{- .Name -}} b", "a/webb"),
            ("{{upper .Name}}{{json .Config.Tty}}", "/WEBtrue"), ("{{range .Args}}{{.Nothing}}{{end}}", nil),
            ("{{$x}}", nil),
        ] as [(String, String?)]
    )
    func `goes over lists and picks from them as docker's templates do`(template: String, text: String?) throws {
        let document = InspectDocument.json(`A container's record`.full(), .paused, exitCode: 0, problem: "")
        let filled = Result { try Template(template).fill(from: document) }
        #expect((try? filled.get()) == text, "\(filled)")
    }

    @Test(arguments: [
        "{{range .X}}", "{{.ID", "}}", "{{if .A}}", "{{end}}", "{{else}}", "{{json}}", "{{.A .B}}", "{{nothing .A}}",
        "{{index .A (len .B}}", #"{{"a}}"#,
    ])
    func `refuses a template that it does not understand`(template: String) {
        #expect(throws: ContainerError.self) { try Template(template) }
    }

    @Test
    func `names the field that a template has wrong`() throws {
        let template = try Template("{{.State.Colour}}")
        let document = InspectDocument.json(`A container's record`.full(), .exited, exitCode: 3, problem: "")
        let error = #expect(throws: ContainerError.self) { try template.fill(from: document) }
        #expect(error?.description.contains(".State.Colour") == true)
    }

    @Test
    func `inspects with docker's names`() throws {
        let document = InspectDocument.json(`A container's record`.full(), .paused, exitCode: 0, problem: "")
        for (template, text) in [
            ("{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.Pid}}", "paused true true 8"),
            ("{{.Name}} {{.Path}} {{.Args}}", "/web sh [-c echo hello; sleep 1000]"),
            ("{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}", "268435456 500000000 64"),
            ("{{json .HostConfig.Binds}}", #"["data:/data:rw"]"#),
            ("{{json .HostConfig.PortBindings}}", #"{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":""}]}"#),
            ("{{json .NetworkSettings.Ports}}", #"{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}"#),
            ("{{.NetworkSettings.IPAddress}} {{.NetworkSettings.Gateway}}", "10.0.2.100 10.0.2.2"),
            ("{{.Config.WorkingDir}} {{.Config.Env}}", "/src [A=b]"),
            ("{{.Isorun.Result.outcome}}", "failed"),
        ] {
            #expect(try Template(template).fill(from: document) == text)
        }
    }

    @Test
    func `a killed keeper's container is dead, with the reason`() throws {
        let document = InspectDocument.json(
            `A container's record`.full(),
            .dead,
            exitCode: 137,
            problem: "its keeper was killed"
        )
        let template = try Template(
            "{{.State.Dead}} {{.State.Running}} {{.State.Pid}} {{.State.ExitCode}} {{.State.Error}}"
        )
        #expect(try template.fill(from: document) == "true false 0 137 its keeper was killed")
    }

    @Test(arguments: [
        (["name=we"], true), (["name=db"], false), (["name=db", "name=web"], true), (["status=exited"], true),
        (["status=running"], false), (["exited=3"], true), (["exited=0"], false), (["id=abab"], true),
        (["volume=data"], true), (["name=web", "exited=0"], false), (["ancestor=host"], true),
    ])
    func `is filtered as with docker`(words: [String], matches: Bool) throws {
        #expect(try PsFilter(words).matches(`A container's record`.full(), .exited, exitCode: 3) == matches)
    }

    @Test(arguments: ["colour=red", "status=asleep", "exited=x", "name"])
    func `refuses a filter that there is not`(word: String) {
        #expect(throws: ContainerError.self) { try PsFilter([word]) }
    }

    @Test(arguments: [("TERM", 15), ("sigusr1", 10), ("9", 9), ("x", nil), ("65", nil)] as [(String, Int32?)])
    func `knows signals by name and number`(text: String, number: Int32?) {
        #expect(SignalNumber.named(text) == number)
    }
}
