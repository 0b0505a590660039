internal import IsorunModel

/// Finds out what this host can and cannot enforce, by doing it in children that leave nothing.
///
/// Gathering touches the kernel (``DoctorEvidence``); what the evidence means is decided apart from it, so that hosts
/// nobody has at hand can be tested.
public enum Doctor {
    /// Tries what a job needs, and says for each thing whether it works, why not, and what helps.
    public static func examine() -> [Finding] {
        findings(DoctorEvidence.gather())
    }

    /// Whether every default limit can be enforced here: `doctor` exits with 0 only then.
    public static func enforcesEveryDefault(_ findings: [Finding]) -> Bool {
        !findings.contains { $0.blocks }
    }

    /// What the evidence means.
    package static func findings(_ evidence: DoctorEvidence) -> [Finding] {
        if let unread = evidence.facts.unread { return [nothingIsKnown(unread)] }
        return [kernel(evidence), namespaces(evidence), pseudo("proc", evidence.proc, evidence)]
            + [pseudo("sysfs", evidence.sysfs, evidence), overlay(evidence), ownerMapping(evidence)].compactMap { $0 }
            + identity(evidence)
            + [hierarchies(evidence)] + controllers(evidence) + [swap(evidence)]
            + [
                seccomp(evidence), coreFiles(evidence), network(evidence), virtualMachines(evidence),
                reportProgram(evidence),
            ]
    }

    private static func nothingIsKnown(_ unread: String) -> Finding {
        Finding(
            "this host",
            .missing,
            "what it has is not known",
            cause: unread,
            fix: "end what holds so many descriptors or so much memory, and ask again",
            required: true
        )
    }
}
