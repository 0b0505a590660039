import Glibc
import IsorunModel
import IsorunReporting
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunImages
@testable import IsorunRegistry

@Suite struct `A registry's challenge` {
    @Test
    func `is read with its parameters, quoted or not`() throws {
        let header = #"Bearer realm="https://auth.example/token?a=b,c",service=here , scope="repository:a/b:pull,push""#
        let challenge = try #require(Challenge(header))
        #expect(challenge.scheme == "bearer")
        #expect(challenge.parameters["realm"] == "https://auth.example/token?a=b,c")
        #expect(challenge.parameters["service"] == "here")
        #expect(challenge.parameters["scope"] == "repository:a/b:pull,push")
        #expect(Challenge(#"Basic realm="a \"b\"""#)?.parameters == ["realm": #"a "b""#])
        #expect(Challenge("Basic")?.scheme == "basic")
        #expect(Challenge("  ") == nil)
        #expect(Challenge(#"Bearer realm="unclosed"#)?.parameters["realm"] == "unclosed")
    }
}

@Suite struct `A place of the network` {
    @Test(arguments: [
        ("127.0.0.1:5000", true), ("127.9.9.9", true), ("localhost", true), ("[::1]:5000", true),
        ("128.0.0.1", false), ("127.0.0.1.example.org", false), ("localhost.example.org", false), ("127.1", false),
    ])
    func `is known for this machine or not`(authority: String, expected: Bool) {
        #expect(Endpoint(scheme: "http", authority: authority).isLoopback == expected)
    }

    @Test(arguments: [
        ("/b?c", "https://a.example/b?c"), ("//other.example/x", "https://other.example/x"),
        ("http://plain.example", "http://plain.example"),
    ])
    func `leads on as a redirect says`(header: String, expected: String) throws {
        let start = try #require(Location("https://a.example/v2/"))
        #expect(start.following(header)?.text == expected)
    }

    @Test(arguments: ["ftp://a/", "https://user:password@a/", "https://", "a/b", "javascript:x"])
    func `that is none is not followed`(text: String) throws {
        #expect(Location(text) == nil)
        #expect(Location("https://a.example/")?.following(text) == nil)
    }

    @Test
    func `is of one origin with what has its scheme, host and port alone`() throws {
        let here = try #require(Location("https://a.example/x"))
        let same = try #require(Location("https://A.example/y"))
        #expect(here.isSameOrigin(as: same))
        for other in ["http://a.example/x", "https://a.example:444/x", "https://b.example/x"] {
            let there = try #require(Location(other))
            #expect(!here.isSameOrigin(as: there))
        }
    }

    @Test
    func `is reached through the proxy that is for it`() throws {
        let settings = ProxySettings(
            https: "http://proxy:1",
            http: "http://proxy:2",
            exceptions: ["inside.example", ".corp", "exact:5000"]
        )
        func proxy(_ text: String) throws -> String? {
            let location = try #require(Location(text))
            return settings.proxy(for: location)
        }
        #expect(try proxy("https://a.example/") == "http://proxy:1")
        #expect(try proxy("http://a.example/") == "http://proxy:2")
        for direct in [
            "https://inside.example/", "https://x.inside.example/", "https://a.corp/", "http://127.0.0.1:5000/",
            "https://exact:5000/",
        ] {
            #expect(try proxy(direct) == nil)
        }
        #expect(try proxy("https://notinside.example/") != nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "http://10.1.2.3:5000/", true), ("10.0.0.0/8", "http://11.1.2.3/", false),
        ("10.1.2.3", "http://10.1.2.3:5000/", true), ("10.1.2.128/25", "http://10.1.2.127/", false),
        ("2001:db8::/32", "http://[2001:db8::1]:5000/", true), ("[2001:db8::1]", "http://[2001:db8::1]/", true),
        ("2001:db8::1", "http://[2001:db8::2]/", false), ("0.0.0.0/0", "http://[2001:db8::2]/", false),
        ("10.0.0.0/40", "http://10.0.0.0/", false), ("*", "http://10.0.0.0/", true),
        (".0.0.1", "http://10.0.0.1/", false),
    ])
    func `is excepted from proxies by its network`(exception: String, place: String, isExcepted: Bool) throws {
        let settings = ProxySettings(https: nil, http: "http://proxy", exceptions: [exception])
        let location = try #require(Location(place))
        #expect((settings.proxy(for: location) == nil) == isExcepted)
    }
}

@Suite struct `A certificate's name` {
    @Test(arguments: [
        ("a.example", "A.example", true), ("a.example.", "a.example", true), ("*.example.org", "a.example.org", true),
        ("*.example.org", "example.org", false), ("*.example.org", "a.b.example.org", false), ("*.org", "a.org", true),
        ("*", "localhost", false), ("a.example", "b.example", false), ("a*.example.org", "ab.example.org", false),
        ("", "", false), ("*..org", "a..org", false),
    ])
    func `is a host's or not`(pattern: String, host: String, isFor: Bool) {
        #expect(CertificateNames.matches(pattern, host) == isFor)
    }
}

@Suite struct `A proxy` {
    @Test(arguments: ["http://user:pass@proxy.example:3128/", "proxy.example", "http://[::1]:3128", "[2001:db8::1]"])
    func `is read`(text: String) {
        #expect(ProxySettings.parse(text) != nil)
    }

    @Test(arguments: ["socks5://proxy", "http://", "http://proxy:0", "http://proxy:x", "http://[::1]x", "http://u@:1"])
    func `that is none is not taken`(text: String) {
        #expect(ProxySettings.parse(text) == nil)
    }

    @Test
    func `is shown without the password that it is asked with`() {
        #expect(ProxySettings.withoutCredentials("http://user:p@ss@proxy:1") == "http://proxy:1")
        #expect(ProxySettings.withoutCredentials("user:pass@proxy") == "proxy")
        #expect(ProxySettings.withoutCredentials("http://proxy") == "http://proxy")
    }
}

@Suite struct `docker's configuration` {
    private func with(_ text: String?, _ body: (FilePath) throws -> Void) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-docker-")
        let path = directory.path.appending("config.json")
        defer {
            try? directory.held.removeContents()
            _ = unsafe directory.path.withPlatformString { unsafe rmdir($0) }
        }
        if let text {
            try directory.held.replace("config.json", mode: 0o600) {
                (file: borrowing OwnedDescriptor) throws(SystemError) in
                try file.write(all: text.utf8)
            }
        }
        try body(path)
    }

    @Test
    func `gives credentials by a registry's name`() throws {
        let text = """
            {"auths": {"a.example": {"auth": "dXNlcjpwYTpzcw=="}, "https://index.docker.io/v1/": {"identitytoken": "t"},
            "https://b.example": {"username": "u", "password": "p"}, "empty.example": {}}}
            """
        try with(text) { path in
            let config = try DockerConfig(path)
            #expect(try config.credential(for: "a.example") == .password(user: "user", password: "pa:ss"))
            #expect(try config.credential(for: "docker.io") == .identityToken("t"))
            #expect(try config.credential(for: "b.example") == .password(user: "u", password: "p"))
            #expect(try config.credential(for: "empty.example") == nil)
            #expect(try config.credential(for: "c.example") == nil)
        }
    }

    @Test
    func `keeps and forgets them, and leaves all else as it is`() throws {
        try with(#"{"auths":{"a.example":{"auth":"eDp5"}},"psFormat":"x"}"#) { path in
            var config = try DockerConfig(path)
            #expect(try config.keep("user", "secret", for: "b.example"))
            var again = try DockerConfig(path)
            #expect(try again.credential(for: "a.example") == .password(user: "x", password: "y"))
            #expect(try again.credential(for: "b.example") == .password(user: "user", password: "secret"))
            #expect(try again.forget("b.example"))
            #expect(try !again.forget("b.example"))
            let document = try JSON(parsing: SmallFile.read(path))
            #expect(document["psFormat"]?.string == "x")
        }
    }

    @Test
    func `that is not there says nothing, and one that is damaged is an error`() throws {
        try with(nil) { path in
            let config = try DockerConfig(path)
            #expect(try config.credential(for: "a.example") == nil)
        }
        try with("{") { path in _ = #expect(throws: ImageError.self) { try DockerConfig(path) } }
    }

    @Test
    func `that names a helper which is not there is an error that names it`() throws {
        try with(#"{"credsStore":"isorun-has-none"}"#) { path in
            let error = #expect(throws: ImageError.self) { try DockerConfig(path).credential(for: "a.example") }
            #expect(error?.message.contains("docker-credential-isorun-has-none") == true)
        }
    }
}
