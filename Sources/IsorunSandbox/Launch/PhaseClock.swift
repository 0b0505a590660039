internal import IsorunModel
internal import IsorunSystem

/// Takes the time between the parts of a launch; the parts add up to the whole.
struct PhaseClock {
    let began: UInt64
    private(set) var last: UInt64
    private(set) var phases: [Startup.Phase] = []

    init() {
        began = Clock.now
        last = began
    }

    mutating func end(_ name: String, at time: UInt64 = Clock.now) {
        let time = max(time, last)
        phases.append(Startup.Phase(name, .nanoseconds(Int64(time - last))))
        last = time
    }

    var startup: Startup {
        Startup(total: .nanoseconds(Int64(last - began)), phases: phases)
    }
}
