import IsorunModel

/// Walks a command line option by option, as `getopt_long` and docker read it, and stops where the command begins.
///
/// A value stands in the same argument (`--memory=64m`, `-m64m`, `-m=64m`) or in the next one. Letters may share a
/// dash (`-it`). In the next argument a value may not begin with a dash, so that `--name --junit x` is a missing name
/// and not a job called `--junit`; ArgumentParser's rule is the same.
struct OptionScanner {
    /// What was found.
    enum Step {
        /// An option, with its value where it takes one.
        case option(RunOption, ByteString?)
        /// The command begins at this index, which may be the end.
        case command(Int)
        /// The argument at this index is not understood.
        case unknown(Int)
    }

    private let arguments: [ByteString]
    private let options: [RunOption]
    private var index: Int
    /// Where the next letter of `-it` stands; 0 between arguments.
    private var offset = 0

    init(_ arguments: [ByteString], from index: Int = 0, options: [RunOption] = RunOption.all) {
        self.arguments = arguments
        self.options = options
        self.index = index
    }

    /// The next option, or what stands in its place.
    mutating func next() -> Step {
        guard offset == 0 else { return letter() }
        guard index < arguments.count else { return .command(index) }
        let argument = arguments[index].bytes
        guard argument.count > 1, argument[0] == Self.dash else { return .command(index) }
        guard argument[1] == Self.dash else {
            offset = 1
            return letter()
        }
        return argument.count == 2 ? .command(index + 1) : word(argument.dropFirst(2))
    }

    /// `--memory 64m`, `--memory=64m`, `--read-only`.
    private mutating func word(_ word: ArraySlice<UInt8>) -> Step {
        let equals = word.firstIndex(of: UInt8(ascii: "="))
        let name = word[..<(equals ?? word.endIndex)]
        guard let option = options.first(where: { $0.long.utf8.elementsEqual(name) }) else { return .unknown(index) }
        switch (option.effect, equals) {
        case (.flag, nil):
            index += 1
            return .option(option, nil)
        case (.flag, .some):
            return .unknown(index)
        case (.value, .some(let equals)):
            index += 1
            return .option(option, ByteString(word[(equals + 1)...]))
        case (.value, nil):
            return following(option)
        }
    }

    /// One letter of `-m 64m`, `-m64m`, `-it`.
    private mutating func letter() -> Step {
        let argument = arguments[index].bytes
        guard let option = options.first(where: { $0.short == argument[offset] }) else { return .unknown(index) }
        let rest = argument[(offset + 1)...]
        switch option.effect {
        case .flag:
            offset = rest.isEmpty ? 0 : offset + 1
            index += rest.isEmpty ? 1 : 0
            return .option(option, nil)
        case .value where rest.isEmpty:
            offset = 0
            return following(option)
        case .value:
            offset = 0
            index += 1
            return .option(option, ByteString(rest.first == UInt8(ascii: "=") ? rest.dropFirst() : rest))
        }
    }

    /// The value in the argument after the option's own.
    private mutating func following(_ option: RunOption) -> Step {
        guard index + 1 < arguments.count else { return .unknown(index) }
        let value = arguments[index + 1]
        if value.bytes.count > 1, value.bytes[0] == Self.dash {
            // A number below zero is a value all the same, and most often a bad one: no option begins with a digit.
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= value.bytes[1] else { return .unknown(index) }
        }
        index += 2
        return .option(option, value)
    }

    private static let dash = UInt8(ascii: "-")
}
