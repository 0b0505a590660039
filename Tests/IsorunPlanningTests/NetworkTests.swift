import IsorunModel
import IsorunPlanning
import IsorunReporting
import SystemPackage
import Testing

@Suite struct `A private network` {
    private func facts(root: Bool = true, _ change: (inout NetworkFacts) -> Void = { _ in }) -> HostFacts {
        var facts = root ? Hosts.unified : Hosts.subordinate
        var network = NetworkFacts()
        network.pasta = "/usr/bin/pasta"
        network.hasDefaultRoute6 = true
        network.resolver = ResolverFacts(parsing: "nameserver 192.0.2.53\nsearch example.org\n")
        change(&network)
        facts.network = network
        return facts
    }

    private func network(
        _ ask: (inout JobSpec) -> Void = { _ in },
        on facts: HostFacts
    ) throws -> UserModeNetwork {
        try #require(
            try plan(on: facts) {
                $0.network = .private; ask(&$0)
            }.network.userMode
        )
    }

    private func refusal(on facts: HostFacts, _ ask: (inout JobSpec) -> Void = { _ in }) -> PlanError? {
        do {
            _ = try network(ask, on: facts)
            return nil
        } catch { return error as? PlanError }
    }

    @Test func `is carried by pasta, which carries nothing to the host's loopback`() throws {
        let found = try network(on: facts())
        #expect(
            found.arguments(publishing: []).joined(separator: " ")
                == "pasta --foreground --quiet --stderr --netns-only --netns /proc/self/fd/0 --no-netns-quit "
                + "--pid /proc/self/fd/1 --config-net --ns-ifname eth0 --address 10.0.2.100 --netmask 24 "
                + "--gateway 10.0.2.2 --address fd69:736f:7275:6e::100 --gateway fe80::1 --no-dhcp --no-dhcpv6 --no-ra "
                + "--no-map-gw --tcp-ns none --udp-ns none --tcp-ports none --udp-ports none"
        )
        #expect(
            found.resolverFile == "# Made by isorun for this container.\nnameserver 192.0.2.53\nsearch example.org\n"
        )
    }

    @Test func `maps its gateway to the host's loopback only where that was asked for`() throws {
        let asked = try network({ $0.hostLoopback = true }, on: facts())
        #expect(!asked.arguments(publishing: []).contains("--no-map-gw"))
        #expect(try network(on: facts()).arguments(publishing: []).contains("--no-map-gw"))
    }

    @Test func `publishes each port by an option of its own`() throws {
        let ports = [PublishedPort(8080, to: 80), PublishedPort(5353, to: 53, .udp)]
        let words = try network({ $0.ports = ports }, on: facts()).arguments(publishing: ports)
        let end = ["--tcp-ports", "127.0.0.1/8080:80", "--udp-ports", "127.0.0.1/5353:53"]
        #expect(Array(words.suffix(4)) == end)
    }

    @Test func `takes no address that the host itself has a route to`() throws {
        let busy = facts {
            $0.networks4 = [Network4(first: 0, mask: 0), Network4(first: 0x0a00_0000, mask: 0xff00_0000)]
        }
        #expect(try network(on: busy).version4.address == IPAddress(172, 29, 191, 100))
        let free = facts {
            $0.networks4 = [Network4(first: 0, mask: 0), Network4(first: 0xc000_0200, mask: 0xffff_ff00)]
        }
        #expect(try network(on: free).version4.address == IPAddress(10, 0, 2, 100))
    }

    @Test func `asks the host's own resolver through an address of its own`() throws {
        let found = try network(on: facts { $0.resolver = ResolverFacts(parsing: "nameserver 127.0.0.53\n") })
        #expect(found.forwardedResolver == IPAddress(10, 0, 2, 3))
        #expect(found.resolverFile.hasSuffix("\nnameserver 10.0.2.3\n"))
    }

    @Test func `leaves out resolvers that cannot be asked from inside, and says where none is left`() throws {
        let facts = self.facts {
            $0.hasDefaultRoute6 = false
            $0.resolver = ResolverFacts(parsing: "nameserver fe80::1\nnameserver 2001:db8::1\n")
        }
        #expect(try !network(on: facts).resolverFile.contains("nameserver"))
        let notes = try plan(on: facts) { $0.network = .private }.notes
        #expect(notes.contains { $0.hasPrefix("warning: the host's /etc/resolv.conf names no server") })
    }

    @Test func `has no IPv6 where the host has no way out for it, and works on a host with none at all`() throws {
        let offline = try network(
            on: facts {
                $0.hasDefaultRoute4 = false; $0.hasDefaultRoute6 = false
            }
        )
        let words = offline.arguments(publishing: [])
        #expect(words.contains("--ipv4-only") && words.contains("lo") && offline.version6 == nil)
    }

    @Test func `is refused where nothing can carry it, with what to install`() throws {
        let missing = try #require(refusal(on: facts { $0.pasta = nil }))
        #expect(missing.hint == "install pasta: apt-get install passt")
        #expect(missing.message == "--network private: neither pasta nor slirp4netns is in /usr/bin or /usr/local/bin")
        let tunnel = try #require(refusal(on: facts { $0.hasTunnel = false }))
        #expect(tunnel.message == "--network private: there is no /dev/net/tun")
        #expect(refusal(on: facts { $0.mayOpenTunnel = false }) == nil)
        let closed = try #require(refusal(on: facts(root: false) { $0.mayOpenTunnel = false }))
        #expect(closed.message == "--network private: /dev/net/tun cannot be opened by this user")
    }

    @Test func `falls back on slirp4netns, which publishes nothing`() throws {
        let facts = self.facts {
            $0.pasta = nil; $0.slirp4netns = "/usr/bin/slirp4netns"
        }
        let words = try network(on: facts).arguments(publishing: []).joined(separator: " ")
        #expect(
            words == "slirp4netns --configure --mtu=65520 --cidr=10.0.2.0/24 --ready-fd=1 --netns-type=path "
                + "--disable-host-loopback /proc/self/fd/0 eth0"
        )
        let port = try #require(refusal(on: facts) { $0.ports = [PublishedPort(8080, to: 80)] })
        #expect(port.message.hasPrefix("--publish 127.0.0.1:8080 to 80/tcp: slirp4netns alone cannot"))
    }

    @Test func `publishes no port that needs rights on the host`() throws {
        let low = try #require(refusal(on: facts()) { $0.ports = [PublishedPort(80, to: 80)] })
        #expect(low.message.hasPrefix("--publish 127.0.0.1:80 to 80/tcp: ports below 1024"))
        #expect(refusal(on: facts { $0.firstUnprivilegedPort = 80 }) { $0.ports = [PublishedPort(80, to: 80)] } == nil)
        #expect(refusal(on: facts()) { $0.ports = [PublishedPort(0, to: 80)] } == nil)
    }

    @Test func `warns of a UDP port whose answers older pastas lose`() throws {
        func warns(_ port: PublishedPort) throws -> Bool {
            try plan(on: facts()) {
                $0.network = .private; $0.ports = [port]
            }.notes.contains { $0.contains("older pastas") }
        }
        #expect(try warns(PublishedPort(5353, to: 53, .udp)))
        #expect(try !warns(PublishedPort(5353, to: 5353, .udp)) && !warns(PublishedPort(5353, to: 53)))
        #expect(try !warns(PublishedPort(5353, to: 53, .udp, at: IPAddress(192, 0, 2, 1))))
        // Where isorun chooses the number itself it chooses well, if there is one.
        #expect(try warns(PublishedPort(0, to: 53, .udp)) && !warns(PublishedPort(0, to: 1024, .udp)))
    }

    @Test func `is up before the job's rights are taken, and is made by the clone`() throws {
        let steps = try plan(on: facts()) { $0.network = .private }.setup
        let waits = try #require(steps.firstIndex(of: .network))
        #expect(waits < (try #require(steps.firstIndex(of: .limits))))
        #expect(steps.first == .namespaces([.uts, .ipc]))
        #expect(try !plan { _ in }.setup.contains(.network))
    }

    @Test func `has a resolv.conf of its own, in place of a link of the host's`() throws {
        let entries = try plan(on: facts()) { $0.network = .private }.root.entries
        let file = try #require(entries.first { $0.path == "/etc/resolv.conf" })
        #expect(file.kind == .text("# Made by isorun for this container.\nnameserver 192.0.2.53\nsearch example.org\n"))
        #expect(!file.onlyIfPresent)
    }

    @Test func `is told in the plan`() throws {
        let plan = try plan(on: facts()) {
            $0.ports = [PublishedPort(8080, to: 80)]; $0.network = .private
        }
        let text = PlanText.render(plan)
        #expect(text.contains("private: an address of its own, carried by /usr/bin/pasta"))
        #expect(text.contains("127.0.0.1:8080 to 80/tcp") && text.contains("wait until the private network is up"))
        let network = PlanDocument.json(plan)["network"]
        #expect(network?["mode"]?.string == "private" && network?["ports"]?.array?.count == 1)
    }
}

@Suite struct `The network of another container` {
    private func facts(_ host: HostFacts, resolver: String? = "nameserver 192.0.2.53\n") -> HostFacts {
        var facts = host
        facts.peer = PeerFacts(resolverFile: resolver)
        return facts
    }

    private func share(_ spec: inout JobSpec) {
        spec.network = .container
        spec.networkPeer = .container("web")
    }

    @Test(arguments: [Hosts.unified, Hosts.subordinate])
    func `is entered before anything is made, and nothing of it is changed`(host: HostFacts) throws {
        let plan = try plan(on: facts(host), share)
        #expect(plan.setup.first == .joinNetwork(.container("web")))
        #expect(!plan.setup.contains(.loopback) && !plan.setup.contains(.network))
        #expect(plan.setup.contains(.namespaces([.uts, .ipc])) && !plan.namespaces.contains(.network))
        #expect(plan.setup.contains(.hostTree("/sys")) && plan.setup.contains(.mask("/sys/class/net")))
        #expect(
            plan.root.entries.contains { $0.path == "/etc/resolv.conf" && $0.kind == .text("nameserver 192.0.2.53\n") }
        )
    }

    @Test func `has the host's own resolv.conf where isorun has made none`() throws {
        let plan = try plan(on: facts(Hosts.unified, resolver: nil), share)
        #expect(!plan.root.entries.contains { $0.path == "/etc/resolv.conf" && $0.kind != .hidden })
    }

    @Test func `is an error where there is none that runs`() {
        let error = #expect(throws: PlanError.self) { _ = try plan(on: Hosts.unified, share) }
        #expect(error?.message.hasPrefix("--network container:web: ") == true && error?.hint != nil)
    }
}
