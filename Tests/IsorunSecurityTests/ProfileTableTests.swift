import IsorunModel
@testable import IsorunSecurity
import Testing

@Suite struct `The tables of the profiles` {
    /// A table changed? Raise `BuiltinProfiles.revision`, or a cached filter of the old table stays in force, and
    /// write the new revision and digests here.
    @Test func `are those of their revision`() throws {
        #expect(BuiltinProfiles.revision == 2)
        for (name, options, digest) in Self.snapshot {
            let profile = try SeccompProfile.builtin(name, options)
            #expect(FNV1a.digest(of: profile.canonicalText.utf8) == digest, "\(name.rawValue) \(options)")
        }
    }

    private static let snapshot: [(SeccompProfileName, FilterOptions, UInt64)] = [
        (.default, FilterOptions(), 0x1be133d400046d7a),
        (.default, .everything, 0x9b19985d937d3514),
        (.strict, FilterOptions(), 0x614c2bc417df4442),
        (.strict, .everything, 0xdf0d819ca5aef60c),
        (.debug, FilterOptions(), 0xf2a1e0b5db32361d),
        (.debug, .everything, 0xc86d3b3597b59abb),
    ]

    /// The compiler changed what it makes of the tables? Raise the revision too.
    @Test(.enabled(if: SyscallNumber.libraryVersion == "2.5.4" && NativeABI.name == "x86_64", "another libseccomp"))
    func `compile to the programs of their revision`() throws {
        let programs: [(SeccompProfileName, FilterOptions, UInt64)] = [
            (.default, FilterOptions(), 0xdc4c6ce357172c7d),
            (.default, .everything, 0x3756b3decbd51964),
            (.strict, FilterOptions(), 0xc25bb2419facfcd7),
            (.debug, FilterOptions(), 0xdf1442a857aa82fa),
        ]
        for (name, options, digest) in programs {
            let filter = try SeccompProfile.builtin(name, options).compiled()
            #expect(filter.programDigest == digest, "\(name.rawValue): \(filter.instructionCount) instructions")
        }
    }

    /// The canary: a newer libseccomp knows a call that nobody has judged yet.
    @Test func `judge every call that libseccomp knows`() {
        let judged = Set(Self.judgedNames)
        let unjudged = (Int32(0)...1023).compactMap { SyscallNumber.name(of: $0) }.filter { !judged.contains($0) }
        #expect(unjudged.isEmpty, "put each into AllowedCalls or RefusedCalls")
    }

    @Test func `judge no call twice`() {
        let names = Self.judgedNames
        let twice = Dictionary(grouping: names, by: { $0 }).filter { $0.value.count > 1 }.keys.sorted()
        // ioctl is allowed and narrowed by its arguments.
        #expect(twice == [])
    }

    @Test func `leave unneeded calls to the default`() throws {
        for name in SeccompProfileName.filtering {
            let reference = ReferenceEvaluator(try .builtin(name))
            for call in RefusedCalls.unneeded {
                guard let number = SyscallNumber.resolve(call) else { continue }
                #expect(reference.action(number, []) == .errno(38), "\(call)")
            }
        }
    }

    private static let judgedNames =
        AllowedCalls.unconditional + AllowedCalls.inspection + AllowedCalls.memoryPolicy + AllowedCalls.changeRoot
        + RefusedCalls.dangerous + RefusedCalls.harmless + RefusedCalls.hidden + RefusedCalls.unneeded
        + ["clone", "socket", "socketpair", "personality"]
}

extension SeccompProfile {
    /// Everything the profile says, one rule a line.
    fileprivate var canonicalText: String {
        func line(_ rule: SyscallRule) -> String {
            let conditions = rule.arguments.map { "\($0.index) \($0.comparison)" }.joined(separator: " and ")
            return "\(rule.action.returnValue) \(rule.names.joined(separator: ",")) \(conditions)\n"
        }
        let head = "\(name) \(defaultAction.returnValue) \(foreignABIAction.returnValue)\n"
        return head + syscalls.map(line).joined() + "overrides\n" + overrides.map(line).joined()
    }
}
