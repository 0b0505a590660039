/// A few values by their keys, looked for one by one.
///
/// For tables of ten entries on the launch path. A hashed table of a new key type makes the runtime search all protocol
/// conformances of the program for `Hashable` when it is first used; a dozen of those took a tenth of isorun's time.
/// What is inlinable is so for the same reason: only specialized code asks the runtime for nothing.
@frozen
public struct AssociationList<Key: Sendable, Value: Sendable>: Sendable {
    /// An entry.
    @frozen
    public struct Entry: Sendable {
        /// The key.
        public let key: Key
        /// Its value.
        public var value: Value

        @inlinable
        init(_ key: Key, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// The entries, in the order in which their keys came.
    @inlinable public var entries: [Entry] { storage }

    @usableFromInline var storage: [Entry]

    /// Makes an empty list.
    @inlinable
    public init() { storage = [] }
}

extension AssociationList where Key: Equatable {
    /// The value of a key; nil removes it.
    @inlinable
    public subscript(key: Key) -> Value? {
        get { index(of: key).map { storage[$0].value } }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): storage[index].value = value
            case (let index?, nil): storage.remove(at: index)
            case (nil, let value?): storage.append(Entry(key, value))
            case (nil, nil): break
            }
        }
    }

    @inlinable
    func index(of key: Key) -> Int? {
        for index in storage.indices where storage[index].key == key { return index }
        return nil
    }
}

extension AssociationList: ExpressibleByDictionaryLiteral where Key: Equatable {
    /// Makes a list; of a key that stands twice the last value counts.
    @inlinable
    public init(dictionaryLiteral elements: (Key, Value)...) {
        self.init()
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
        for stored in entries {
            var entry = Hasher()
            entry.combine(stored.key)
            entry.combine(stored.value)
            sum &+= entry.finalize()
        }
        hasher.combine(sum)
    }
}
