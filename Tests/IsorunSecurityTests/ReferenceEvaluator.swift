@testable import IsorunSecurity

/// What a profile means, read from its documentation and not from its compiler.
struct ReferenceEvaluator {
    let profile: SeccompProfile
    private var rules: [Int32: (first: [SyscallRule], passing: [SyscallRule], last: [SyscallRule])] = [:]

    init(_ profile: SeccompProfile) {
        self.profile = profile
        for (rule, overrides) in profile.overrides.map({ ($0, true) }) + profile.syscalls.map({ ($0, false) }) {
            for number in Set(rule.names.compactMap(SyscallNumber.resolve)) {
                if rule.action.letsPass {
                    rules[number, default: ([], [], [])].passing.append(rule)
                } else if overrides || !rule.arguments.isEmpty {
                    rules[number, default: ([], [], [])].first.append(rule)
                } else {
                    rules[number, default: ([], [], [])].last.append(rule)
                }
            }
        }
    }

    /// Numbers whose fate hangs on their arguments.
    var conditionalNumbers: Set<Int32> {
        Set(rules.filter { ($0.value.first + $0.value.passing).contains { !$0.arguments.isEmpty } }.keys)
    }

    func action(_ number: Int32, _ arguments: [UInt64]) -> SeccompAction {
        guard let rules = rules[number] else { return profile.defaultAction }
        let matching = (rules.first + rules.passing + rules.last).first { rule in
            rule.arguments.allSatisfy { holds($0, arguments) }
        }
        return matching?.action ?? profile.defaultAction
    }

    private func holds(_ condition: ArgumentCondition, _ arguments: [UInt64]) -> Bool {
        let value = Int(condition.index) < arguments.count ? arguments[Int(condition.index)] : 0
        return switch condition.comparison {
        case .equal(let other): value == other
        case .notEqual(let other): value != other
        case .less(let other): value < other
        case .lessOrEqual(let other): value <= other
        case .greater(let other): value > other
        case .greaterOrEqual(let other): value >= other
        case .masked(let mask, let other): value & mask == other
        }
    }
}
