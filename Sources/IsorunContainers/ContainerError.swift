package import IsorunSystem

/// Why a command about containers cannot be carried out; what docker would say, and what to do.
package struct ContainerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, on which container.
    package var description: String
    /// Whether the command line is at fault.
    package var isUsage: Bool
    /// Whether there is no such container.
    package var isMissing: Bool

    package init(_ description: String, isUsage: Bool = false, isMissing: Bool = false) {
        self.description = description
        self.isUsage = isUsage
        self.isMissing = isMissing
    }

    package init(_ error: SystemError) {
        self.init("\(error)")
    }

    static func noSuch(_ reference: String) -> Self { Self("No such container: \(reference)", isMissing: true) }
}

/// Runs what throws the kernel's answers, and tells them as errors of this target.
package func telling<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(ContainerError) -> Value {
    do throws(SystemError) { return try body() } catch { throw ContainerError(error) }
}
