internal import ArgumentParser
internal import Glibc
internal import IsorunImageStore
internal import IsorunImages
internal import IsorunRegistry
internal import IsorunSystem

/// `isorun image pull`.
struct ImagePullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch an image from its registry."
    )
    @OptionGroup var unpacking: UnpackingOptions
    @Flag(help: "Plain HTTP where the registry speaks no HTTPS; for one on this machine that is so anyway.")
    var plainHTTP = false
    @Flag(name: .shortAndLong, help: "Print nothing but the image's id.") var quiet = false
    @Argument(help: .init("As debian:12, or registry.example:5000/team/app@sha256:….", valueName: "image"))
    var image: String

    func run() throws {
        throw ExitCode(attempt { () throws(ImageError) in try pull() })
    }

    private func pull() throws(ImageError) {
        guard let reference = ImageReference(image) else {
            throw ImageError(.usage, "\"\(image)\" is no image", hint: "for example: debian:12")
        }
        let options = try unpacking.unpacking()
        let platform = try unpacking.chosenPlatform()
        let config = try DockerConfig()
        let credential = try config.credential(for: reference.registry)
        let plain = plainHTTP
        let store = ImagePull.Store(try OwnStore.open())
        let progress = PullProgress(isShown: !quiet)
        if !quiet {
            emit(
                "\(reference.tag ?? "\(reference.digest.map { "\($0)" } ?? "")"): Pulling from \(reference.repository)\n"
            )
        }
        let pulled = try store.writer.adding { () throws(ImageError) in
            try Blocking.run {
                let client = RegistryClient(registry: reference.registry, credential: credential, allowsPlain: plain)
                let pull = ImagePull(
                    reference,
                    platform: platform,
                    by: client,
                    into: store,
                    options: options,
                    listener: progress
                )
                do {
                    let pulled = try await pull.run()
                    await client.close()
                    return pulled
                } catch {
                    await client.close()
                    throw error
                }
            }
        }
        progress.finish()
        if let other = pulled.otherPlatform {
            complain("WARNING: the image is for \(other), not for \(platform ?? Platform.host)")
        }
        if quiet { return emit("\(pulled.id)\n") }
        emit("Digest: \(pulled.digest)\n")
        emit(
            "Status: \(pulled.wasThere ? "Image is up to date for" : "Downloaded newer image for") \(reference.familiar)\n"
        )
        emit("\(reference.full)\n")
    }
}

/// Runs what is asynchronous to its end, on threads of its own, while this one waits.
enum Blocking {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws(ImageError) -> Value {
        let box = Mailbox<Result<Value, ImageError>>()
        let task = Task.detached {
            do {
                box.put(.success(try await body()))
            } catch let error as ImageError {
                box.put(.failure(error))
            } catch {
                box.put(.failure(ImageError(.failed, "\(error)")))
            }
        }
        // A signal ends what waits for the network, too.
        while true {
            if let result = box.take(until: Clock.now + 100_000_000) { return try result.get() }
            if Interruption.isRequested { task.cancel() }
        }
    }
}
