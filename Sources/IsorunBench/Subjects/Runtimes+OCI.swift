internal import Glibc
internal import IsorunModel
internal import IsorunReporting

/// The runtimes that take OCI bundles and images, by their command lines.
extension Runtimes {
    /// runc or crun.
    func oci(_ name: String) -> Finding {
        guard let program = host.find(name) else {
            return .missing(name, name, "\(name) is not in PATH", help: "apt-get install \(name)")
        }
        guard host.isRoot else {
            return .missing(name, name, "it can set limits as root only", help: "run the bench as root")
        }
        do throws(BenchError) {
            for (folder, arguments) in [("bundle", ["/bin/standin"]), ("bundle-idle", ["/bin/standin", "wait"])] {
                try scratch.makeDirectory(folder)
                try scratch.write("\(folder)/config.json", Array(bundle(arguments).page.utf8))
            }
        } catch {
            return .missing(name, name, error.description)
        }
        let state = [program, "--root", scratch.path(name)]
        let container = "isorun-bench-\(getpid())-{run}"
        func run(_ bundle: String) -> [String] { state + ["run", "--bundle", scratch.path(bundle), container] }
        return .found(
            Subject(
                id: name,
                name: name,
                command: run("bundle"),
                idleCommand: run("bundle-idle"),
                removal: state + ["delete", "--force", container],
                limits: limits.text,
                note: "the least bundle: no user namespace, no filter, a root of one program"
            )
        )
    }

    /// config.json of the runtime specification, 1.0.2: what `runc spec` proposes, with limits.
    private func bundle(_ arguments: [String]) -> JSON {
        let capabilities = JSON.array(["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"].map(JSON.string))
        let sets = ["bounding", "effective", "permitted"]
        let process: [JSON.Member] = [
            .init("terminal", .bool(false)),
            .init("user", .object([.init("uid", .whole(0)), .init("gid", .whole(0))])),
            .init("args", .array(arguments.map(JSON.string))),
            .init("env", .array([.string("PATH=/bin")])),
            .init("cwd", .string("/")),
            .init("capabilities", .object(sets.map { .init($0, capabilities) })),
            .init("noNewPrivileges", .bool(true)),
        ]
        let namespaces = ["pid", "network", "ipc", "uts", "mount"]
        return .object([
            .init("ociVersion", .string("1.0.2")),
            .init("process", .object(process)),
            .init("root", .object([.init("path", .string(root)), .init("readonly", .bool(true))])),
            .init("hostname", .string("isorun-bench")),
            .init("mounts", .array([mount("/proc", "proc", []), mount("/dev", "tmpfs", ["nosuid", "mode=755"])])),
            .init(
                "linux",
                .object([
                    .init("namespaces", .array(namespaces.map { .object([.init("type", .string($0))]) })),
                    .init("resources", resources),
                ])
            ),
        ])
    }

    private func mount(_ destination: String, _ type: String, _ options: [String]) -> JSON {
        .object([
            .init("destination", .string(destination)), .init("type", .string(type)), .init("source", .string(type)),
            .init("options", .array(options.map(JSON.string))),
        ])
    }

    private var resources: JSON {
        .object([
            .init("memory", .object([.init("limit", .whole(limits.memory)), .init("swap", .whole(limits.memory))])),
            .init("pids", .object([.init("limit", .whole(limits.pids))])),
            .init(
                "cpu",
                .object([.init("quota", .whole(limits.cpus * 100_000)), .init("period", .whole(100_000))])
            ),
        ])
    }

    private var dockerLimits: [String] {
        [
            "--network=none", "--memory=\(limits.memory)", "--memory-swap=\(limits.memory)",
            "--pids-limit=\(limits.pids)", "--cpus=\(limits.cpus)",
        ]
    }

    /// podman, with a store of its own and the same directory as root.
    func podman() -> Finding {
        guard let program = host.find("podman") else {
            return .missing("podman", "podman", "podman is not in PATH", help: "apt-get install podman crun")
        }
        let state = [program, "--root", scratch.path("podman"), "--runroot", scratch.path("podman-run")]
        // This driver mounts nothing on the store, which would stay.
        var all = state + ["--storage-driver=vfs"] + (host.isRoot ? ["--cgroup-manager=cgroupfs"] : [])
        // crun refuses hosts that have cgroup v1 with a v2 beside it.
        if host.isHybrid, let runc = host.find("runc") { all += ["--runtime", runc] }
        let name = "isorun-bench-\(getpid())-{run}"
        // Below its defaults, which who may not raise limits cannot have.
        let small = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=512:512"]
        let command =
            all + ["run", "--rm", "--name", name, "--log-driver=none"]
            + (host.isRoot ? ["--cgroup-parent=/\(cgroups.name)"] : []) + small + dockerLimits + [
                "--rootfs", root, "/bin/standin",
            ]
        return .found(
            Subject(
                id: "podman",
                name: "podman",
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                removal: all + ["rm", "--force", "--time", "0", name],
                // Whatever its own store still has.
                farewell: [all + ["rm", "--all", "--force", "--time", "0"]],
                limits: host.isRoot || host.isUnified
                    ? limits.text : "none: podman sets no limits for who is not root on cgroup v1"
            )
        )
    }

    /// docker, where a daemon answers; the image is imported from the same directory, and removed at the end.
    func docker() -> Finding {
        guard let program = host.find("docker") else {
            return .missing("docker", "docker", "docker is not in PATH", help: "apt-get install docker.io")
        }
        let asked = runner.run([program, "version", "--format", "{{.Server.Version}}"], within: .seconds(10))
        guard asked.ending != .interrupted else { return .interrupted("docker") }
        if let problem = asked.problem(after: .seconds(10)) {
            return .missing(
                "docker",
                "docker",
                "its daemon does not answer: \(problem)",
                help: "start dockerd, as root"
            )
        }
        let image = "isorun-bench:\(getpid())"
        let archive = scratch.path("root.tar")
        for step in [["tar", "-C", root, "-cf", archive, "."], [program, "import", archive, image]] {
            let done = runner.run(step, within: .seconds(60))
            guard done.ending != .interrupted else { return .interrupted("docker") }
            if let problem = done.problem(after: .seconds(60)) {
                return .missing("docker", "docker", "its image could not be made: \(step[0]): \(problem)")
            }
        }
        let name = "isorun-bench-\(getpid())-{run}"
        let command = [program, "run", "--rm", "--name", name] + dockerLimits + [image, "/bin/standin"]
        return .found(
            Subject(
                id: "docker",
                name: "docker",
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                removal: [program, "rm", "--force", name],
                identify: [program, "inspect", "--format", "{{.Id}}", name],
                farewell: [[program, "rmi", "--force", image]],
                limits: limits.text,
                note: "its daemons ran before"
            )
        )
    }
}
