import IsorunRunner
import IsorunSystem
import Synchronization
import Testing

@Suite struct `The runner` {
    @Test func `runs ten thousand items at a bounded number of threads, and tells of each once`() throws {
        let items = (0..<10_000).map { RunItem(name: "\($0)") }
        var policy = RunPolicy()
        policy.hostCPUs = 4
        let most = Mutex((now: 0, most: 0))
        let runner = Runner<Int> { start, _, tell, _ in
            most.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            tell(start.item)
            most.withLock { $0.now -= 1 }
            return start.item % 100 == 0 ? .failed : .passed
        }
        var machine = RunMachine(items: items, policy: policy)
        var told: [Int] = []
        var ended = 0
        try runner.run(&machine) { notice in
            if case .told(_, let item) = notice { told.append(item) }
            if case .ended = notice { ended += 1 }
            return .goOn
        }
        #expect(told.sorted() == Array(0..<10_000))
        #expect(ended == 10_000)
        #expect(machine.failures == 100)
        #expect(most.withLock { $0.most } <= 4)
    }

    @Test func `starts what follows an item before it tells of its end`() throws {
        var policy = RunPolicy()
        policy.hostCPUs = 1
        let begun = Mailbox<Int>()
        let runner = Runner<Int> { start, _, _, _ in
            begun.put(start.item)
            return .passed
        }
        var machine = RunMachine(items: (0..<2).map { RunItem(name: "\($0)") }, policy: policy)
        var seen: [Int?] = []
        try runner.run(&machine) { notice in
            if case .ended(let start, _) = notice, start.item == 0 {
                seen = [begun.take(), begun.take(until: Clock.now + 20_000_000_000)]
            }
            return .goOn
        }
        #expect(seen == [0, 1])
    }

    @Test func `starts what follows an item that is being cleared away`() throws {
        var policy = RunPolicy()
        policy.hostCPUs = 1
        let begun = Mailbox<Int>()
        let seen = Mutex<Int?>(nil)
        let runner = Runner<Int> { start, _, _, clears in
            guard start.item == 0 else {
                begun.put(start.item)
                return .passed
            }
            clears()
            let next = begun.take(until: Clock.now + 20_000_000_000)
            seen.withLock { $0 = next }
            return .passed
        }
        var machine = RunMachine(items: (0..<2).map { RunItem(name: "\($0)") }, policy: policy)
        var ended: Set<Int> = []
        try runner.run(&machine) { notice in
            if case .ended(let start, _) = notice { ended.insert(start.item) }
            return .goOn
        }
        #expect(seen.withLock { $0 } == 1 && ended == [0, 1])
    }

    @Test func `has an item made ready while others run, and lets it go on when its turn has come`() throws {
        var policy = RunPolicy()
        policy.hostCPUs = 1
        policy.ahead = 1
        let ready = Mailbox<Int>()
        let order = Mutex<[String]>([])
        let runner = Runner<Int> { start, turn, _, _ in
            if let turn {
                ready.put(start.item)
                guard turn.wait() else { return .unfinished }
            } else {
                // Others are made ready while this one runs.
                #expect(ready.take(until: Clock.now + 20_000_000_000) == 1)
            }
            order.withLock { $0.append("\(start.item)") }
            return .passed
        }
        var machine = RunMachine(items: (0..<4).map { RunItem(name: "\($0)") }, policy: policy)
        var begun: [Int] = []
        try runner.run(&machine) { notice in
            if case .started(let start) = notice { begun.append(start.item) }
            return .goOn
        }
        #expect(order.withLock { $0 } == ["0", "1", "2", "3"] && begun == [0, 1, 2, 3])
    }

    @Test func `sends away who was made ready in vain, and leaves him out`() throws {
        var policy = RunPolicy()
        policy.hostCPUs = 1
        policy.ahead = 2
        policy.maxFail = 1
        let ready = Mailbox<Int>()
        let sentBack = Mutex<Set<Int>>([])
        let runner = Runner<Int> { start, turn, _, _ in
            guard let turn else {
                for _ in 0..<2 { _ = ready.take(until: Clock.now + 20_000_000_000) }
                return .failed
            }
            ready.put(start.item)
            #expect(!turn.wait())
            _ = sentBack.withLock { $0.insert(start.item) }
            return .unfinished
        }
        var machine = RunMachine(items: (0..<4).map { RunItem(name: "\($0)") }, policy: policy)
        var leftOut: Set<Int> = []
        var ended: [Int] = []
        try runner.run(&machine) { notice in
            if case .leftOut(let item, _) = notice { leftOut.insert(item) }
            if case .ended(let start, .failed) = notice { ended.append(start.item) }
            return .goOn
        }
        #expect(sentBack.withLock { $0 } == [1, 2] && leftOut == [1, 2, 3] && ended == [0])
    }

    @Test func `passes a signal on, and stops when it is told to`() throws {
        var policy = RunPolicy()
        policy.hostCPUs = 1
        let runner = Runner<Int> { _, _, _, _ in .passed }
        runner.signal(15)
        var machine = RunMachine(items: (0..<1000).map { RunItem(name: "\($0)") }, policy: policy)
        var leftOut = 0
        try runner.run(&machine) { notice in
            if case .leftOut(_, "interrupted") = notice { leftOut += 1 }
            if case .signal(15) = notice { return .stop("interrupted") }
            return .goOn
        }
        #expect(leftOut > 900)
    }
}
