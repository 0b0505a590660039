import IsorunRunner
import Testing

func names(_ count: Int) -> [RunItem] { (0..<count).map { RunItem(name: "t\($0)") } }

func policy(_ change: (inout RunPolicy) -> Void = { _ in }) -> RunPolicy {
    var policy = RunPolicy()
    policy.hostCPUs = 2
    change(&policy)
    return policy
}

/// Plays a run whose attempts end at once, in the order in which they started.
func play(
    _ items: [RunItem],
    _ policy: RunPolicy,
    done: [Int: RunMachine.Done] = [:],
    verdict: (RunMachine.Start) -> ItemVerdict = { _ in .passed }
) -> (starts: [RunMachine.Start], leftOut: [Int: String], failures: Int) {
    var machine = RunMachine(items: items, policy: policy, done: done)
    var starts: [RunMachine.Start] = []
    var leftOut: [Int: String] = [:]
    var running: [RunMachine.Start] = []
    var (ready, sentBack): ([RunMachine.Start], [RunMachine.Start]) = ([], [])
    while true {
        for action in machine.next() {
            switch action {
            case .start(let start):
                starts.append(start)
                running.append(start)
            case .go(let start):
                ready.removeAll { $0 == start }
                starts.append(start)
                running.append(start)
            case .prepare(let start): ready.append(start)
            case .sendBack(let start): sentBack.append(start)
            case .leaveOut(let item, let reason): leftOut[item] = reason
            }
        }
        if !sentBack.isEmpty {
            for start in sentBack { machine.end(start.item, .unfinished) }
            ready.removeAll { sentBack.contains($0) }
            sentBack = []
            continue
        }
        // Nobody waits for a turn that nobody gives.
        if running.isEmpty { #expect(ready.isEmpty) }
        if running.isEmpty { break }
        let start = running.removeFirst()
        machine.end(start.item, verdict(start))
    }
    #expect(machine.isOver)
    return (starts, leftOut, machine.failures)
}

func start(_ item: Int) -> RunMachine.Start { .init(item: item, attempt: 1, round: 1) }
