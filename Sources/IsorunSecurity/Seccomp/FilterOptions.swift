/// What the planned sandbox needs of any filter, whichever profile was chosen.
public struct FilterOptions: Hashable, Sendable {
    /// Set-user-ID and set-group-ID bits cannot be set: for a job that can write to a volume of the host.
    ///
    /// Through an idmapped volume such a file would be valid on the host. Drop CAP_SETFCAP as well
    /// (``CapabilityRequest/forbidSetIDBits``), or file capabilities do the same.
    public var forbidSetIDBits: Bool
    /// RLIMIT_CORE cannot be changed: for a host whose `core_pattern` begins with `|`.
    ///
    /// The kernel runs such a handler as root on the host, whatever the limit, but for the value 1; a job that
    /// could lower 1 to 0 would bring the handler back.
    public var denyCoreLimit: Bool
    /// What the job holds, for `includes.caps` and `excludes.caps` of a docker-format file.
    public var capabilities: CapabilitySet

    /// Makes options.
    public init(
        forbidSetIDBits: Bool = false,
        denyCoreLimit: Bool = false,
        capabilities: CapabilitySet = .dockerDefault
    ) {
        self.forbidSetIDBits = forbidSetIDBits
        self.denyCoreLimit = denyCoreLimit
        self.capabilities = capabilities
    }
}
