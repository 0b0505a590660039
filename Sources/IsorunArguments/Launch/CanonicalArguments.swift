public import IsorunModel

extension LaunchLexer {
    /// The line in the one form that ArgumentParser reads as docker's users mean it.
    ///
    /// ArgumentParser does not know `-eKEY=VALUE`, takes `--name= x` for `--name x`, and stumbles over `---` in the
    /// command. Here each option that is understood becomes `--long value`, and `--` stands before the command. From
    /// the first argument that is not understood the rest stays as it is: the error will be about that one.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after the program's name and the subcommand's.
    ///   - flags: Long names that stand alone in this command, such as the `json` of `plan`.
    /// - Returns: The arguments for ArgumentParser, without the subcommand.
    public static func canonical(_ arguments: [ByteString], flags: [String] = []) -> [String] {
        let flags = flags.map { RunOption.flag($0) { _ in } }
        var scanner = OptionScanner(arguments, options: flags + RunOption.all)
        var result: [String] = []
        while true {
            switch scanner.next() {
            case .option(let option, nil):
                result.append("--\(option.long)")
            case .option(let option, .some(let value)) where value.bytes.first == UInt8(ascii: "-"):
                result.append("--\(option.long)=\(value)")
            case .option(let option, .some(let value)):
                result += ["--\(option.long)", value.text]
            case .command(let index):
                return index < arguments.count ? result + ["--"] + arguments[index...].map(\.text) : result
            case .unknown(let index):
                return result + arguments[index...].map(\.text)
            }
        }
    }
}
