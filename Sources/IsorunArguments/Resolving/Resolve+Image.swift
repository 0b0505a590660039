import IsorunModel

extension RunArguments {
    /// The image, and what only goes together with one.
    func resolveImage(into spec: inout FilesystemSpec) throws(UsageError) {
        guard let image else {
            let others: [(String, Bool)] = [
                ("--platform", platform != nil), ("--pull", pull != nil), ("--entrypoint", entrypoint != nil),
            ]
            for (option, isGiven) in others where isGiven {
                let hint = "for example: --image debian:12"
                throw UsageError(option: option, problem: "is about an image, and --image names none", hint: hint)
            }
            return
        }
        let value = OptionValue("--image", image)
        guard !image.isEmpty else { throw value.refused("is no image", example: "debian:12") }
        if rootfs != nil {
            throw value.refused("takes the place of the root, and so does --rootfs", hint: "leave one of the two out")
        }
        var found = ImageSpec(image)
        found.platform = platform
        found.entrypoint = entrypoint
        found.user = user
        if let pull { found.pull = try OptionValue("--pull", pull).choice("a policy", among: PullPolicy.allCases) }
        spec.rootfs = .image(found)
    }
}
