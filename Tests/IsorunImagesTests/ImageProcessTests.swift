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
        #expect(spec.process.user == UserSpec(uid: uid, gid: gid))
        #expect(spec.process.environment.first { $0.name == "HOME" }?.value?.text == home)
        // What was asked for on the command line goes before it.
        let asked = try settled(#"{"Cmd":["a"],"User":"nobody-knows"}"#) { image, _ in image.user = user }
        #expect(asked.process.user == UserSpec(uid: uid, gid: gid))
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
