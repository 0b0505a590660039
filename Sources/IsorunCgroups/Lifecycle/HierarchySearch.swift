internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// Looks for groups of isorun's in a whole hierarchy.
enum HierarchySearch {
    /// The groups below a directory, at any depth, with the directories they are in.
    static func groups(below top: FilePath) -> [(parent: FilePath, slot: Int)] {
        var groups: [(parent: FilePath, slot: Int)] = []
        var waiting = [top]
        while let directory = waiting.popLast() {
            guard let descriptor = openDirectory(directory) else { continue }
            entries(of: descriptor.raw) { name in
                if let slot = GroupName.slot(named: name) {
                    groups.append((directory, slot))
                } else {
                    let bytes = (0..<name.count).map { name[$0] }
                    waiting.append(directory.appending(FilePath(kernelBytes: bytes).components))
                }
            }
        }
        return groups
    }

    /// The slots that have a group right below an open directory.
    static func slots(below parent: Int32) -> [Int] {
        var slots: [Int] = []
        entries(of: parent) { name in
            if let slot = GroupName.slot(named: name) { slots.append(slot) }
        }
        return slots
    }

    /// Calls `body` with the name of every directory in an open one.
    private static func entries(of parent: Int32, _ body: (Span<UInt8>) -> Void) {
        let descriptor = unsafe openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        guard let listing = unsafe fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { unsafe closedir(listing) }
        while let entry = unsafe readdir(listing) {
            guard unsafe entry.pointee.d_type == DT_DIR else { continue }
            unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                let count = unsafe name.firstIndex(of: 0) ?? name.count
                guard unsafe name[0] != UInt8(ascii: ".") else { return }
                let bytes = unsafe UnsafeBufferPointer(rebasing: name.bindMemory(to: UInt8.self)[..<count])
                unsafe body(Span(_unsafeElements: bytes))
            }
        }
    }
}

/// Opens a directory; nil where that cannot be done.
func openDirectory(_ path: FilePath) -> OwnedDescriptor? {
    let raw = unsafe path.withPlatformString { unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) }
    return raw < 0 ? nil : OwnedDescriptor(raw)
}
