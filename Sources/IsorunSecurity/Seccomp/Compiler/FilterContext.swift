import Clibseccomp
import Glibc

/// libseccomp's filter under construction: one default action, the native ABI only.
@safe struct FilterContext: ~Copyable {
    private let context: scmp_filter_ctx

    /// Makes a filter that gives every call the same answer; `seccomp_init`.
    init(defaultAction: SeccompAction) throws(SecurityError) {
        guard let context = unsafe seccomp_init(defaultAction.returnValue) else {
            throw Self.error("make a filter with default action", on: "\(defaultAction)", answer: -EINVAL)
        }
        unsafe self.context = context
    }

    deinit { unsafe seccomp_release(context) }

    /// What happens to calls of other ABIs, and how the program is laid out.
    func configure(foreignABIAction: SeccompAction, optimized: Bool) throws(SecurityError) {
        try set(SCMP_FLTATR_ACT_BADARCH, foreignABIAction.returnValue)
        // A binary tree over the numbers: the kernel, which runs the filter once for each number at attach time to
        // build its bitmap (5.11), takes 130 us for it in place of 300.
        try set(SCMP_FLTATR_CTL_OPTIMIZE, optimized ? 2 : 1)
    }

    private func set(_ attribute: scmp_filter_attr, _ value: UInt32) throws(SecurityError) {
        let answer = unsafe seccomp_attr_set(context, attribute, value)
        guard answer == 0 else { throw Self.error("set filter attribute", on: "\(attribute.rawValue)", answer: answer) }
    }

    /// Adds a rule for one call; all conditions must hold; `seccomp_rule_add_array`.
    func add(_ action: SeccompAction, _ number: Int32, when conditions: [ArgumentCondition]) throws(SecurityError) {
        let comparisons = conditions.map(\.libseccompValue)
        let answer = unsafe seccomp_rule_add_array(
            context,
            action.returnValue,
            number,
            UInt32(comparisons.count),
            comparisons
        )
        guard answer == 0 else {
            let name = syscallName(number: number, auditArch: NativeABI.auditArch)
            throw Self.error("add a filter rule for", on: name, answer: answer)
        }
    }

    /// The program, through a memfd since libseccomp 2.5 knows no other way; `seccomp_export_bpf`.
    func export() throws(SecurityError) -> [UInt8] {
        do {
            let memory = try Descriptor(isorun_seccomp_memfd())
            let answer = unsafe seccomp_export_bpf(context, memory.number)
            guard answer == 0 else { throw Descriptor.Errno(number: -answer) }
            guard lseek(memory.number, 0, SEEK_SET) == 0 else { throw Descriptor.Errno.last }
            return try memory.readAll(limit: BPFProgram.maximumBytes)
        } catch let error as Descriptor.Errno {
            throw Self.error("export the filter", on: "to a memfd", answer: -error.number)
        } catch {
            throw Self.error("export the filter", on: "to a memfd", answer: -EIO)
        }
    }

    private static func error(_ operation: String, on subject: String, answer: Int32) -> SecurityError {
        SecurityError(
            .filterRefused,
            operation,
            on: subject,
            errno: -answer,
            reason: "libseccomp \(SyscallNumber.libraryVersion) answers \(Descriptor.Errno(number: -answer).text)",
            hint: "the kernel must offer the action (notify needs Linux 5.0, see seccomp(2))"
        )
    }
}

extension ArgumentCondition {
    fileprivate var libseccompValue: scmp_arg_cmp {
        func compare(_ operation: scmp_compare, _ first: UInt64, _ second: UInt64 = 0) -> scmp_arg_cmp {
            scmp_arg_cmp(arg: index, op: operation, datum_a: first, datum_b: second)
        }
        return switch comparison {
        case .equal(let value): compare(SCMP_CMP_EQ, value)
        case .notEqual(let value): compare(SCMP_CMP_NE, value)
        case .less(let value): compare(SCMP_CMP_LT, value)
        case .lessOrEqual(let value): compare(SCMP_CMP_LE, value)
        case .greater(let value): compare(SCMP_CMP_GT, value)
        case .greaterOrEqual(let value): compare(SCMP_CMP_GE, value)
        case .masked(let mask, let value): compare(SCMP_CMP_MASKED_EQ, mask, value)
        }
    }
}
