internal import IsorunArguments
internal import Yams

extension Node {
    /// A scalar as it was written: `1.10` stays `1.10`; nil for lists, mappings and nothing at all.
    var text: String? { isNull ? nil : scalar?.string }

    /// Whether nothing is written here: `key:`, `~` or `null`, without quotes.
    var isNull: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// A truth value, as YAML 1.2 has them.
    var flag: Bool? {
        switch scalar?.string {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }
}

extension YamlError {
    /// Where it is and what is wrong, in words.
    var place: (Mark?, String) {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark, "this is not YAML: \(problem)")
        case .reader(let problem, _, _, _): (nil, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            (context.mark, "it has a field twice: \(duplicates.map { "\($0)" }.joined(separator: ", "))")
        default: (nil, "this is not YAML: \(self)")
        }
    }
}

extension RunArguments {
    /// Empties the list of an option, or takes a flag back.
    mutating func clear(_ name: String) {
        switch name {
        case "ioReadBps": ioReadBps = []
        case "ioWriteBps": ioWriteBps = []
        case "ulimit": ulimits = []
        case "allowUnenforced": allowUnenforced = []
        case "volume": volumes = []
        case "publish": publish = []
        case "tmpfs": tmpfs = []
        case "mask": masks = []
        case "envFile": envFiles = []
        case "capAdd": capAdd = []
        case "capDrop": capDrop = []
        case "readOnly": readOnly = false
        case "hostLoopback": hostLoopback = false
        case "untrusted": untrusted = false
        default: break
        }
    }
}
