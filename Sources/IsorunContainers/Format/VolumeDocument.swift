package import IsorunReporting
package import IsorunSandbox
internal import SystemPackage

/// What `volume inspect` shows: docker's names.
package enum VolumeDocument {
    package static func json(_ name: String, _ store: VolumeStore) -> JSON {
        .object([
            .init("CreatedAt", .string(store.createdAtUs(name).map { Timestamp.text(microseconds: $0) } ?? "")),
            .init("Driver", .string("local")),
            .init("Labels", .object([])),
            .init("Mountpoint", .string(store.data(of: name).string)),
            .init("Name", .string(name)),
            .init("Options", .object([])),
            .init("Scope", .string("local")),
        ])
    }
}
