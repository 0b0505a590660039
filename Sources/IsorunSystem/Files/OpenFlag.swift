/// Flags of `open(2)` that the Glibc module lacks; the same number on every architecture Swift runs on.
public enum OpenFlag {
    /// `O_PATH`: the place alone, nothing of what stands there is opened.
    public static let pathOnly: Int32 = 0o10000000
}
