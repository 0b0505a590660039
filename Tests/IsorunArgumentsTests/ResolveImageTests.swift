import IsorunModel
import SystemPackage
import Testing

@testable import IsorunArguments

@Suite struct `Options about an image` {
    @Test
    func `make it the root, with a command or without`() throws {
        var expected = ImageSpec("debian:12")
        #expect(try resolved("--image debian:12").job.filesystem.rootfs == .image(expected))
        expected.platform = "linux/arm64"
        expected.pull = .never
        expected.entrypoint = ""
        expected.user = "app:staff"
        let line = "--image=debian:12 --platform linux/arm64 --pull never --entrypoint= -u app:staff"
        let request = try #require(lexed(line)).resolve(workingDirectory: "/home/ada")
        #expect(request.job.filesystem.rootfs == .image(expected))
        #expect(request.job.command.isEmpty)
    }

    @Test(arguments: [
        (
            "--image x --rootfs /r",
            #"--image: "x" takes the place of the root, and so does --rootfs; leave one of the two out"#
        ),
        ("--image=", #"--image: "" is no image; for example: debian:12"#),
        ("--entrypoint x", "--entrypoint: is about an image, and --image names none; for example: --image debian:12"),
        ("--pull x --image y", #"--pull: "x" is not a policy; use one of: always, missing, never"#),
    ])
    func `that go together with nothing are refused`(options: String, message: String) {
        let error = #expect(throws: UsageError.self) { try resolved(options) }
        #expect(error?.description == message)
    }
}
