internal import Glibc

/// This process's environment.
public enum Environment {
    /// A variable; nil where there is none.
    public static func value(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

    /// Whether a variable says yes, as those of CI systems do.
    public static func isSet(_ name: String) -> Bool { value(name).map { !$0.isEmpty && $0 != "false" } ?? false }
}
