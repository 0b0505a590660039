import IsorunModel
import IsorunReporting
import SystemPackage
import Testing

@testable import IsorunImages

@Suite struct `An image's configuration` {
    private static let passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\nbroken:x\n"
    private static let group = "root:x:0:\nstaff:x:50:app\n"

    private func settled(
        _ config: String,
        command: [String] = [],
        _ change: (inout ImageSpec, inout JobSpec) -> Void = { _, _ in }
    ) throws -> JobSpec {
        var image = ImageSpec("test:1")
        var spec = JobSpec(command: command.map { ByteString($0) })
        change(&image, &spec)
        let document = try JSON(parsing: #"{"config":\#(config)}"#)
        let process = ImageProcess(
            ImageConfig(document),
            image,
            passwd: Array(Self.passwd.utf8),
            group: Array(Self.group.utf8)
        )
        try process.apply(to: &spec)
        return spec
    }

    @Test(
        arguments: [
            (#"{"Cmd":["a","b"]}"#, [], nil, ["a", "b"]),
            (#"{"Cmd":["a"]}"#, ["x", "y"], nil, ["x", "y"]),
            (#"{"Entrypoint":["e"],"Cmd":["a"]}"#, [], nil, ["e", "a"]),
            (#"{"Entrypoint":["e"],"Cmd":["a"]}"#, ["x"], nil, ["e", "x"]),
            (#"{"Entrypoint":["e"],"Cmd":["a"]}"#, [], "other", ["other"]),
            (#"{"Entrypoint":["e"],"Cmd":["a"]}"#, ["x"], "other", ["other", "x"]),
            (#"{"Entrypoint":["e"]}"#, ["x"], "", ["x"]),
        ] as [(String, [String], String?, [String])]
    )
    func `gives the command as docker does`(
        config: String,
        words: [String],
        entrypoint: String?,
        expected: [String]
    ) throws {
        let spec = try settled(config, command: words) { image, _ in
            image.entrypoint = entrypoint.map { ByteString($0) }
        }
        #expect(spec.command.map(\.text) == expected)
    }

    @Test
    func `without a command is an error that says how to give one`() {
        let error = #expect(throws: ImageError.self) { try settled("{}") }
        #expect(error?.kind == .usage)
    }

    @Test(
        arguments: [
            ("", 0, 0, "/root"), ("app", 1000, 1001, "/home/app"), ("1000", 1000, 1001, "/home/app"),
            ("app:staff", 1000, 50, "/home/app"), ("7", 7, 0, nil), ("7:9", 7, 9, nil), ("0:staff", 0, 50, "/root"),
        ] as [(String, UInt32, UInt32, String?)]
    )
    func `names the user by the image's own tables`(user: String, uid: UInt32, gid: UInt32, home: String?) throws {
        let spec = try settled(#"{"Cmd":["a"],"User":"\#(user)"}"#)
        #expect(spec.process.user.uid == uid && spec.process.user.gid == gid)
        #expect(spec.process.environment.first { $0.name == "HOME" }?.value?.text == home)
        // What was asked for on the command line goes before it.
        let asked = try settled(#"{"Cmd":["a"],"User":"nobody-knows"}"#) { image, _ in image.user = user }
        #expect(asked.process.user == spec.process.user)
    }

    @Test(
        arguments: [
            ("app", [1001, 27, 9]), ("1000", [1001, 27, 9]), ("app:27", [27]), ("7", [0]), ("", [0, 5]),
        ] as [(String, [UInt32])]
    )
    func `gives the user the groups that the image's table puts it in`(user: String, groups: [UInt32]) throws {
        let passwd = "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/:/bin/sh\n"
        let table = """
            tty:x:5:root
            sudo:x:27:someone,app,other
            own:x:1001:app
            twice:x:27:app
            kmem:x:9:app
            like:x:10:apple,my app,ap
            high:x:70000:app
            none:x::app
            short:x:11
            :::
            """
        let found = try ImageUser(user, passwd: Array(passwd.utf8), group: Array(table.utf8))
        #expect(found.groups == groups && found.spec.groups == groups)
    }

    @Test
    func `reads a hostile table of groups in bounded time`() throws {
        let passwd = Array("app:x:1000:1001::/:/bin/sh\n".utf8)
        let members =
            Array("g:x:7:".utf8) + Array(repeatElement(Array("a,".utf8), count: 400_000).joined()) + Array("app".utf8)
        let lines = Array((0..<70_000).map { "g:x:\($0):app\n" }.joined().utf8)
        #expect(try ImageUser("app", passwd: passwd, group: members).groups == [1001, 7])
        #expect(try ImageUser("app", passwd: passwd, group: lines).groups.count == 65536)
    }

    @Test(arguments: ["nobody", "app:nobody", "70000", "broken", "-1"])
    func `with a user that is nobody is refused`(user: String) {
        #expect(throws: ImageError.self) { try settled(#"{"Cmd":["a"],"User":"\#(user)"}"#) }
    }

    @Test
    func `gives variables and a directory where the job names none`() throws {
        let config = #"{"Cmd":["a"],"Env":["A=image","B=image","=no","no"],"WorkingDir":"srv/../app"}"#
        let spec = try settled(config) { _, spec in
            spec.process.environment = [EnvironmentEntry(name: "A", value: "job")]
        }
        #expect(spec.process.environment.filter { $0.name == "A" }.last?.value == "job")
        #expect(spec.process.environment.first { $0.name == "B" }?.value == "image")
        #expect(spec.filesystem.workdir == "/app")
        let other = try settled(config) { _, spec in spec.filesystem.workdir = "/mine" }
        #expect(other.filesystem.workdir == "/mine")
    }
}
