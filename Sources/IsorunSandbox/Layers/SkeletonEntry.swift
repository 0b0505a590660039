/// What isorun put into a layer before the job came, to tell what the job did to it.
enum SkeletonEntry: Equatable {
    /// A directory; an opaque one covers what the lower layer has there.
    case directory(mode: UInt32, owner: Owner?, isOpaque: Bool)
    /// A file: an empty one to mount on, or one with a text that only its size is remembered of.
    case file(size: UInt64 = 0)
    /// A symbolic link.
    case link(target: String)
    /// What hides the lower layer's entry.
    case whiteout

    /// Who owns a directory, as the keeper sees it; unknown where the child made it.
    struct Owner: Equatable {
        let uid: UInt32
        let gid: UInt32
    }

    var isDirectory: Bool {
        if case .directory = self { true } else { false }
    }

    /// Whether it is a directory that covers what lies below it, in every container anew.
    var isOpaque: Bool {
        if case .directory(_, _, isOpaque: true) = self { true } else { false }
    }
}

/// One of them at its path in the layer, without a leading slash.
///
/// The launch path keeps them in a list: a table of them is made where it is asked for, after the job.
struct SkeletonItem {
    let path: String
    let entry: SkeletonEntry
}
