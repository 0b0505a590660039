internal import IsorunModel

/// How the kernel says a process ended.
enum ProcessEnd: Hashable, Sendable {
    case exited(Int32)
    case signaled(Int32, coreDumped: Bool)
}

/// All that is known when everything in the container is dead and its counters were read.
struct Evidence: Sendable {
    /// Why isorun ended it, latched before it did.
    var cause: EndCause?
    /// The job's own end, as init reported it; nil where it never did.
    var job: ProcessEnd?
    /// Init's end, as the kernel told the keeper; nil where there is no init.
    var initEnd: ProcessEnd?
    /// Whether everything was killed by isorun: then init's end says nothing.
    var killedByUs = false
    /// What the kernel counted.
    var events = EventCounts()
    /// Whether the job's own memory limit was reached, as far as the kernel says.
    var reachedOwnMemoryLimit: Bool?
    /// What an OOM kill ends.
    var oomPolicy = OOMPolicy.group
    /// The limits in force.
    var limits = EffectiveLimits()
    /// Limits that were hit.
    var limitsHit: [Limit] = []
    /// A signal that had stopped the job when it was ended.
    var stoppedBy: Int32?
}
