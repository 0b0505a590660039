package import IsorunModel
internal import SystemPackage

/// What an image's configuration says of the process, applied as docker applies it.
package struct ImageProcess: Sendable {
    private let config: ImageConfig
    private let passwd: [UInt8]
    private let group: [UInt8]
    private let asked: ImageSpec

    package init(_ held: HeldImage, _ asked: ImageSpec) throws(ImageError) {
        let (passwd, group) = (try held.table("passwd"), try held.table("group"))
        self.init(held.record.config, asked, passwd: passwd, group: group)
    }

    package init(_ config: ImageConfig, _ asked: ImageSpec, passwd: [UInt8], group: [UInt8]) {
        self.config = config
        self.asked = asked
        self.passwd = passwd
        self.group = group
    }

    /// Fills in what the job does not say itself.
    ///
    /// - Throws: where there is no command, or the user is nobody of the image's.
    package func apply(to spec: inout JobSpec) throws(ImageError) {
        spec.command = try command(spec.command)
        let user = try ImageUser(asked.user ?? config.user, passwd: passwd, group: group)
        spec.process.user = user.spec
        var environment: [EnvironmentEntry] = []
        if let home = user.home, home.hasPrefix("/") {
            environment.append(EnvironmentEntry(name: "HOME", value: ByteString(home)))
        }
        for text in config.environment {
            let bytes = ByteString(text).bytes
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0, !bytes.contains(0) else { continue }
            let value = ByteString(bytes[(equals + 1)...])
            environment.append(EnvironmentEntry(name: ByteString(bytes[..<equals]), value: value))
        }
        spec.process.environment = environment + spec.process.environment
        if spec.filesystem.workdir == nil, !config.workdir.isEmpty {
            spec.filesystem.workdir = FilePath("/").pushing(FilePath(config.workdir)).lexicallyNormalized()
        }
    }

    /// docker's rule: words on the command line replace Cmd, `--entrypoint` replaces Entrypoint and Cmd.
    private func command(_ words: [ByteString]) throws(ImageError) -> [ByteString] {
        let texts = (config.entrypoint + config.command).map { ByteString($0) }
        guard texts.allSatisfy({ !$0.bytes.contains(0) }) else {
            throw .refused("the command of the image \(asked.reference) has a NUL in it")
        }
        let entrypoint =
            asked.entrypoint.map { $0.bytes.isEmpty ? [] : [$0] } ?? config.entrypoint.map { ByteString($0) }
        let rest = words.isEmpty && asked.entrypoint == nil ? config.command.map { ByteString($0) } : words
        guard let program = (entrypoint + rest).first, !program.bytes.isEmpty else {
            throw ImageError(
                .usage,
                "there is no command, and the image \(asked.reference) names none",
                hint: "for example: isorun run --image \(asked.reference) -- /bin/sh"
            )
        }
        return entrypoint + rest
    }
}
