import IsorunModel

/// The options of `run` by the names they have in a suite file: `--memory-swap` is `memorySwap`.
public enum JobOptionNames {
    /// What follows a name.
    public enum Kind: Hashable, Sendable {
        /// A truth value.
        case flag
        /// One value.
        case value
        /// One value or many.
        case list
    }

    // What belongs to one run in the foreground, or has a form of its own in a suite file.
    private static let others: Set<String> = [
        "name", "json", "junit", "junitDialect", "events", "quiet", "verbose", "interactive", "tty", "noInit", "env",
        "artifact", "writes", "collectJunit", "detach", "rm", "logOpt",
    ]
    private static let repeated: Set<String> = [
        "ioReadBps", "ioWriteBps", "ulimit", "allowUnenforced", "volume", "tmpfs", "mask", "envFile", "capAdd",
        "capDrop", "publish",
    ]

    /// Every option of a job, in the order of the command line's help.
    public static let all: [(name: String, kind: Kind)] = RunOption.all.compactMap { option in
        let name = camel(option.long)
        guard !others.contains(name) else { return nil }
        if case .flag = option.effect { return (name, .flag) }
        return (name, repeated.contains(name) ? .list : .value)
    }

    /// Gives an option of a job a value; a flag is set where the value is `true`.
    public static func set(_ name: String, _ value: String, in arguments: inout RunArguments) {
        let long = name == "init" && value != "true" ? "no-init" : OptionSpelling.kebab(name)
        guard let option = RunOption.all.first(where: { $0.long == long }) else { return }
        switch option.effect {
        case .flag: if value == "true" || long == "no-init" { option.apply(nil, to: &arguments) }
        case .value: option.apply(ByteString(value), to: &arguments)
        }
    }

    /// The field that an error of an option is about: `--memory-swap` is `memorySwap`.
    public static func field(ofOption option: String) -> String {
        camel(String(option.drop { $0 == "-" }))
    }

    /// The name nearest to what was written, where one is near.
    public static func nearest(to word: String, among names: [String]) -> String? {
        Suggestion.nearest(to: word, among: names)
    }

    private static func camel(_ kebab: String) -> String {
        let words = kebab.split(separator: "-")
        return words.dropFirst().reduce(into: words.first.map(String.init) ?? "") { text, word in
            text += word.prefix(1).uppercased() + word.dropFirst()
        }
    }
}
