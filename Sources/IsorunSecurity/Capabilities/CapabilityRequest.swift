/// What was asked of capabilities, and what the job gets.
public struct CapabilityRequest: Hashable, Sendable {
    /// Names of `--cap-add`, in any case, with or without `CAP_`; `ALL` is every one.
    public var add: [String]
    /// Names of `--cap-drop`.
    public var drop: [String]
    /// The user inside the container.
    public var uid: UInt32
    /// No capability at all, whatever was added.
    public var untrusted: Bool
    /// CAP_SETFCAP is withheld: a job that can write to a volume of the host could give files capabilities there.
    public var forbidSetIDBits: Bool

    /// Makes a request; without names it is docker's default set.
    public init(
        add: [String] = [],
        drop: [String] = [],
        uid: UInt32 = 0,
        untrusted: Bool = false,
        forbidSetIDBits: Bool = false
    ) {
        self.add = add
        self.drop = drop
        self.uid = uid
        self.untrusted = untrusted
        self.forbidSetIDBits = forbidSetIDBits
    }

    /// The sets for the job, as docker has them: what is added wins over what is dropped, but for `--cap-add ALL`, from
    /// which the drops are taken.
    ///
    /// Root holds the whole set. Another user holds what was added by name, as ambient capabilities, and nothing else.
    ///
    /// - Throws: ``SecurityError`` for an unknown name, with the nearest right one.
    public func resolve() throws(SecurityError) -> CapabilityMasks {
        let (added, addsAll) = try Self.set(of: add)
        let (dropped, dropsAll) = try Self.set(of: drop)
        let asked: CapabilitySet =
            if addsAll {
                CapabilityNames.all.subtracting(dropped)
            } else if dropsAll {
                added
            } else {
                CapabilitySet.dockerDefault.subtracting(dropped).union(added)
            }
        let withheld: CapabilitySet = untrusted ? asked : forbidSetIDBits ? .setFileCapabilities : []
        let bounding = asked.subtracting(withheld)
        let explicit = addsAll ? bounding : added.intersection(bounding)
        let held = uid == 0 ? bounding : explicit
        let ambient = uid == 0 ? [] : explicit
        return CapabilityMasks(
            bounding: bounding,
            permitted: held,
            effective: held,
            inheritable: ambient,
            ambient: ambient,
            withheld: withheld.intersection(addsAll ? asked : added)
        )
    }

    private static func set(of names: [String]) throws(SecurityError) -> (named: CapabilitySet, all: Bool) {
        var set: CapabilitySet = []
        var all = false
        for name in names {
            if ["ALL", "CAP_ALL"].contains(name.uppercased()) {
                all = true
            } else {
                set.formUnion(try CapabilityNames.named(name))
            }
        }
        return (set, all)
    }
}
