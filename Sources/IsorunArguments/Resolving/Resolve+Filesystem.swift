import IsorunModel
import SystemPackage

extension RunArguments {
    func resolveFilesystem(from workingDirectory: FilePath) throws(UsageError) -> FilesystemSpec {
        var spec = FilesystemSpec()
        var targets = MountTargets()
        if let rootfs, rootfs != "host" {
            let value = OptionValue("--rootfs", rootfs)
            spec.rootfs = .directory(try value.hostPath(from: workingDirectory, example: "./rootfs"))
        }
        try resolveImage(into: &spec)
        for volume in volumes {
            let value = OptionValue("--volume", volume)
            spec.volumes.append(try value.volume(from: workingDirectory, claiming: &targets))
        }
        for scratch in tmpfs {
            spec.tmpfs.append(try OptionValue("--tmpfs", scratch).tmpfs(claiming: &targets))
        }
        if let workdir {
            let value = OptionValue("--workdir", workdir)
            spec.workdir = try value.hostPath(from: workingDirectory, example: "/src")
        }
        spec.readOnly = readOnly
        for mask in masks {
            let value = OptionValue("--mask", mask)
            let path = try value.hostPath(from: workingDirectory, example: "/opt/licences")
            guard path != "/" else { throw value.refused("would hide everything", example: "/opt/licences") }
            spec.masks.append(path)
        }
        return spec
    }
}

/// The places inside at which something is mounted; no two of them are the same.
struct MountTargets {
    private struct Target {
        let path: FilePath
        let option: String
    }
    private var taken: [Target] = []

    /// Claims a destination.
    mutating func claim(_ target: ByteString, for value: OptionValue, example: String) throws(UsageError) -> FilePath {
        guard target.bytes.first == UInt8(ascii: "/") else {
            let problem = "has a destination that is not absolute: \(OptionValue.quoted(target.text))"
            throw value.refused(problem, example: example)
        }
        let path = FilePath(target).lexicallyNormalized()
        guard path != "/" else {
            throw value.refused("would cover the root", hint: "--rootfs DIR gives another root")
        }
        if let reserved = path.components.first?.string, ["proc", "sys", "dev"].contains(reserved) {
            throw value.refused("mounts inside /\(reserved), which is the container's own", example: example)
        }
        if let other = taken.first(where: { $0.path == path }) {
            let which = other.option == value.option ? "another \(other.option)" : other.option
            throw value.refused("mounts on \(path), and so does \(which)", hint: "give each a destination of its own")
        }
        taken.append(Target(path: path, option: value.option))
        return path
    }
}

extension OptionValue {
    /// `SRC:DST[:ro|rw]`, where a source without a slash is the name of a volume; of such a one `nocopy`, too.
    func volume(from workingDirectory: FilePath, claiming targets: inout MountTargets) throws(UsageError) -> VolumeSpec
    {
        let example = "./data:/data:ro"
        let parts = parts
        guard 2...3 ~= parts.count else { throw refused("is not SRC:DST[:ro|rw]", example: example) }
        let isPath = [UInt8(ascii: "/"), UInt8(ascii: ".")].contains(parts[0].bytes.first)
        let name = !isPath && VolumeSpec.isName(parts[0]) ? parts[0].text : nil
        guard isPath || name != nil else {
            throw refused("has a host path that does not start with / or ./", example: example + ", data:/data")
        }
        let source = isPath ? try OptionValue(option, parts[0]).hostPath(from: workingDirectory, example: example) : ""
        let destination = try targets.claim(parts[1], for: self, example: example)
        var volume = VolumeSpec(source: source, destination: destination, writable: true, name: name)
        guard parts.count == 3 else { return volume }
        for word in parts[2].text.split(separator: ",", omittingEmptySubsequences: false) {
            switch word {
            case "ro": volume.writable = false
            case "rw": volume.writable = true
            case "nocopy" where name != nil: volume.copiesImage = false
            default:
                let known = name == nil ? "neither ro nor rw" : "none of ro, rw and nocopy"
                let reason = word == "nocopy" ? "for volumes with a name only" : known
                throw refused("has the mode \(Self.quoted(parts[2].text)), which is \(reason)", example: example)
            }
        }
        return volume
    }

    /// `DST[:size=SIZE]`.
    func tmpfs(claiming targets: inout MountTargets) throws(UsageError) -> TmpfsSpec {
        let example = "/scratch:size=64m"
        let parts = parts
        guard parts.count <= 2 else { throw refused("is not DST[:size=SIZE]", example: example) }
        let destination = try targets.claim(parts[0], for: self, example: example)
        guard parts.count == 2 else { return TmpfsSpec(destination: destination, size: nil) }
        guard parts[1].text.hasPrefix("size="), let size = ByteCount(parsing: String(parts[1].text.dropFirst(5))) else {
            throw refused("has an option that is not size=SIZE", example: example)
        }
        guard size.bytes > 0 else { throw refused("has a size of nothing at all", example: example) }
        return TmpfsSpec(destination: destination, size: size)
    }
}
