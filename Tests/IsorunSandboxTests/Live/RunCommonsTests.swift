import CIsorunSystem
import Glibc
import IsorunCgroups
import IsorunModel
import IsorunPlanning
import IsorunSystem
import IsorunTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import IsorunSandbox

/// Each in a process of its own, as keepers are.
@Suite(.enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"))
struct `Containers of a run` {
    @Test func `show a job the same with what they share as one that stands alone`() async {
        await #expect(processExitsWith: .success) {
            let look = """
                for top in / /etc /var /run /tmp /var/lib /var/cache /etc/ssh; do stat -c '%A %u %g %n' $top $top/*; done
                cat /etc/shadow; id; touch /run/a /etc/b; echo $?; rm -r /etc/ssh /run/*; ls -A /etc /run
                """
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            let spec = JobSpec(command: ["sh", "-c", ByteString(look)])
            let alone = sandbox.run(spec)
            sandbox.commons = RunCommons()
            for _ in 0..<3 {
                let shared = sandbox.run(spec)
                #expect(shared.result.outcome == alone.result.outcome && shared.exitCode == alone.exitCode)
                #expect(shared.stdout.head == alone.stdout.head)
                #expect(shared.stderr.head == alone.stderr.head)
            }
        }
    }

    @Test func `show none of the mounts that they were made with`() async {
        await #expect(processExitsWith: .success) {
            // Every place once, no file system of the layers, and devices of which nothing can be run.
            let look = """
                exec < /proc/self/mountinfo
                while read -r number parent device root place options rest; do
                    echo "$place"
                    case "$rest" in *tmpfs*) test "$place" = /dev || case "$place" in /dev/*|/proc/*|/sys/*) ;; *) echo "also $rest";; esac;; esac
                    case "$place$root" in /dev/*|/dev/|*/null) case "$options" in *nosuid*noexec*) ;; *) echo "runs $place";; esac;; esac
                done
                """
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            let spec = JobSpec(command: ["sh", "-c", ByteString(look)])
            for commons in [nil, RunCommons()] {
                sandbox.commons = commons
                let run = sandbox.run(spec)
                #expect(run.exitCode == 0)
                let lines = String(decoding: run.stdout.head, as: UTF8.self).split(separator: "\n")
                let places = lines.filter { $0.hasPrefix("/") }
                #expect(places.count > 20 && Set(places).count == places.count, "\(places)")
                #expect(lines.count == places.count, "\(lines)")
            }
        }
    }

    @Test func `show the project that the root's overlay shows as one that has its own`() async {
        await #expect(processExitsWith: .success) {
            let top = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-project-")
            defer { _ = try? Program.run(["/bin/rm", "-r", top.path.string]) }
            try #require(unsafe chmod(top.path.string, 0o755) == 0)
            let script = """
                mkdir -p p/.git p/dir/deep beside; chmod 2751 p; chown 7:8 p/dir; echo a >p/a; ln p/a p/b
                ln -s dir p/link; echo deep >p/dir/deep/file; echo no >beside/secret
                """
            #expect(try Program.run(["/bin/sh", "-c", "cd \(top.path.string) && \(script)"]) == 0)
            try #require(unsafe chdir(top.path.appending("p").string) == 0)
            // What it sees and may do, and last of all whether `/` and the project are one file system.
            let look = """
                p=$PWD; find .. -printf '%P %M %U:%G %n\\n' | sort; cat a dir/deep/file; echo b >>b; cat a
                mv dir moved; find . | sort; rm -r moved dir; mkdir dir; find . | sort; rm a; cat b; ls -A /var/tmp ..
                cd /; mv $p $p.old; rm -r $p 2>/dev/null; find $p/..; touch $p/new $p/../new; find $p/.. | sort
                grep -c " $p " /proc/self/mountinfo; test "$(stat -c %d /)" = "$(stat -c %d $p)"
                """
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            var spec = JobSpec(command: ["sh", "-c", ByteString(look)])
            spec.collection.artifacts = [ArtifactSpec(pattern: "none", destination: nil)]
            let own = sandbox.run(spec)
            #expect(own.exitCode == 1 && own.stdout.head.count > 200)
            spec.collection = CollectionSpec()
            let isFolded = HostProbe.survey().facts.staging.isDetached
            sandbox.commons = nil
            let alone = sandbox.run(spec)
            sandbox.commons = RunCommons()
            for run in [alone, sandbox.run(spec), sandbox.run(spec)] {
                #expect(run.exitCode == (isFolded ? 0 : 1))
                #expect(
                    String(decoding: run.stdout.head, as: UTF8.self) == String(decoding: own.stdout.head, as: UTF8.self)
                )
                #expect(
                    String(decoding: run.stderr.head, as: UTF8.self) == String(decoding: own.stderr.head, as: UTF8.self)
                )
            }
            #expect(try Program.run(["/bin/sh", "-c", "cat a b dir/deep/file; ls -d ../p.old"]) != 0)
            #expect(try SmallFile.read("b").elementsEqual("a\n".utf8))
        }
    }

    @Test func `are of the project as it is when they are made`() async {
        await #expect(processExitsWith: .success) {
            let top = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-project-")
            defer { _ = try? Program.run(["/bin/rm", "-r", top.path.string]) }
            let project = top.path.appending("p").string
            func shell(_ script: String) throws { #expect(try Program.run(["/bin/sh", "-c", script]) == 0) }
            try shell("chmod 755 \(top.path.string); mkdir \(project); echo old >\(project)/a")
            try #require(unsafe chdir(project) == 0)
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.commons = RunCommons()
            func seen() -> String {
                let run = sandbox.run(JobSpec(command: ["sh", "-c", "stat -c %a .; cat *; echo x >>a"]))
                return String(decoding: run.stdout.head, as: UTF8.self)
            }
            for _ in 0..<2 { #expect(seen() == "755\nold\n") }
            try shell("echo more >\(project)/b")
            #expect(seen() == "755\nold\nmore\n")
            try shell("chmod 711 \(project)")
            #expect(seen() == "711\nold\nmore\n")
            try shell("mv \(project) \(project).old; mkdir \(project); echo new >\(project)/c")
            try #require(unsafe chdir(project) == 0)
            #expect(seen() == "755\nnew\n")
        }
    }

    @Test func `leave nothing when the run is over`() async {
        await #expect(processExitsWith: .success) {
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            _ = sandbox.run(JobSpec(command: ["/bin/true"]))
            let before = try HostTraces(slot: -1)
            sandbox.commons = RunCommons()
            for _ in 0..<3 { #expect(sandbox.run(JobSpec(command: ["/bin/true"])).result.outcome == .passed) }
            sandbox.commons = nil
            #expect(try HostTraces(slot: -1) == before)
        }
    }

    @Test func `are cloned here where what clones for them is gone`() async {
        await #expect(processExitsWith: .success) {
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            let commons = RunCommons()
            sandbox.commons = commons
            #expect(sandbox.run(JobSpec(command: ["/bin/true"])).result.outcome == .passed)
            let server = try #require(commons.forkServer).pid
            #expect(kill(server, SIGKILL) == 0)
            // It is gone when it can be waited for; who clones in between cannot know whether it has.
            var end = unsafe siginfo_t()
            let waited = unsafe waitid(P_PID, id_t(server), &end, WEXITED | WNOWAIT)
            #expect(waited == 0)
            for _ in 0..<2 { #expect(sandbox.run(JobSpec(command: ["/bin/true"])).result.outcome == .passed) }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounts of a process's own need root"))
    func `are cloned by a process that has few mounts, which are gone from nowhere else`() async {
        await #expect(processExitsWith: .success) {
            func mounts(_ process: String) throws -> [FilePath] {
                let bytes = try SmallFile.read(FilePath("/proc/\(process)/mountinfo"), limit: 1 << 24)
                return MountTable.parse(bytes).map(\.mountPoint)
            }
            try #require(isorun_private_mount_namespace() >= 0)
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-mounts-")
            defer { _ = unsafe rmdir(directory.path.string) }
            try DetachedMount(type: "tmpfs", options: [], attributes: []).attach(to: directory.path)
            defer { _ = unsafe umount2(directory.path.string, Int32(MNT_DETACH)) }
            let before = try mounts("thread-self")
            #expect(before.contains(directory.path))
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            // The host's `/sys` is shown with all that is mounted there.
            let look = "cut -d ' ' -f 5 /proc/self/mountinfo | grep ^/sys; ls -d /sys/fs/cgroup/*"
            var spec = JobSpec(command: ["sh", "-c", ByteString(look)])
            spec.network = .host
            let alone = sandbox.run(spec)
            let commons = RunCommons()
            sandbox.commons = commons
            let server = try #require(commons.forkServer)
            #expect(sandbox.run(JobSpec(command: ["/bin/true"])).result.outcome == .passed)
            let few = try mounts("\(server.pid)")
            let kept = ["/dev", "/proc", "/sys"].map { FilePath($0) }
            #expect(few.allSatisfy { mount in mount == "/" || kept.contains { mount.starts(with: $0) } }, "\(few)")
            #expect(kept.allSatisfy { few.contains($0) } && few.contains("/"))
            let shared = sandbox.run(spec)
            #expect(shared.result.outcome == alone.result.outcome && shared.stdout.head == alone.stdout.head)
            #expect(try mounts("thread-self") == before)
        }
    }

    @Test func `are served with a program that is larger than an order by their keeper itself`() async {
        await #expect(processExitsWith: .success) {
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.commons = RunCommons()
            let word = String(repeating: "x", count: 120_000)
            let job: [ByteString] = ["sh", "-c", "echo ${#1} ${#2}", "sh", ByteString(word), ByteString(word)]
            let run = sandbox.run(JobSpec(command: job))
            #expect(String(decoding: run.stdout.head, as: UTF8.self) == "120000 120000\n")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "a mount of a test's own needs root"))
    func `hear of mounts that come and go`() async {
        await #expect(processExitsWith: .success) {
            // What this thread mounts from here on nobody else sees.
            try #require(isorun_private_mount_namespace() >= 0)
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-mounts-")
            defer { _ = unsafe rmdir(directory.path.string) }
            let watch = try #require(MountWatch("/proc/thread-self/mountinfo"))
            #expect(!watch.hasChanged)
            try DetachedMount(type: "tmpfs", options: [], attributes: []).attach(to: directory.path)
            #expect(watch.hasChanged && !watch.hasChanged)
            #expect(unsafe umount2(directory.path.string, Int32(MNT_DETACH)) == 0 && watch.hasChanged)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "a mount of a test's own needs root"))
    func `read the host again when its mounts or its users have changed, and only then`() async {
        await #expect(processExitsWith: .success) {
            try #require(isorun_private_mount_namespace() >= 0)
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-mounts-")
            let (users, place) = (directory.path.appending("passwd"), directory.path.appending("place"))
            try directory.held.makeDirectory("place", mode: 0o755, uid: 0, gid: 0)
            defer { _ = try? Program.run(["/bin/rm", "-r", directory.path.string]) }
            let count = Atomic(0)
            let facts = SharedFacts(mountTable: "/proc/thread-self/mountinfo", files: [users]) {
                count.add(1, ordering: .relaxed)
                return HostProbe.survey()
            }
            func surveys() -> Int {
                for _ in 0..<3 { _ = facts.current() }
                return count.load(ordering: .relaxed)
            }
            #expect(surveys() == 1)
            try HostFile(users).write { file throws(SystemError) in try file.write(all: "a".utf8) }
            #expect(surveys() == 2)
            try HostFile(users).write { file throws(SystemError) in try file.write(all: "ab".utf8) }
            #expect(surveys() == 3)
            try DetachedMount(type: "tmpfs", options: [], attributes: []).attach(to: place)
            #expect(surveys() == 4)
            #expect(unsafe umount2(place.string, Int32(MNT_DETACH)) == 0)
            #expect(surveys() == 5)
            // Whoever was told what is so before a change knows by the edition that it is no more.
            let told = HostProbe.facts(for: JobSpec(command: ["true"]), from: facts)
            #expect(told.edition == facts.edition)
            try HostFile(users).write { file throws(SystemError) in try file.write(all: "abc".utf8) }
            #expect(told.edition != facts.edition)
        }
    }

    @Test func `hide what has become private since the last one`() async {
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-root-")
            let secret = directory.path.appending("etc").appending("secret")
            #expect(unsafe mkdir(directory.path.appending("etc").string, 0o755) == 0)
            try HostFile(secret).write { file throws(SystemError) in try file.write(all: "s".utf8) }
            defer { _ = try? Program.run(["/bin/rm", "-r", directory.path.string]) }
            #expect(unsafe secret.withPlatformString { unsafe chmod($0, 0o644) } == 0)
            var root = try Sandbox.plan(JobSpec(command: ["true"])).root
            root.lower = directory.path
            root.entries = []
            root.overlays = []
            let skeletons = SharedSkeletons()
            #expect(try !skeletons.hide("etc/secret", of: root))
            #expect(unsafe secret.withPlatformString { unsafe chmod($0, 0o600) } == 0)
            #expect(try skeletons.hide("etc/secret", of: root))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "owners of others are mapped for root alone"))
    func `show of a private directory only what is mounted there`() async {
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-root-")
            defer { _ = try? Program.run(["/bin/rm", "-r", directory.path.string]) }
            let script = "mkdir -p etc/private etc/public && chmod 755 etc etc/public && chmod 700 etc/private"
            try #require(try Program.run(["/bin/sh", "-c", "cd \(directory.path.string) && \(script)"]) == 0)
            var root = try Sandbox.plan(JobSpec(command: ["true"])).root
            root.lower = directory.path
            root.overlays = []
            root.entries = ["/etc/private/place", "/etc/public/place"].map {
                LayerEntry(path: $0, kind: .directory, onlyIfPresent: false)
            }
            func isOpaque(_ name: String) throws -> Bool {
                let mount = try #require(SharedSkeletons().current(root)["/"])
                let found = try mount.directory().directory("etc").directory(name)
                #expect(try found.names() == ["place"])
                return found.isOpaque
            }
            #expect(try isOpaque("private"))
            #expect(try !isOpaque("public"))
        }
    }

    @Test func `are watched for until the last one that is expected, and those after it are right all the same`() async
    {
        await #expect(processExitsWith: .success) {
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            let commons = RunCommons()
            sandbox.commons = commons
            commons.expect(2)
            var watched: [Int] = []
            for _ in 0..<3 {
                let run = sandbox.run(JobSpec(command: ["sh", "-c", "cat /etc/shadow; ls -A /run | wc -l"]))
                #expect(run.exitCode == 0 && String(decoding: run.stdout.head, as: UTF8.self) == "0\n")
                watched.append(try SourceWatch.placesOfThisProcess())
            }
            // Before Linux 6.15 nothing is shared, and so nothing watched.
            let shares = HostProbe.survey().facts.staging.isDetached
            #expect((watched[0] > 0) == shares && watched[1] == 0 && watched[2] == 0)
        }
    }

    @Test func `begin with signals and soft limits as after a login, whatever their keeper has`() async {
        await #expect(processExitsWith: .success) {
            for number in [SIGINT, SIGPIPE, SIGUSR1, SIGHUP] { signal(number, SIG_IGN) }
            var limit = rlimit(rlim_cur: 1 << 40, rlim_max: .max)
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.commons = RunCommons()
            let look: ByteString = "grep -E '^Sig(Ign|Blk)' /proc/self/status; ulimit -Sf; ulimit -Ss"
            let run = sandbox.run(JobSpec(command: ["sh", "-c", look]))
            let none = String(repeating: "0", count: 16)
            #expect(
                String(decoding: run.stdout.head, as: UTF8.self)
                    == "SigBlk:\t\(none)\nSigIgn:\t\(none)\nunlimited\n8192\n"
            )
        }
    }

    @Test func `tell once that no process of the job is left, when none is`() async {
        await #expect(processExitsWith: .success) {
            let jobs: [[ByteString]] = [
                ["true"], ["sh", "-c", "kill -9 $$"], ["sh", "-c", "sleep 27182 & exit 3"], ["/nowhere"],
                ["sleep", "27182"],
            ]
            for (command, initProcess) in jobs.map({ ($0, true) }) + [(["true"], false)] {
                let told = Atomic(0)
                var spec = JobSpec(command: command)
                spec.process.initProcess = initProcess
                if command[0] == "sleep" { spec.limits.timeout = .milliseconds(50) }
                var sandbox = Sandbox()
                sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
                sandbox.onlookers.jobIsGone = {
                    #expect(!LiveHost.runs("27182"))
                    told.add(1, ordering: .relaxed)
                }
                _ = sandbox.run(spec)
                #expect(told.load(ordering: .relaxed) == 1, "\(command)")
            }
        }
    }

    @Test func `end with their keeper, and what clones for them, too`() async throws {
        let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-keeper-")
        defer { _ = try? Program.run(["/bin/rm", "-r", directory.path.string]) }
        let path = directory.path.appending("pid").string
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let commons = RunCommons()
            let text = "\(try #require(commons.forkServer).pid)"
            try HostFile(FilePath(path)).write { file throws(SystemError) in try file.write(all: text.utf8) }
            kill(getpid(), SIGKILL)
            withExtendedLifetime(commons) {}
        }
        let server = try #require(Int32(String(decoding: try SmallFile.read(FilePath(path)), as: UTF8.self)))
        let deadline = Clock.now + 20_000_000_000
        while LiveHost.lives(server), Clock.now < deadline { usleep(1000) }
        #expect(!LiveHost.lives(server))
    }
}

extension SourceWatch {
    /// How many places this process watches, by /proc/self/fdinfo (inotify(7)).
    fileprivate static func placesOfThisProcess() throws -> Int {
        var count = 0
        for descriptor in try HeldDirectory(host: "/proc/self/fd").names() {
            // One that the listing itself had is gone by now.
            let bytes = (try? SmallFile.read(FilePath("/proc/self/fdinfo").appending(descriptor))) ?? []
            count += String(decoding: bytes, as: UTF8.self).split(separator: "\n").count { $0.hasPrefix("inotify wd") }
        }
        return count
    }
}

extension SharedSkeletons {
    /// Whether something of a root's lies in the skeleton of `/`.
    fileprivate func hide(_ path: String, of root: RootPlan) throws -> Bool {
        try #require(current(root)["/"]).directory().status(path) != nil
    }
}
