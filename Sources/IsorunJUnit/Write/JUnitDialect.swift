/// The flavours of JUnit XML that can be written.
public enum JUnitDialect: String, Hashable, Sendable, CaseIterable {
    /// `testsuites`, with `properties` in each case; what Jenkins and GitLab read.
    case `default`
    /// One `testsuite` and nothing that the Surefire XSD does not know.
    case surefire
}
