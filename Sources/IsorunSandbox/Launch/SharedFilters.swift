internal import IsorunModel
internal import IsorunSecurity
internal import Synchronization

/// Filters of a run: those of isorun's own profiles are compiled, or read from the cache, once for all that have the same.
final class SharedFilters: Sendable {
    private struct Key: Hashable {
        let profile: SeccompProfileName
        let options: FilterOptions
    }

    private let known = Mutex<[Key: CompiledFilter]>([:])

    /// The filter for a choice, as ``FilterCompiler`` has it.
    func filter(
        _ choice: SeccompChoice,
        _ options: FilterOptions,
        from compiler: FilterCompiler
    ) throws(SecurityError) -> CompiledFilter? {
        // A file may be another one by the next job.
        guard case .builtin(let profile) = choice else { return try compiler.compile(choice, options: options) }
        let key = Key(profile: profile, options: options)
        if let filter = known.withLock({ $0[key] }) { return filter }
        let filter = try compiler.compile(choice, options: options)
        if let filter { known.withLock { $0[key] = filter } }
        return filter
    }
}
