import IsorunRunner
import Testing

@Suite struct `The run machine` {
    @Test func `runs every item once and in order`() {
        let run = play(names(5), policy())
        #expect(run.starts.map(\.item) == [0, 1, 2, 3, 4])
        #expect(run.failures == 0)
    }

    @Test func `begins with what took longest, then goes on as written`() {
        var items = names(4)
        items[1].expected = .seconds(1)
        items[3].expected = .seconds(5)
        #expect(play(items, policy()).starts.map(\.item) == [3, 1, 0, 2])
    }

    @Test func `takes an item for as long as the longest chain that waits for it`() {
        var items = names(5)
        items[3].needs = [4]
        (items[0].expected, items[1].expected, items[2].expected) = (.seconds(2), .seconds(2), .seconds(2))
        (items[3].expected, items[4].expected) = (.seconds(9), .seconds(1))
        let run = play(items, policy { $0.jobs = 1 })
        #expect(run.starts.map(\.item) == [4, 3, 0, 1, 2])
    }

    @Test func `has what waited take its place before later rounds`() {
        var items = names(3)
        items[1].needs = [0]
        let run = play(items, policy { ($0.jobs, $0.rounds) = (1, 2) })
        #expect(run.starts.map(\.item) == [0, 1, 2, 0, 1, 2])
    }

    @Test func `shuffles the same way for the same seed, and every item stays in`() {
        let first = play(names(50), policy { $0.seed = 7 }).starts.map(\.item)
        let second = play(names(50), policy { $0.seed = 7 }).starts.map(\.item)
        let other = play(names(50), policy { $0.seed = 8 }).starts.map(\.item)
        #expect(first == second)
        #expect(first != other)
        #expect(first.sorted() == Array(0..<50))
    }

    @Test func `starts what fits into the host's CPUs and memory, and no more`() {
        var items = names(3)
        for index in items.indices { items[index].memory = 600 }
        var machine = RunMachine(items: items, policy: policy { $0.hostMemory = 1000 })
        #expect(machine.next().count == 1)
        machine.end(0, .passed)
        #expect(machine.next().count == 1)

        machine = RunMachine(items: names(3), policy: policy())
        #expect(machine.next().count == 2)
        machine = RunMachine(items: names(3), policy: policy { $0.jobs = 1 })
        #expect(machine.next().count == 1)
    }

    @Test func `gives others the CPUs of what is cleared away, and not its memory`() {
        var items = names(4)
        items[3].memory = 600
        items[0].memory = 600
        var machine = RunMachine(items: items, policy: policy { $0.hostMemory = 1000 })
        #expect(machine.next().count == 2)
        machine.clear(0)
        machine.clear(0)
        #expect(machine.next() == [.start(.init(item: 2, attempt: 1, round: 1))])
        machine.clear(1)
        #expect(machine.next().isEmpty)
        machine.end(0, .passed)
        #expect(machine.next() == [.start(.init(item: 3, attempt: 1, round: 1))])
        for item in 1...3 { machine.end(item, .passed) }
        #expect(machine.next().isEmpty && machine.isOver)
    }

    @Test func `clears no more away at a time than may run`() {
        var machine = RunMachine(items: names(9), policy: policy())
        for first in stride(from: 0, to: 4, by: 2) {
            #expect(machine.next().count == (first < 3 ? 2 : 0))
            machine.clear(first)
            machine.clear(first + 1)
        }
        #expect(machine.runningCount == 4 && machine.next().isEmpty)
        machine.end(0, .passed)
        #expect(machine.next().isEmpty)
        machine.end(1, .passed)
        #expect(machine.next().count == 2)
    }

    @Test(
        arguments: [
            { $0.jobs = 1 }, { $0.maxFail = 1 }, { $0.untilFail = true },
        ] as [@Sendable (inout RunPolicy) -> Void]
    )
    func `waits for the end of what may keep others from starting`(_ change: @Sendable (inout RunPolicy) -> Void) {
        var machine = RunMachine(items: names(3), policy: policy(change))
        let first = machine.next().count
        machine.clear(0)
        #expect(machine.next().isEmpty && machine.runningCount == first)
        machine.end(0, .passed)
        #expect(machine.next().count == 1)
    }

    @Test func `starts nothing beside what runs alone, though it is cleared away`() {
        var machine = RunMachine(items: names(2), policy: policy { $0.jobs = 2 })
        #expect(machine.next().count == 2)
        machine.end(0, .hostOutOfMemory)
        machine.clear(1)
        #expect(machine.next().isEmpty)
        machine.end(1, .passed)
        #expect(machine.next() == [.start(.init(item: 0, attempt: 1, round: 1))])
        machine.clear(0)
        #expect(machine.next().isEmpty && machine.runningCount == 1)
    }

    @Test func `runs what fits nowhere when nothing else runs`() {
        var items = names(3)
        items[0].memory = 5000
        let run = play(items, policy { $0.hostMemory = 1000 })
        #expect(run.starts.count == 3)
    }

    @Test func `lets a large item wait for small ones only so long`() {
        var items = names(200)
        items[1].cpus = 2
        var machine = RunMachine(items: items, policy: policy())
        var running: [Int] = []
        var before = 0
        loop: while true {
            for case .start(let start) in machine.next() {
                if start.item == 1 { break loop }
                running.append(start.item)
                before += 1
            }
            machine.end(running.removeFirst(), .passed)
        }
        #expect(before < 80)
    }

    @Test func `tries again what failed, as often as it may`() {
        let flaky = play(names(2), policy { $0.retries = 2 }) { $0.item == 0 && $0.attempt < 3 ? .failed : .passed }
        #expect(flaky.starts.filter { $0.item == 0 }.map(\.attempt) == [1, 2, 3])
        #expect(flaky.failures == 0)
        let broken = play(names(1), policy { $0.retries = 1 }) { _ in .failed }
        #expect(broken.starts.count == 2)
        #expect(broken.failures == 1)
    }

    @Test func `runs again alone, as the same attempt, what the host had no memory for`() {
        var machine = RunMachine(items: names(3), policy: policy())
        #expect(machine.next().count == 2)
        machine.end(0, .hostOutOfMemory)
        #expect(machine.next().isEmpty, "it waits until nothing else runs")
        machine.end(1, .passed)
        #expect(machine.next() == [.start(.init(item: 0, attempt: 1, round: 1))])
        #expect(machine.next().isEmpty, "and nothing starts beside it")
        machine.end(0, .hostOutOfMemory)
        #expect(machine.failures == 1)
    }

    @Test func `goes on with what an attempt has not reached, and that is no retry`() {
        var ends = 0
        let run = play(names(1), policy()) { _ in
            ends += 1
            return ends < 4 ? .unfinished : .passed
        }
        #expect(run.starts.map(\.attempt) == [1, 1, 1, 1])
        #expect(run.failures == 0)
    }

    @Test func `starts nothing more after so many failures, and says of the rest why not`() {
        let run = play(
            names(6),
            policy {
                $0.maxFail = 1; $0.jobs = 1
            }
        ) { $0.item == 1 ? .failed : .passed }
        #expect(run.starts.map(\.item) == [0, 1])
        #expect(run.leftOut.keys.sorted() == [2, 3, 4, 5])
        #expect(run.leftOut[2] == "a test before it failed")
    }

    @Test func `leaves out what needs something that did not pass`() {
        var items = names(4)
        items[1].needs = [0]
        items[2].needs = [1]
        items[3].needs = []
        let run = play(items, policy()) { $0.item == 0 ? .failed : .passed }
        #expect(run.starts.map(\.item).sorted() == [0, 3])
        #expect(run.leftOut[1] == "it needs t0, which did not pass")
        #expect(run.leftOut[2] == "it needs t1, which did not pass")
        let good = play(items, policy())
        #expect(good.starts.map(\.item) == [0, 3, 1, 2])
    }

    @Test func `repeats everything in rounds, or until the first failure`() {
        let three = play(names(2), policy { $0.rounds = 3 })
        #expect(three.starts.map(\.round) == [1, 1, 2, 2, 3, 3])
        let until = play(
            names(2),
            policy {
                $0.rounds = nil; $0.untilFail = true
            }
        ) {
            $0.item == 1 && $0.round == 5 ? .failed : .passed
        }
        #expect(until.failures == 1)
        #expect(until.starts.last?.round ?? 0 >= 5)
        #expect(until.leftOut.isEmpty, "what ran in earlier rounds has its results")
    }

    @Test func `takes what an earlier run has finished as it was`() {
        var items = names(4)
        items[3].needs = [0]
        let run = play(items, policy(), done: [0: .init(failures: 1), 1: .init()])
        #expect(run.starts.map(\.item) == [2])
        #expect(run.leftOut[3] == "it needs t0, which did not pass")
    }

    @Test func `expects every round that no earlier run has finished, and without a last one says nothing`() {
        let done = [0: RunMachine.Done(rounds: 2), 1: RunMachine.Done(rounds: 3)]
        func expected(_ rounds: Int?, _ done: [Int: RunMachine.Done] = [:]) -> Int? {
            RunMachine(items: names(3), policy: policy { $0.rounds = rounds }, done: done).expected
        }
        #expect(expected(1) == 3 && expected(3) == 9)
        #expect(expected(3, done) == 4 && expected(2, done) == 2)
        #expect(expected(nil) == nil && expected(nil, done) == nil)
    }

    @Test func `goes on with the round in which an earlier run was killed`() {
        let run = play(names(2), policy { $0.rounds = 3 }, done: [0: .init(rounds: 3), 1: .init(rounds: 1)])
        #expect(run.starts.map(\.item) == [1, 1])
        #expect(run.starts.map(\.round) == [2, 3])
    }

    @Test func `lets what needs an item run when its first round has passed`() {
        var items = names(2)
        items[1].needs = [0]
        let run = play(
            items,
            policy {
                $0.rounds = 2; $0.jobs = 1
            }
        )
        #expect(run.starts.map(\.item) == [0, 0, 1, 1] || run.starts.map(\.item) == [0, 1, 0, 1])
        #expect(run.leftOut.isEmpty)
    }

    @Test func `counts the failures of an earlier run where only so many are allowed`() {
        let run = play(names(3), policy { $0.maxFail = 1 }, done: [0: .init(failures: 1)])
        #expect(run.starts.isEmpty)
        #expect(run.leftOut[2] == "a test before it failed")
    }

    @Test func `starts a chain of many thousands one after another, and fans out from one`() {
        let count = 20_000
        var chain = names(count)
        for index in 1..<count { chain[index].needs = [index - 1] }
        #expect(play(chain, policy()).starts.map(\.item) == Array(0..<count))
        var fan = names(count)
        for index in 1..<count { fan[index].needs = [0] }
        #expect(play(fan, policy()).starts.count == count)
        let broken = play(fan, policy()) { _ in .failed }
        #expect(broken.starts.count == 1)
        #expect(broken.leftOut.count == count - 1)
    }

    @Test func `runs those one after another that claim the same`() {
        var items = names(4)
        (items[0].claims, items[1].claims, items[2].claims) = ([1, 2], [2], [3])
        var machine = RunMachine(items: items, policy: policy { ($0.hostCPUs, $0.ahead) = (3, 2) })
        #expect(machine.next() == [.start(start(0)), .start(start(2)), .start(start(3))])
        machine.end(2, .passed)
        #expect(machine.next().isEmpty, "what is claimed is not made ready ahead")
        machine.end(0, .passed)
        #expect(machine.next() == [.start(start(1))])
    }

    @Test func `keeps once what many need, however many those are`() {
        // Kept for each they would be a hundred million.
        let count = 10_000
        let needs = Array(0..<count)
        var items = names(2 * count)
        for index in count..<2 * count { items[index].needs = needs }
        items = items.keeping(Array(items.indices))
        #expect(play(items, policy()).starts.map(\.item) == Array(items.indices))
        let broken = play(items, policy()) { $0.item == count - 1 ? .failed : .passed }
        #expect(broken.leftOut.count == count)
        items[0].expected = .seconds(1)
        items[2 * count - 1].expected = .seconds(2)
        // Each begins a chain of two seconds.
        #expect(play(items, policy()).starts.prefix(2).map(\.item) == [0, 1])
    }

    @Test func `keeps of the needs of some items those that are among them`() {
        var items = names(5)
        items[2].needs = [0, 1]
        items[3].needs = [0, 1]
        items[4].needs = [3]
        let kept = items.keeping([4, 1, 3, 2])
        #expect(kept.map(\.name) == ["t4", "t1", "t3", "t2"])
        #expect(kept.map(\.needs) == [[2], [], [1], [1]])
    }

    @Test func `starts nothing more when it is cancelled`() {
        var machine = RunMachine(items: names(5), policy: policy())
        _ = machine.next()
        machine.cancel("interrupted")
        machine.end(0, .cancelled)
        machine.end(1, .cancelled)
        #expect(machine.next().count == 3)
        #expect(machine.isOver)
    }
}
