/// How much is taken from a job: what is beyond is left out, and said.
struct CollectLimits {
    /// Longest path: no program could name a longer one, `PATH_MAX` with its NUL.
    static let pathBytes = 4096

    /// The deepest directory that is looked into, counted from where the layer is seen.
    var depth = 256
    /// Entries that are looked at for one pattern or list: as many as a writable layer holds by default.
    var entries = 1_000_000
    /// The largest artifact.
    var artifactBytes: UInt64 = 1 << 30
    /// All artifacts of a job.
    var totalArtifactBytes: UInt64 = 4 << 30
    /// Artifacts of a job.
    var artifacts = 100_000
    /// Files that the result names one by one; the others are counted.
    var named = 10_000
    /// The largest JUnit file, which is as much as the parser takes.
    var junitBytes: UInt64 = 16 << 20
    /// All JUnit files of a job, which are held in memory.
    var totalJUnitBytes: UInt64 = 32 << 20
    /// JUnit files of a job, which are as many as the parser takes.
    var junitFiles = 1000
    /// What a list of writes holds, in bytes of its paths.
    var writesBytes = 64 << 20
}
