import Glibc
import IsorunModel
import IsorunPlanning
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

// One after the other, as two of them want the same few numbers.
@Suite(.serialized) struct `Ports` {
    private func reserve(_ ports: [PublishedPort]) throws(SandboxError) -> PortReservation {
        try PortReservation(ports, choosingFrom: 1024)
    }

    private func refusal(_ ports: [PublishedPort]) -> SandboxError? {
        do throws(SandboxError) {
            _ = try reserve(ports)
            return nil
        } catch { return error }
    }

    @Test func `that are busy are refused by name, with whom to ask`() throws {
        let held = try reserve([PublishedPort(0, to: 80)])
        let busy = held.ports[0]
        #expect(busy.hostPort > 0)
        let error = try #require(refusal([busy]))
        #expect(error.step == "publish 127.0.0.1:\(busy.hostPort)/tcp" && error.errno == .addressInUse)
        #expect(error.hint?.contains("ss -ltnp 'sport = :\(busy.hostPort)'") == true)
        withExtendedLifetime(held.ports) {}
    }

    @Test func `of TCP are not those of UDP`() throws {
        #expect(try succeedsOnce { number in refusal([PublishedPort(number, to: 80, .udp)]) == nil })
    }

    @Test(arguments: [PublishedPort.Transport.tcp, .udp])
    func `are free again when the reservation is gone`(transport: PublishedPort.Transport) throws {
        let isFree = try (0..<20).contains { _ in
            let ports = try reserve([PublishedPort(0, to: 53, transport)]).ports
            return refusal(ports) == nil
        }
        #expect(isFree)
    }

    /// Whether this holds of one of some numbers that are held of TCP: whatever else runs on this host may have taken
    /// some of them of UDP, but not all.
    private func succeedsOnce(_ holds: (UInt16) throws -> Bool) throws -> Bool {
        for _ in 0..<20 {
            let held = try reserve([PublishedPort(0, to: 80)])
            if try holds(held.ports[0].hostPort) { return true }
            keep(held)
        }
        return false
    }

    /// A reservation lives until here.
    private func keep(_ held: borrowing PortReservation) {}

    @Test func `that are left open are chosen, each another, and never one that is named`() throws {
        let open = (2...60).map { PublishedPort(0, to: $0, .udp) }
        let chosen = try succeedsOnce { number in
            let named = PublishedPort(number, to: 1, .udp)
            let ports: [PublishedPort]
            do throws(SandboxError) {
                ports = try reserve(open + [named]).ports
            } catch {
                // Somebody else's of UDP.
                guard error.step == "publish 127.0.0.1:\(number)/udp" else { throw error }
                return false
            }
            #expect(Set(ports.map(\.hostPort)).count == 60 && ports.contains(named))
            #expect(Set(ports.map(\.containerPort)).count == 60)
            return true
        }
        #expect(chosen)
    }

    @Test func `of UDP at the loopback are chosen so that no pasta loses their answers`() throws {
        let reserved = try reserve([(0, 1030), (0, 5353), (0, 65000), (0, 53)].map { PublishedPort($0, to: $1, .udp) })
        let chosen = reserved.ports
        #expect(chosen.dropLast().allSatisfy { 1024...$0.containerPort ~= $0.hostPort })
        // Below 1024 nothing can be bound: any number, and a warning.
        #expect(chosen[3].hostPort >= 1024 && chosen[3].mayLoseAnswers(choosingFrom: 1024))
        withExtendedLifetime(reserved.ports) {}
    }

    @Test func `of UDP that find no number that is good get any`() throws {
        let all = try reserve((0..<9).map { _ in PublishedPort(0, to: 1030, .udp) })
        let good = all.ports.filter { !$0.mayLoseAnswers(choosingFrom: 1024) }
        #expect(Set(all.ports.map(\.hostPort)).count == 9 && 1...7 ~= good.count)
        withExtendedLifetime(all.ports) {}
    }

    @Test func `at an address that this host has not are told as such`() throws {
        let error = try #require(refusal([PublishedPort(0, to: 80, at: IPAddress(198, 51, 100, 7))]))
        #expect(error.errno == .addressNotAvailable && error.hint?.contains("ip address") == true)
    }
}

@Suite struct `The kernel's routes` {
    @Test func `tell networks of IPv4 in order of their bytes`() {
        let text = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
            eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0

            """
        let expected = [Network4(first: 0, mask: 0), Network4(first: 0xc000_0200, mask: 0xffff_ff00)]
        #expect(RouteTable.networks4(Array(text.utf8)) == expected)
        #expect(RouteTable.networks4([]) == [])
    }

    @Test func `tell a default route of IPv6 from one that leads nowhere`() {
        func line(_ hop: String, _ flags: String, _ interface: String) -> [UInt8] {
            let zero = String(repeating: "0", count: 32)
            return Array("\(zero) 00 \(zero) 00 \(hop) 00000400 00000001 00000000 \(flags) \(interface)\n".utf8)
        }
        let hop = "fe800000000000000000000000000001"
        #expect(RouteTable.hasDefault6(line(hop, "00000003", "eth0")))
        #expect(!RouteTable.hasDefault6(line(String(repeating: "0", count: 32), "00200200", "lo")))
        #expect(!RouteTable.hasDefault6([]))
    }
}
