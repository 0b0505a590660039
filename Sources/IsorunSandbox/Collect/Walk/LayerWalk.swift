internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// An entry of an upper directory.
struct WalkedEntry {
    /// The absolute path inside of the directory; empty for `/`.
    var directory: [UInt8]
    /// The path from the layer's top, for the descriptors that are held.
    var relative: ByteString
    /// The name.
    var name: ByteString
    /// What it is.
    var status: EntryStatus

    /// The absolute path inside.
    var path: [UInt8] { directory + [UInt8(ascii: "/")] + name.bytes }
}

/// Looks at the entries of a layer.
protocol LayerVisitor: ~Copyable {
    /// What a directory passes on to the entries in it.
    associatedtype State

    /// A directory is open, and its entries are about to be visited: its state may change.
    mutating func enter(_ directory: borrowing HeldDirectory, _ entry: WalkedEntry?, _ state: inout State)
    /// Visits an entry; the result is the state of a directory that is to be entered.
    mutating func visit(_ entry: WalkedEntry, in directory: borrowing HeldDirectory, _ state: State) -> State?
    /// Something cannot be looked at.
    mutating func refuse(_ path: ByteString, _ reason: String)
}

/// Goes through an upper directory without recursion, with one directory open at a time.
///
/// Every directory is opened from the layer's top, beneath it and through no link, so nothing that a job made leads out
/// of it. A tree's depth, the length of its paths and the count of its entries are bounded. Nothing changes meanwhile:
/// all processes of the container are dead.
struct LayerWalk {
    let layer: WrittenLayer
    /// Where other layers are seen, as absolute paths: they cover what this one has there.
    let covered: Set<ByteString>
    let limits: CollectLimits

    private struct Pending<State> {
        /// Shared among all entries of a directory.
        var parent: [UInt8]
        var name: ByteString
        var depth: Int
        var status: EntryStatus?
        var state: State
    }

    /// Visits all entries, and those of the directories that the visitor wants to enter.
    ///
    /// False where the budget, the entries that may still be looked at, did not suffice.
    func run<Visitor: LayerVisitor & ~Copyable>(
        _ visitor: inout Visitor,
        from start: Visitor.State,
        budget: inout Int
    ) -> Bool {
        let top = layer.path.components.isEmpty ? [] : layer.path.bytes
        var pending = [Pending(parent: [], name: "", depth: 0, status: nil, state: start)]
        while let next = pending.popLast() {
            let relative = next.parent + (next.parent.isEmpty ? [] : [UInt8(ascii: "/")]) + next.name.bytes
            let inside = top + (relative.isEmpty ? [] : [UInt8(ascii: "/")] + relative)
            do throws(SystemError) {
                guard next.depth <= limits.depth else { throw Self.beyond("it lies too deep") }
                guard max(inside.count, relative.count) + 256 < CollectLimits.pathBytes else {
                    throw Self.beyond("paths in it are too long")
                }
                let directory = try layer.upper.directory(ByteString(relative))
                var state = next.state
                let own = next.status.map { status in
                    WalkedEntry(
                        directory: Array(inside.dropLast(next.name.bytes.count + 1)),
                        relative: ByteString(relative),
                        name: next.name,
                        status: status
                    )
                }
                visitor.enter(directory, own, &state)
                let finished = try visit(directory, relative, inside, next.depth, state, &visitor, &pending, &budget)
                if !finished { return false }
            } catch {
                visitor.refuse(ByteString(inside.isEmpty ? [UInt8(ascii: "/")] : inside), error.reason)
            }
        }
        return true
    }

    private func visit<Visitor: LayerVisitor & ~Copyable>(
        _ directory: borrowing HeldDirectory,
        _ relative: [UInt8],
        _ inside: [UInt8],
        _ depth: Int,
        _ state: Visitor.State,
        _ visitor: inout Visitor,
        _ pending: inout [Pending<Visitor.State>],
        _ budget: inout Int
    ) throws(SystemError) -> Bool {
        let prefix = relative.isEmpty ? [] : relative + [UInt8(ascii: "/")]
        try directory.forEachName { name in
            budget -= 1
            guard budget >= 0 else { return false }
            do throws(SystemError) {
                guard let status = try directory.entry(name) else { return true }
                let relativePath = ByteString(prefix + name.bytes)
                let entry = WalkedEntry(directory: inside, relative: relativePath, name: name, status: status)
                if status.kind == .directory && covered.contains(ByteString(entry.path)) { return true }
                if let below = visitor.visit(entry, in: directory, state), status.kind == .directory {
                    pending.append(
                        Pending(parent: relative, name: name, depth: depth + 1, status: status, state: below)
                    )
                }
            } catch {
                visitor.refuse(ByteString(inside + [UInt8(ascii: "/")] + name.bytes), error.reason)
            }
            return true
        }
        return budget >= 0
    }

    private static func beyond(_ reason: String) -> SystemError {
        SystemError("look into", "", .fileNameTooLong, detail: reason)
    }
}

extension SystemError {
    /// The reason alone, for where the object is named anyway.
    var reason: String { detail ?? "cannot \(action): \(errno.text)" }
}
