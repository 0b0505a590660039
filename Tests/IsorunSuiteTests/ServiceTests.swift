import IsorunModel
import IsorunSuite
import SystemPackage
import Testing

@Suite struct `Services of a job` {
    private func read(_ services: String) throws(SuiteProblems) -> [ServiceSpec] {
        let text = "version: 1\njobs:\n  - {name: job, run: x, services: \(services)}"
        return try SuiteReader.read(text, name: "isorun.yml", directory: "/srv/p", frameworks: []) { _ in nil }
            .jobs[0].spec.services
    }

    private func problem(_ services: String) -> String? {
        do throws(SuiteProblems) {
            _ = try read(services)
            return nil
        } catch {
            return error.all.first?.description
        }
    }

    @Test func `have options of their own, and a sign that they can be used`() throws {
        let services = try read(
            "[{name: db, run: [server, -v], memory: 256m, env: {A: 1}, ready: {tcp: 5432, timeout: 1m}}]"
        )
        #expect(services.map(\.name) == ["db"] && services[0].job.command == ["server", "-v"])
        #expect(services[0].job.limits.memory == ByteCount(256 << 20) && services[0].job.process.environment.count == 1)
        #expect(services[0].ready == .tcp(5432) && services[0].patience == .seconds(60))
    }

    @Test func `take over from the defaults what bounds them and what they may do, and nothing else`() throws {
        let text = """
            version: 1
            defaults: {memory: 1g, cpus: 2, capDrop: [ALL], untrusted: true, timeout: 5m, env: {TOKEN: secret},
              image: debian:12, user: 7, workdir: /src, volume: ['/srv:/srv'], network: private, retries: 2}
            jobs:
              - name: job
                run: x
                services:
                  - {name: one, run: y}
                  - {name: two, run: y, memory: 64m, untrusted: false, capDrop: [], image: redis}
            """
        let job = try SuiteReader.read(text, name: "isorun.yml", directory: "/srv/p", frameworks: []) { _ in nil }.jobs[
            0
        ]
        let (one, two) = (job.spec.services[0].job, job.spec.services[1].job)
        #expect(one.limits.memory == ByteCount(1 << 30) && one.limits.cpus == 2 && one.untrusted)
        #expect(one.process.capDrop == ["ALL"] && one.limits.timeout == nil && one.process.environment.isEmpty)
        #expect(
            one.process.user == UserSpec(uid: 0, gid: 0) && one.filesystem.rootfs == .host
                && one.filesystem.volumes.isEmpty
        )
        #expect(two.limits.memory == ByteCount(64 << 20) && two.limits.cpus == 2 && !two.untrusted)
        #expect(two.process.capDrop.isEmpty)
    }

    @Test(
        arguments: [
            ("{http: 8080/health}", .http(8080, path: "/health")), ("{http: 8080}", .http(8080, path: "/")),
            ("{command: pg_isready}", .command(["/bin/sh", "-c", "pg_isready"])),
            ("{command: [pg_isready, -q]}", .command(["pg_isready", "-q"])), ("{log: ready to}", .log("ready to")),
        ] as [(String, ServiceReadiness)]
    )
    func `are ready by one of four signs`(text: String, sign: ServiceReadiness) throws {
        let services = try read("[{name: s, run: x, ready: \(text)}]")
        #expect(services[0].ready == sign && services[0].patience == .seconds(30))
    }

    @Test(arguments: [
        ("{}", "jobs[0].services: it is not a list; begin each service with - name: …"),
        ("[{run: x}]", "jobs[0].services[0].name: it is missing; every service has a name"),
        ("[{name: s}]", "jobs[0].services[0]: it runs nothing; write run: COMMAND"),
        ("[{name: s, run: x}, {name: s, run: y}]", "jobs[0].services[1].name: another service has this name"),
        ("[{name: s, run: x, ready: {tcp: 0}}]", #"jobs[0].services[0].ready.tcp: "0" is no port; for example: 5432"#),
        ("[{name: s, run: x, ready: {tcp: 1, log: y}}]", "jobs[0].services[0].ready: it needs one of tcp: PORT"),
        ("[{name: s, run: x, ready: {log: ''}}]", "jobs[0].services[0].ready.log: every line has that in it"),
        (
            #"[{name: s, run: x, ready: {log: "up\n"}}]"#,
            #"jobs[0].services[0].ready.log: no line has the end of a line in it: leave \n out"#
        ),
        ("[{name: s, run: x, ready: {command: []}}]", "jobs[0].services[0].ready.command: there is no command in it"),
        ("[{name: s, run: x, memory: lots}]", "jobs[0].services[0].memory: "),
        ("[{name: s, run: x, publish: '80:80'}]", "jobs[0].services[0].publish: there is no such field"),
    ])
    func `that cannot be meant are refused with their place`(services: String, expected: String) {
        #expect(problem(services)?.contains(expected) == true, "\(problem(services) ?? "nothing")")
    }
}
