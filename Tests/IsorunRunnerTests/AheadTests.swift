import IsorunRunner
import Testing

/// What ``RunMachine`` has made ready before its turn.
@Suite struct `What is made ready` {
    @Test func `has the next ones made ready while others compute, and gives them their turn in order`() {
        var machine = RunMachine(items: names(5), policy: policy { $0.ahead = 2 })
        #expect(
            machine.next() == [
                .start(start(0)), .start(start(1)), .prepare(start(2)), .prepare(start(3)),
            ]
        )
        machine.clear(1)
        #expect(machine.next() == [.go(start(2)), .prepare(start(4))])
        machine.end(0, .passed)
        #expect(machine.next() == [.go(start(3))])
        for item in [1, 2] { machine.end(item, .passed) }
        #expect(machine.next() == [.go(start(4))])
        for item in [3, 4] { machine.end(item, .passed) }
        #expect(machine.next().isEmpty && machine.isOver)
    }

    @Test(
        arguments: [
            { $0.jobs = 1 }, { $0.maxFail = 1 }, { $0.untilFail = true }, { $0.retries = 2 },
            { $0.rounds = 3 }, { $0.seed = 5 },
        ] as [@Sendable (inout RunPolicy) -> Void]
    )
    func `comes to the same with and without those that are made ready`(_ change: @Sendable (inout RunPolicy) -> Void) {
        var items = names(30)
        for index in items.indices {
            items[index].memory = index % 4 == 0 ? 300 : nil
            items[index].cpus = index % 7 == 3 ? 2 : index % 5 == 1 ? 0.5 : 1
        }
        items[9].needs = [8]
        items[20].needs = [13, 2]
        for failing in [nil, 4, 13] as [Int?] {
            var runs = [0, 1, 2, 5].map { ahead in
                var asked = policy(change)
                asked.hostMemory = 1000
                asked.ahead = ahead
                return play(items, asked) { start in
                    start.item == failing ? .failed : start.item == 17 && start.attempt == 1 ? .failed : .passed
                }
            }
            let first = runs.removeFirst()
            for run in runs where asked(change) {
                #expect(Set(run.starts) == Set(first.starts) && run.failures == first.failures)
                #expect(run.leftOut.keys.sorted() == first.leftOut.keys.sorted())
            }
            for run in runs { #expect(Set(run.starts).count == run.starts.count) }
        }
    }

    // Where the first failure ends the run, what has run by then depends on the order.
    private func asked(_ change: (inout RunPolicy) -> Void) -> Bool {
        let asked = policy(change)
        return asked.maxFail == nil && !asked.untilFail
    }

    @Test func `makes nothing ready that would not fit in the place of each that computes, or into memory`() {
        var items = names(4)
        items[2].cpus = 2
        items[3].memory = 600
        items[0].memory = 600
        let plain = policy {
            $0.ahead = 4
            $0.hostMemory = 1000
        }
        var machine = RunMachine(items: items, policy: plain)
        #expect(machine.next() == [.start(start(0)), .start(start(1))])
        machine.end(0, .passed)
        #expect(machine.next() == [.start(start(3))])
        machine.end(1, .passed)
        #expect(machine.next().isEmpty)
        machine.end(3, .passed)
        #expect(machine.next() == [.start(start(2))])
    }

    @Test
    func `makes ready what fits in the place of one that computes, and starts it when that has given its memory back`()
    {
        var items = names(3)
        for index in items.indices { items[index].memory = 600 }
        var machine = RunMachine(
            items: items,
            policy: policy {
                $0.ahead = 1
                $0.hostMemory = 1000
            }
        )
        #expect(machine.next() == [.start(start(0)), .prepare(start(1))])
        machine.clear(0)
        #expect(machine.next().isEmpty)
        machine.end(0, .passed)
        #expect(machine.next() == [.go(start(1)), .prepare(start(2))])
        machine.end(1, .passed)
        #expect(machine.next() == [.go(start(2))])
    }

    @Test func `sends back who is ready when nothing more is to start, and his attempt was none`() {
        var machine = RunMachine(items: names(4), policy: policy { $0.ahead = 1 })
        #expect(machine.next().count == 3)
        machine.cancel("enough")
        #expect(machine.next() == [.sendBack(start(2))])
        #expect(!machine.isOver && machine.runningCount == 3)
        machine.clear(2)
        machine.end(2, .unfinished)
        #expect(machine.next() == [.leaveOut(item: 2, reason: "enough"), .leaveOut(item: 3, reason: "enough")])
        for item in 0...1 { machine.end(item, .passed) }
        #expect(machine.next().isEmpty && machine.isOver)
    }

    @Test func `is left out in the order of the run, however those end that are sent back`() {
        var machine = RunMachine(items: names(6), policy: policy { $0.ahead = 3 })
        #expect(machine.next().count == 5)
        machine.cancel("enough")
        #expect(machine.next() == (2...4).map { .sendBack(start($0)) })
        for item in [3, 2, 4] { machine.end(item, .unfinished) }
        #expect(machine.next() == (2...5).map { .leaveOut(item: $0, reason: "enough") })
    }

    @Test func `goes on without one that ended before its turn`() {
        var machine = RunMachine(items: names(4), policy: policy { $0.ahead = 1 })
        #expect(machine.next().last == .prepare(start(2)))
        machine.end(2, .failed)
        #expect(machine.next() == [.prepare(start(3))])
        machine.end(0, .passed)
        #expect(machine.next() == [.go(start(3))])
        #expect(machine.failures == 1)
    }

    @Test func `runs alone what the host had no memory for, after those that are ready`() {
        var machine = RunMachine(items: names(3), policy: policy { $0.ahead = 1 })
        #expect(machine.next().last == .prepare(start(2)))
        machine.end(0, .hostOutOfMemory)
        #expect(machine.next() == [.go(start(2))])
        machine.end(1, .passed)
        #expect(machine.next().isEmpty)
        machine.end(2, .passed)
        #expect(machine.next() == [.start(start(0))])
        machine.end(0, .passed)
        #expect(machine.isOver)
    }
}
