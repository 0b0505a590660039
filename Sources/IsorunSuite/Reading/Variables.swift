/// `${env:NAME}` and `${matrix.NAME}` in texts; everything else that begins with a dollar is the shell's, and so is what
/// the shell can do with a variable called `env`: `${env:-default}`, `${env:0:3}`.
enum Variables {
    /// The text with its variables, or what is missing.
    static func expand(
        _ text: String,
        environment: (String) -> String?,
        matrix: [(String, String)]
    ) -> (text: String, missing: String?) {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return (text, nil) }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            // What the shell expands may have some of ours in it: `${A:-${env:B}}`.
            guard ["${env:", "${matrix.", "${env.", "${matrix:"].contains(where: rest.hasPrefix), !isShells(rest) else {
                result += rest.prefix(2)
                rest = rest.dropFirst(2)
                continue
            }
            guard let end = rest.firstIndex(of: "}") else {
                return (text, "\(rest.prefix(40)) has no closing brace")
            }
            let name = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
            let after = rest[rest.index(after: end)...]
            if name.hasPrefix("env:") {
                let variable = String(name.dropFirst(4))
                guard !variable.isEmpty, !variable.contains(":") else {
                    let advice = "write ${env:NAME}, which is an error where NAME is not set; there are no defaults"
                    return (text, "\"\(variable)\" is no name of a variable: \(advice)")
                }
                guard let value = environment(variable) else {
                    return (text, "the variable \(variable) is not set in isorun's environment")
                }
                guard !value.unicodeScalars.contains("\u{FFFD}") else {
                    let hint = "env: [\(variable)] passes them on"
                    return (text, "the variable \(variable) has bytes that are not UTF-8, as this file is; \(hint)")
                }
                result += value
            } else if name.hasPrefix("matrix:") || name.hasPrefix("env.") {
                return (text, "there is no ${\(name)}; write ${matrix.NAME} and ${env:NAME}")
            } else if name.hasPrefix("matrix.") {
                let variable = String(name.dropFirst(7))
                guard let value = matrix.first(where: { $0.0 == variable })?.1 else {
                    return (text, "the job's matrix has no \"\(variable)\"")
                }
                result += value
            }
            rest = after
        }
        return (result + rest, nil)
    }

    /// Whether a text refers to variables of the matrix.
    static func usesMatrix(_ text: String) -> Bool { text.contains("${matrix.") }

    private static func isShells(_ text: Substring) -> Bool {
        guard text.hasPrefix("${env:") else { return false }
        return text.dropFirst(6).first.map { "-=+? ".contains($0) || $0.isNumber } ?? false
    }
}
