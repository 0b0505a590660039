import Testing

@testable import IsorunImages

@Suite struct `A reference` {
    @Test(arguments: [
        ("debian", "docker.io/library/debian:latest", "debian:latest"),
        ("debian:12", "docker.io/library/debian:12", "debian:12"),
        ("user/app", "docker.io/user/app:latest", "user/app:latest"),
        ("docker.io/debian", "docker.io/library/debian:latest", "debian:latest"),
        ("127.0.0.1:5000/debian:12", "127.0.0.1:5000/debian:12", "127.0.0.1:5000/debian:12"),
        ("localhost/a/b_c/d--e:T-1.x", "localhost/a/b_c/d--e:T-1.x", "localhost/a/b_c/d--e:T-1.x"),
        ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"),
    ])
    func `is read as docker reads it`(text: String, full: String, familiar: String) throws {
        let reference = try #require(ImageReference(text))
        #expect(reference.full == full)
        #expect(reference.familiar == familiar)
    }

    @Test(arguments: [
        "", "/", "Debian", "a//b", "a:", "a@sha256:12", "-a", "a-", "a..b", "a___b", "../x", "a:b:c", "a b", "a/./b",
        "host:99999/x", String(repeating: "a", count: 300), String(repeating: "a", count: 64),
    ])
    func `that is none is not taken for one`(text: String) {
        #expect(ImageReference(text) == nil)
    }
}

@Suite struct `A platform` {
    @Test(arguments: [
        ("linux/amd64", "linux/amd64"), ("x86_64", "linux/amd64"), ("Linux/AARCH64", "linux/arm64/v8"),
        ("arm", "linux/arm/v7"), ("linux/arm/v6", "linux/arm/v6"), ("windows/amd64", "windows/amd64"),
        ("linux", Platform.host.description),
    ])
    func `is read as docker reads it`(text: String, expected: String) {
        #expect(Platform(text)?.description == expected)
    }

    @Test(arguments: ["", "foo", "/", "linux/", "linux/arm/v7/x", "windows"])
    func `that is none is not taken`(text: String) {
        #expect(Platform(text) == nil)
    }

    @Test
    func `is shown without what a terminal heeds`() {
        #expect(Platform(os: "linux", architecture: "\u{1B}[2J").description == "linux/\\u{1B}[2J")
    }

    @Test
    func `is what an image is for, however its architecture is called`() {
        let intel = Platform(os: "linux", architecture: "amd64")
        #expect(intel.accepts(Platform(os: "linux", architecture: "x86_64")))
        #expect(!intel.accepts(Platform(os: "linux", architecture: "arm64")))
        #expect(!intel.accepts(Platform(os: "windows", architecture: "amd64")))
    }
}
