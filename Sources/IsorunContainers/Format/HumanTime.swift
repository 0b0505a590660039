/// Times as docker tells them to people.
package enum HumanTime {
    /// How long something took or is ago: `5 seconds`, `About a minute`, `3 weeks`.
    package static func text(seconds: Int64) -> String {
        let minutes = seconds / 60
        let hours = Int64((Double(seconds) / 3600).rounded())
        switch seconds {
        case ..<1: return "Less than a second"
        case 1: return "1 second"
        case ..<60: return "\(seconds) seconds"
        default: break
        }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }

    /// How long ago a moment is.
    package static func since(_ momentUs: Int64?, nowUs: Int64) -> String {
        text(seconds: max(nowUs - (momentUs ?? nowUs), 0) / 1_000_000)
    }
}
