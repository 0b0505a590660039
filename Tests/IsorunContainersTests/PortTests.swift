import IsorunModel
import Testing

@testable import IsorunContainers

@Suite struct `Published ports` {
    private static let any = IPAddress(0, 0, 0, 0)

    @Test(
        arguments: [
            ([], ""),
            ([PublishedPort(8080, to: 80)], "127.0.0.1:8080->80/tcp"),
            ([PublishedPort(53, to: 53, .udp, at: any)], "0.0.0.0:53->53/udp"),
            // As docker has it: neighbours stand together where both sides have the same number.
            (
                [PublishedPort(82, to: 82), PublishedPort(80, to: 80), PublishedPort(81, to: 81)],
                "127.0.0.1:80-82->80-82/tcp"
            ),
            (
                [PublishedPort(9001, to: 81), PublishedPort(9000, to: 80), PublishedPort(70, to: 70)],
                "127.0.0.1:70->70/tcp, 127.0.0.1:9000->80/tcp, 127.0.0.1:9001->81/tcp"
            ),
            (
                [PublishedPort(80, to: 80), PublishedPort(81, to: 81, .udp)],
                "127.0.0.1:80->80/tcp, 127.0.0.1:81->81/udp"
            ),
        ] as [([PublishedPort], String)]
    )
    func `stand in one column`(ports: [PublishedPort], text: String) {
        #expect(PortList(ports).column == text)
    }

    @Test
    func `are told by the number inside`() {
        let list = PortList([
            PublishedPort(5353, to: 53, .udp), PublishedPort(8080, to: 80), PublishedPort(8081, to: 80),
        ])
        #expect(list.lines == ["53/udp -> 127.0.0.1:5353", "80/tcp -> 127.0.0.1:8080", "80/tcp -> 127.0.0.1:8081"])
        #expect(list.places(of: 80, .tcp) == ["127.0.0.1:8080", "127.0.0.1:8081"])
        #expect(list.places(of: 53, .tcp).isEmpty)
    }

    @Test(arguments: [(.running, 1), (.paused, 1), (.exited, 0), (.dead, 0)] as [(Container.Status, Int)])
    func `are published for as long as the container lives`(status: Container.Status, count: Int) {
        #expect(PortList(`A container's record`.full(), status).lines.count == count)
    }
}
