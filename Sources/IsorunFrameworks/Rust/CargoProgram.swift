internal import IsorunReporting

/// A test program that cargo built: where it lies, where it expects to run, and which of a workspace's it is.
struct CargoProgram: Hashable {
    var path: String
    /// The directory of its package's manifest, in which cargo starts it.
    var directory: String
    /// As nextest names programs: `package` of a library, `package::bin/name`, `package::name` of `tests/name.rs`.
    var name: String

    /// Understands a line of cargo's `--message-format json`; nil for what is no test program.
    init?(message: String) {
        guard let message = try? JSON(parsing: Array(message.utf8)), message["profile"]?["test"]?.bool == true,
            let path = message["executable"]?.string, let manifest = message["manifest_path"]?.string,
            let target = message["target"]?["name"]?.string
        else { return nil }
        self.path = path
        directory = manifest.lastIndex(of: "/").map { String(manifest[..<$0]) } ?? "."
        let package = Self.package(message["package_id"]?.string ?? "") ?? target
        switch message["target"]?["kind"]?.array?.first?.string {
        case "test": name = "\(package)::\(target)"
        case "bin": name = "\(package)::bin/\(target)"
        case "example": name = "\(package)::example/\(target)"
        case "bench": name = "\(package)::bench/\(target)"
        default: name = package
        }
    }

    /// Understands what ``runner`` made.
    init(runner: String) {
        let parts = runner.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        path = parts[0]
        directory = parts.count > 1 ? parts[1] : "."
        name = parts.count > 2 ? parts[2] : path
    }

    /// All of it as one word.
    var runner: String { "\(path)\t\(directory)\t\(name)" }

    /// What starts it as cargo does: in its directory, in the environment that ``keepEnvironment`` kept.
    func start(_ arguments: [String]) -> [String] {
        ["/bin/sh", "-c", Self.enter + #"exec "$@""#, "isorun-cargo", directory, path] + arguments
    }

    /// What lists its tests, or prints ``isNoHarness`` for a program that does not list any as Rust's own do.
    ///
    /// Such a program (`harness = false`) runs its tests when it is asked for a list. libtest's is known by its total,
    /// whatever the program printed before `main`; a list without one is another harness's, which has nothing beside it.
    var list: [String] {
        let script = #"""
            out=$("$@" --list </dev/null)
            code=$?
            if printf '%s\n' "$out" | grep -qE '\#(Self.total)' || {
                [ $code = 0 ] && [ -n "$out" ] && ! printf '%s\n' "$out" | grep -qvE '^$|: (test|benchmark)$'
            }
            then printf '%s\n' "$out"; else echo '\#(Self.isNoHarness)'; fi
            """#
        return ["/bin/sh", "-c", Self.enter + script, "isorun-cargo", directory, path]
    }

    // The last line of libtest's list.
    private static let total = "^[0-9]+ tests?, [0-9]+ benchmarks?$"

    /// The names of tests in what ``list`` printed; nil for a program that brings a main of its own.
    func names(in list: [Substring]) throws(ListError) -> [String]? {
        guard list.first != Self.isNoHarness else { return nil }
        let end = list.indices.last { Self.count(list[$0]) != nil }
        var names: [String] = []
        for line in list[..<(end ?? list.endIndex)] where !line.isEmpty && !line.hasSuffix(": benchmark") {
            if line.hasSuffix(": test") {
                names.append(String(line.dropLast(6)))
            } else if end == nil {
                throw ListError("\(path) printed what is no list of Rust's tests: \(line.prefix(100))")
            }
        }
        guard let end, let count = Self.count(list[end]), count != names.count else { return names }
        throw ListError("\(path) says that it has \(count) tests, and lists \(names.count)")
    }

    private static func count(_ line: Substring) -> Int? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, ["test,", "tests,"].contains(words[1]), Int(words[2]) != nil,
            ["benchmark", "benchmarks"].contains(words[3])
        else { return nil }
        return Int(words[0])
    }

    /// The line in place of a list.
    static let isNoHarness: Substring = "isorun: this program brings a main of its own"

    /// Lines of the shell that go before each call of cargo.
    ///
    /// rustup looks for toolchains in the home of who calls it. Inside that is root's, also where it was a user who
    /// installed them; they are seen beside the cargo that PATH names.
    static let findToolchains = #"""
        cargo=$(command -v cargo) || :
        home=${cargo%/.cargo/bin/cargo}
        if [ "$home" != "$cargo" ] && [ -d "$home/.rustup" ]; then
            export RUSTUP_HOME="${RUSTUP_HOME:-$home/.rustup}"
        fi

        """#

    // What the job itself sets goes before, but for the libraries, to which cargo adds.
    private static let enter = #"""
        cd "$1" && shift || exit
        export CARGO_MANIFEST_DIR="$PWD"
        if [ -f "$1.isorun-env" ]; then . "$1.isorun-env"; fi

        """#

    /// A script that cargo starts in place of a program: it writes cargo's environment beside it, for the shell to read.
    static let keepEnvironment = #"""
        awk 'BEGIN {
            for (name in ENVIRON) {
                if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || name ~ /^(_|PWD|OLDPWD|SHLVL|CARGO_TARGET_.*_RUNNER)$/) continue
                value = ENVIRON[name]
                gsub(/\047/, "\047\\\047\047", value)
                unset = name == "LD_LIBRARY_PATH" ? "" : "[ -n \"${" name "+x}\" ] || "
                printf "%sexport %s=\047%s\047\n", unset, name, value
            }
        }' >"$1.isorun-env"
        """#

    // `path+file:///srv/workspace/name#0.1.0`, or `…/other#name@0.1.0`; before cargo 1.77 `name 0.1.0 (path+…)`.
    private static func package(_ id: String) -> String? {
        guard let hash = id.lastIndex(of: "#") else { return id.split(separator: " ").first.map(String.init) }
        let fragment = id[id.index(after: hash)...]
        if let at = fragment.firstIndex(of: "@") { return String(fragment[..<at]) }
        return id[..<hash].split(separator: "/").last.map(String.init)
    }
}
