internal import CIsorunSystem
internal import Glibc
public import SystemPackage

/// Mount attributes, `mount_setattr(2)`.
public struct MountAttributes: OptionSet, Hashable, Sendable {
    /// The kernel's bits.
    public let rawValue: UInt64

    /// Takes the kernel's bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Nothing can be written.
    public static let readOnly = Self(rawValue: 1)
    /// Set-user-ID bits and file capabilities do nothing.
    public static let noSetID = Self(rawValue: 2)
    /// Device nodes cannot be opened.
    public static let noDevices = Self(rawValue: 4)
    /// Nothing can be executed.
    public static let noExecute = Self(rawValue: 8)
}

/// A mount that a descriptor holds and that stands nowhere yet.
///
/// It goes with its descriptor: nothing is ever left mounted on the host, even where isorun is killed.
public final class DetachedMount: Sendable {
    /// The mount.
    public let descriptor: OwnedDescriptor

    /// A copy of what is mounted at a path, which nothing that is mounted on it leaves: `open_tree(2)` with
    /// OPEN_TREE_CLONE, `mount_setattr(2)` with MS_PRIVATE.
    public convenience init(cloning path: FilePath) throws(SystemError) {
        self.init(clone: try Self.clone(path))
        try own([], -1, "clone the mount at", path.string)
    }

    /// The same with the owners on disk shown as a user namespace maps them: `MOUNT_ATTR_IDMAP`, Linux 5.12.
    public convenience init(
        cloning path: FilePath,
        owners userNamespace: borrowing OwnedDescriptor,
        attributes: MountAttributes = []
    ) throws(SystemError) {
        self.init(clone: try Self.clone(path))
        try own(attributes, userNamespace.raw, Self.mapping, path.string)
    }

    /// A copy of a mount that stands nowhere either, or of a part of it; Linux 6.15.
    public convenience init(cloning mount: DetachedMount, at path: String = "") throws(SystemError) {
        self.init(clone: try Self.clone(mount, path))
        try own([], -1, "clone a mount", path)
    }

    /// The same with owners as a user namespace maps them.
    public convenience init(
        cloning mount: DetachedMount,
        owners userNamespace: borrowing OwnedDescriptor
    ) throws(SystemError) {
        self.init(clone: try Self.clone(mount, ""))
        try own([], userNamespace.raw, Self.mapping, "")
    }

    private init(clone: consuming OwnedDescriptor) { descriptor = clone }

    private static let mapping = "map the owners of a mount"

    private static func clone(_ path: FilePath) throws(SystemError) -> OwnedDescriptor {
        let result = unsafe path.withPlatformString { unsafe isorun_clone_mount(AT_FDCWD, $0) }
        return try OwnedDescriptor(result, "clone the mount at", path.string)
    }

    private static func clone(_ mount: DetachedMount, _ path: String) throws(SystemError) -> OwnedDescriptor {
        try OwnedDescriptor(unsafe isorun_clone_mount(mount.descriptor.raw, path), "clone a mount", path)
    }

    /// All in one call: each takes the lock of all mounts of the host.
    private func own(
        _ attributes: MountAttributes,
        _ userNamespace: Int32,
        _ action: String,
        _ subject: String
    ) throws(SystemError) {
        _ = try check(isorun_own_mount(descriptor.raw, attributes.rawValue, userNamespace), action, subject)
    }

    /// A new file system: `fsopen(2)`, `fsconfig(2)`, `fsmount(2)`.
    ///
    /// - Parameters:
    ///   - type: As `/proc/filesystems` names it.
    ///   - directories: Options whose value is an open directory; for overlay's layers, Linux 6.13.
    ///   - options: The others; an empty value makes a flag.
    ///   - attributes: Those of the mount.
    /// - Throws: What the kernel says of the option or the file system that it refuses.
    public init(
        type: String,
        directories: [(key: String, descriptor: Int32)] = [],
        options: [(key: String, value: String)],
        attributes: MountAttributes
    ) throws(SystemError) {
        let context = try OwnedDescriptor(unsafe isorun_fsopen(type), "open the file system", type)
        for (key, descriptor) in directories {
            let result = unsafe isorun_fsconfig_descriptor(context.raw, key, descriptor)
            if result < 0 { throw Self.failure(context, "set \(key) of", type, result) }
        }
        for (key, value) in options {
            let result =
                unsafe value.isEmpty
                ? isorun_fsconfig_flag(context.raw, key) : isorun_fsconfig_string(context.raw, key, value)
            if result < 0 { throw Self.failure(context, "set \(key)=\(value) of", type, result) }
        }
        let result = isorun_fsmount(context.raw, attributes.rawValue)
        if result < 0 { throw Self.failure(context, "mount", type, result) }
        self.descriptor = OwnedDescriptor(result)
    }

    // The kernel's own words name the option that it did not like; errno alone is EINVAL for all of them.
    private static func failure(
        _ context: borrowing OwnedDescriptor,
        _ action: String,
        _ type: String,
        _ result: Int32
    ) -> SystemError {
        var buffer = [CChar](repeating: 0, count: 512)
        let length = unsafe isorun_mount_message(context.raw, &buffer, buffer.count)
        let message = buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }
        let text = String(decoding: message, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
        return SystemError(action, type, Errno(rawValue: -result), detail: text.isEmpty ? nil : text)
    }

    /// The directory at its root, for looking and writing through it while it stands nowhere.
    public func directory() throws(SystemError) -> HeldDirectory {
        let flags = UInt64(O_RDONLY | O_DIRECTORY)
        let result = unsafe isorun_openat2(descriptor.raw, ".", flags, 0, 0)
        return HeldDirectory(try OwnedDescriptor(result, "open the root of a mount"))
    }

    /// Puts it over another one that stands nowhere, and over all that is there already; it goes with that from then on:
    /// `move_mount(2)`, Linux 6.15.
    public func attach(over other: DetachedMount) throws(SystemError) {
        let result = unsafe isorun_move_mount(descriptor.raw, other.descriptor.raw, "")
        _ = try check(result, "attach a mount to another")
    }

    /// Puts it somewhere in this process's mount namespace: `move_mount(2)`.
    public func attach(to path: FilePath) throws(SystemError) {
        let result = unsafe path.withPlatformString { unsafe isorun_move_mount(descriptor.raw, AT_FDCWD, $0) }
        _ = try check(result, "attach a mount to", path.string)
    }
}

/// This thread's own mount namespace.
public enum MountNamespace {
    /// Leaves the host's mount namespace; unmounts on the host still come through, nothing goes back.
    public static func enterPrivate() throws(SystemError) {
        _ = try check(isorun_private_mount_namespace(), "make a mount namespace")
    }

    /// Leaves the host's mount namespace where this thread has not left it yet: each thread has one of its own.
    public static func enterPrivateOnce() throws(SystemError) {
        guard isorun_mount_namespace_is_private() == 0 else { return }
        try enterPrivate()
    }

    /// Takes a mount away as soon as nobody uses it: `umount2(2)` with MNT_DETACH.
    public static func detach(_ path: FilePath) throws(SystemError) {
        let result = unsafe path.withPlatformString { unsafe isorun_umount_detach($0) }
        _ = try check(result, "detach", path.string)
    }
}
