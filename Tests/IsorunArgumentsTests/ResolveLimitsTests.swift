import IsorunArguments
import IsorunModel
import SystemPackage
import Testing

@Suite struct `Limits` {
    @Test func `that nobody asked for stay open`() throws {
        let request = try resolved("")
        #expect(request == RunRequest(job: JobSpec(command: ["true"]), reports: ReportRequest()))
    }

    @Test func `are understood`() throws {
        let limits = try resolved(
            """
            -m 1.5g --memory-swap 2g --cpus 0.5 --cpuset-cpus 0-2,7 --pids-limit 20 --oom process --timeout 1h30m \
            --cpu-time 90s --grace-period 0s --disk 64m --inodes 100 --max-output 0 --io-read-bps /dev/sda=1m \
            --io-write-bps /dev/../dev/sdb=2m
            """
        ).job.limits
        var expected = LimitSpec()
        expected.memory = ByteCount(3 << 29)
        expected.memorySwap = ByteCount(2 << 30)
        expected.cpus = 0.5
        expected.cpuset = CPUSet(cpus: [0, 1, 2, 7])
        expected.pids = 20
        expected.oom = .process
        expected.timeout = .seconds(5400)
        expected.cpuTime = .seconds(90)
        expected.gracePeriod = .zero
        expected.disk = ByteCount(64 << 20)
        expected.inodes = 100
        expected.maxOutput = ByteCount(0)
        expected.io = [
            IOLimit(device: "/dev/sda", direction: .read, bytesPerSecond: ByteCount(1 << 20)),
            IOLimit(device: "/dev/sdb", direction: .write, bytesPerSecond: ByteCount(2 << 20)),
        ]
        #expect(limits == expected)
    }

    @Test func `of swap may be none`() throws {
        #expect(try resolved("--memory-swap -1 -m 64m").job.limits.memorySwap == ByteCount(.max))
        #expect(try resolved("--memory-swap 64m -m 64m").job.limits.memorySwap == ByteCount(64 << 20))
    }

    @Test(arguments: [
        ("core=0", Rlimit(.core, soft: 0, hard: 0)),
        ("nofile=1024:4096", Rlimit(.nofile, soft: 1024, hard: 4096)),
        ("stack=unlimited", Rlimit(.stack, soft: .max, hard: .max)),
        ("memlock=64:-1", Rlimit(.memlock, soft: 64, hard: .max)),
    ])
    func `of a process are understood`(text: String, limit: Rlimit) throws {
        #expect(try resolved("--ulimit \(text)").job.limits.rlimits == [limit])
    }

    @Test func `of a process given twice are the last`() throws {
        let limits = try resolved("--ulimit nproc=1 --ulimit core=0 --ulimit nproc=9").job.limits.rlimits
        #expect(limits == [Rlimit(.core, soft: 0, hard: 0), Rlimit(.nproc, soft: 9, hard: 9)])
    }

    @Test(arguments: [
        ("--memory 12q", #"--memory: "12q" is not a size; for example: 256m"#),
        ("-m=", #"--memory: "" is not a size; for example: 256m"#),
        ("-m=-1", #"--memory: "-1" is not a size; for example: 256m"#),
        ("-m 512k", #"--memory: "512k" is less than 1.0 MiB; for example: 256m"#),
        ("--memory-swap -2", #"--memory-swap: "-2" is not a size; for example: 1g, or -1 for unlimited swap"#),
        (
            "-m 2g --memory-swap 1g",
            #"--memory-swap: "1g" is less than the "2g" of --memory, and counts memory and swap together; "#
                + "for example: 2g"
        ),
        ("--disk 0", #"--disk: "0" is nothing at all; for example: 512m"#),  // 0 is no limit to tmpfs
        ("--max-output x", #"--max-output: "x" is not a size; for example: 64m"#),
        ("--inodes 0", #"--inodes: "0" is not between 1 and 9223372036854775807; for example: 1000000"#),
        ("--inodes 1k", #"--inodes: "1k" is not a whole number; for example: 1000000"#),
        ("--timeout 5", #"--timeout: "5" is not a duration; for example: 1h30m"#),
        ("--timeout 0s", #"--timeout: "0s" is no time at all; for example: 1h30m"#),
        ("--cpu-time 1.5", #"--cpu-time: "1.5" is not a duration; for example: 90s"#),
        ("--grace-period=-1s", #"--grace-period: "-1s" is not a duration; for example: 5s"#),
        ("--cpus 0", #"--cpus: "0" is not between 0.01 and 8192 CPUs; for example: 1.5"#),
        ("--cpus inf", #"--cpus: "inf" is not a number of CPUs; for example: 1.5"#),
        ("--cpus nan", #"--cpus: "nan" is not a number of CPUs; for example: 1.5"#),
        ("--cpus 1e400", #"--cpus: "1e400" is not a number of CPUs; for example: 1.5"#),
        ("--cpus=-1", #"--cpus: "-1" is not a number of CPUs; for example: 1.5"#),
        ("--cpuset-cpus 3-1", #"--cpuset-cpus: "3-1" is not a list of CPUs; for example: 0-3,7"#),
        ("--cpuset-cpus=", #"--cpuset-cpus: "" is not a list of CPUs; for example: 0-3,7"#),
        ("--pids-limit 0", #"--pids-limit: "0" is not between 1 and 4194304; for example: 256"#),
        ("--pids-limit=-1", #"--pids-limit: "-1" is not a whole number; for example: 256"#),
        ("--pids-limit ٣", #"--pids-limit: "٣" is not a whole number; for example: 256"#),
        ("--oom gruop", #"--oom: "gruop" is not an OOM policy; did you mean group?"#),
        ("--oom never", #"--oom: "never" is not an OOM policy; use one of: group, process"#),
        ("--ulimit nofile", #"--ulimit: "nofile" is not TYPE=SOFT[:HARD]; for example: nofile=1024:4096"#),
        ("--ulimit nofiles=1", #"--ulimit: "nofiles" is not a type of limit; did you mean nofile?"#),
        (
            "--ulimit nofile=2:1",
            #"--ulimit: "nofile=2:1" has a soft limit above the hard one; for example: nofile=1024:4096"#
        ),
        (
            "--ulimit nofile=1k",
            #"--ulimit: "nofile=1k" is not TYPE=SOFT[:HARD] in whole numbers or unlimited; "#
                + "for example: nofile=1024:4096"
        ),
        ("--io-read-bps /dev/sda", #"--io-read-bps: "/dev/sda" is not DEVICE=SIZE; for example: /dev/sda=10m"#),
        (
            "--io-write-bps sda=1m",
            #"--io-write-bps: "sda=1m" does not name a device under /dev; for example: /dev/sda=10m"#
        ),
        (
            "--io-write-bps /dev/../etc/x=1m",
            #"--io-write-bps: "/dev/../etc/x=1m" does not name a device under /dev; for example: /dev/sda=10m"#
        ),
        ("--io-read-bps /dev/sda=x", #"--io-read-bps: "/dev/sda=x" does not end in a size; for example: /dev/sda=10m"#),
        ("--io-read-bps /dev/sda=0", #"--io-read-bps: "/dev/sda=0" lets nothing through; for example: /dev/sda=10m"#),
    ])
    func `that cannot be meant are refused with an example`(options: String, error: String) {
        #expect(refusal(options) == error)
    }

    @Test func `may go unenforced by name, in either spelling`() throws {
        #expect(
            try resolved("--allow-unenforced cpu-time --allow-unenforced cpuTime --allow-unenforced pids")
                .job.allowUnenforced == .limits([.cpuTime, .pids])
        )
        #expect(try resolved("--allow-unenforced pids --allow-unenforced all").job.allowUnenforced == .all)
        #expect(
            refusal("--allow-unenforced memry")
                == #"--allow-unenforced: "memry" is not a limit; did you mean memory?"#
        )
    }
}
