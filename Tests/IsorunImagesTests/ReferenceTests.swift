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
