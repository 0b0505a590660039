internal import Glibc
internal import IsorunModel

/// KVM only where a kernel really boots with it in time: the device can be there, be opened, and hang.
struct KVMProbe {
    let runner: Runner
    /// The device of KVM.
    let device: String
    /// How long a machine may take.
    let limit: Duration

    enum Answer: Hashable {
        case boots
        /// Why it does not, and what would help.
        case fails(String, help: String? = nil)
        /// Ctrl-C came before that was known.
        case interrupted
    }

    /// Why no machine can use the device, whatever it is; nil where it can be opened.
    var refusal: Answer? {
        guard unsafe access(device, R_OK | W_OK) != 0 else { return nil }
        if errno == ENOENT { return .fails("there is no \(device)", help: "modprobe -a kvm_intel kvm_amd, as root") }
        return .fails("\(device) cannot be opened", help: "usermod --append --groups kvm NAME, as root")
    }

    /// Whether a machine boots by that command, which ends by itself.
    func answer(of command: [String]) -> Answer {
        if let refusal { return refusal }
        var judge = ClockJudge()
        // Two of them, as only the second shows whether the guest's clock moves.
        for _ in 0..<2 {
            guard !runner.isInterrupted else { return .interrupted }
            let run = runner.run(command, within: limit)
            guard run.ending != .interrupted else { return .interrupted }
            if let problem = problem(of: run, &judge) {
                return .fails("a probe of \(device) did not boot (\(problem))")
            }
        }
        return .boots
    }

    private func problem(of run: ProgramRun, _ judge: inout ClockJudge) -> String? {
        if let problem = run.problem(after: limit) { return problem }
        do throws(ClockJudge.Doubt) {
            _ = try judge.instant(of: run, ownClock: true)
            return nil
        } catch {
            return error.text
        }
    }
}
