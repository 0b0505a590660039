/// A few values by their keys, looked for one by one.
///
/// For tables of ten entries on the launch path. A hashed table of a new key type makes the runtime search all protocol
/// conformances of the program for `Hashable` when it is first used; a dozen of those took a tenth of isorun's time.
public struct AssociationList<Key: Sendable, Value: Sendable>: Sendable {
    /// The entries, in the order in which their keys came.
    public private(set) var entries: [(key: Key, value: Value)] = []

    /// Makes an empty list.
    public init() {}
}

extension AssociationList where Key: Equatable {
    /// The value of a key; nil removes it.
    public subscript(key: Key) -> Value? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append((key, value))
            case (nil, nil): break
            }
        }
    }
}

extension AssociationList: ExpressibleByDictionaryLiteral where Key: Equatable {
    /// Makes a list; of a key that stands twice the last value counts.
    public init(dictionaryLiteral elements: (Key, Value)...) {
        for (key, value) in elements { self[key] = value }
    }
}

extension AssociationList: Equatable where Key: Equatable, Value: Equatable {
    /// Whether both have the same keys and values, in any order.
    public static func == (left: Self, right: Self) -> Bool {
        left.entries.count == right.entries.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }
}

extension AssociationList: Hashable where Key: Hashable, Value: Hashable {
    /// Hashes the entries, in any order.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in entries {
            var entry = Hasher()
            entry.combine(key)
            entry.combine(value)
            sum &+= entry.finalize()
        }
        hasher.combine(sum)
    }
}
