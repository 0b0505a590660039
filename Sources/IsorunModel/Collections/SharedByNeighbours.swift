/// A value that is made once for keys that come one after another and are the same.
///
/// So the tests of a package, and the cells of a matrix, have one array of needs together, as ``NeedGroups`` wants it.
public struct SharedByNeighbours<Key: Equatable, Value> {
    private var last: (key: Key, value: Value)?

    /// Before the first key.
    public init() {}

    /// The value of a key, made where the key before was another one.
    public mutating func value(of key: Key, _ make: (Key) -> Value) -> Value {
        if let last, last.key == key { return last.value }
        let value = make(key)
        last = (key, value)
        return value
    }
}
