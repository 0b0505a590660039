public import IsorunModel
public import SystemPackage

/// Turns the chosen profile into the program that the child loads just before `execve`.
public struct FilterCompiler: Sendable {
    /// Where compiled builtin filters are kept; nil keeps none.
    public var cacheDirectory: FilePath?

    /// Makes a compiler: with `/var/cache/isorun/seccomp` for root, below `$XDG_CACHE_HOME/isorun` for others.
    public init(cacheDirectory: FilePath?) {
        self.cacheDirectory = cacheDirectory
    }

    /// The filter for a choice, from the cache where it is there (below 0.1 ms), else from libseccomp (about 1.5 ms).
    ///
    /// A cache that cannot be read, is not to be trusted, or cannot be written is passed over in silence.
    ///
    /// - Parameters:
    ///   - choice: a builtin profile or a docker-format file.
    ///   - options: what the sandbox needs of the filter beside the profile.
    /// - Returns: the program, or nil for `unconfined`.
    /// - Throws: ``SecurityError`` for a file that is no profile, and where libseccomp refuses it.
    public func compile(_ choice: SeccompChoice, options: FilterOptions) throws(SecurityError) -> CompiledFilter? {
        switch choice {
        case .builtin(.unconfined):
            return nil
        case .builtin(let name):
            guard let cacheDirectory else { return try build(name, options) }
            let cache = FilterCache(directory: cacheDirectory.string)
            let fileName = FilterCache.fileName(name, options)
            if let filter = cache.lookUp(fileName) { return filter }
            let filter = try build(name, options)
            if let filter { cache.store(filter, as: fileName) }
            return filter
        case .file(let path):
            let profile = try SeccompProfile(dockerFile: path, capabilities: options.capabilities)
            // A number of 64 bits that nobody can guess, nor find in a filter that only root of the host can read.
            return try profile.applying(options).compiled(launchKey: .random(in: 1 << 32 ... .max))
        }
    }

    private func build(_ name: SeccompProfileName, _ options: FilterOptions) throws(SecurityError) -> CompiledFilter? {
        try BuiltinProfiles.profile(named: name)?.applying(options).compiled()
    }
}
