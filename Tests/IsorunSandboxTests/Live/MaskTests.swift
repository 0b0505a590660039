import CIsorunChild
import IsorunModel
import IsorunPlanning
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

/// With ids of nobody's: a child that only mounts needs no cgroup.
@Suite(.enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"))
struct `A directory that is hidden` {
    @Test(arguments: ["", "/nowhere/at/all", "/proc/sys/fs/binfmt_misc"])
    func `is empty, whether or not there is an empty one to cover it with`(empty: String) {
        #expect(end(hiding: true, with: empty) == "failed")
    }

    @Test func `would be seen`() {
        #expect(end(hiding: false, with: "") == "reached")
    }

    /// How a child ends that hides `/proc/sys` and then opens a directory in it.
    private func end(hiding: Bool, with empty: String) -> String {
        let caller = HostProbe.survey().facts.caller
        var program = ChildProgram(received: 0)
        let slot = program.newSlot()
        let step = ProbeStep.subject.rawValue
        program.add(ISORUN_OP_SET_IDS, step: ProbeStep.ids.rawValue)
        program.add(ISORUN_OP_PRIVATE_MOUNTS, step: ProbeStep.privateMounts.rawValue)
        program.add(ISORUN_OP_NEW_MOUNT, step: ProbeStep.receive.rawValue, slot: slot, text: "proc", value: 0xe)
        program.add(
            ISORUN_OP_ATTACH,
            step: ProbeStep.attach.rawValue,
            slot: slot,
            text: "/proc",
            flags: ISORUN_FLAG_HOST_PATH
        )
        if hiding {
            program.add(
                ISORUN_OP_MASK,
                step: ProbeStep.layers.rawValue,
                base: slot,
                text: "sys",
                others: ["/dev/null", empty, ""],
                flags: isorun_op_flag(ISORUN_FLAG_OPTIONAL.rawValue | ISORUN_FLAG_OWN_NAME.rawValue)
            )
        }
        program.add(ISORUN_OP_OPEN_DIRECTORY, step: step, slot: program.newSlot(), base: slot, text: "sys/kernel")
        let identity = IdentityRange(caller.privileged ? .leased : .single, caller: caller, slot: 1)
        switch ProbeChild(namespaces: [.user, .pid, .mount], identity: identity, program: program).run() {
        case .reached: return "reached"
        case .failed(.subject, .noSuchFileOrDirectory): return "failed"
        case let other: return "\(other)"
        }
    }
}
