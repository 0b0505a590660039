import Glibc
import SystemPackage

/// Programs that belong to this one: beside it, as in a build folder and in `libexec`.
enum Siblings {
    static func path(of name: String) -> String? {
        guard let own = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(own) }
        let path = unsafe FilePath(platformString: own).removingLastComponent().appending(name).string
        return unsafe access(path, X_OK) == 0 ? path : nil
    }
}
