/// How many containers of which kind are kept ready: numbers only, so that every order of events can be tried without a
/// container.
///
/// Each job that finds nothing raises how many are kept, up to a bound; those of a kind that nobody asks for make room.
struct PoolDemand<Key: Hashable> {
    /// What to do after a job has asked.
    struct Answer: Equatable {
        /// Whether one is there for it.
        var isThere = false
        /// How many of its kind to make.
        var make = 0
        /// Kinds of which one is to go, to make room.
        var givenUp: [Key] = []
    }

    /// How many are kept ready for a kind.
    private(set) var target = 1
    /// How many jobs are still to come, where somebody knows.
    var expected: Int?
    private(set) var isClosed = false
    private let most: Int
    private var kinds: [Kind] = []

    /// A kind that was asked for, the latest last.
    private struct Kind {
        var key: Key
        var ready = 0
        var making = 0
        /// Whether making one has failed: the rest start cold, and say why.
        var isBroken = false
    }

    init(most: Int) { self.most = max(most, 0) }

    /// How many there are, or are being made.
    var count: Int { kinds.reduce(0) { $0 + $1.ready + $1.making } }

    /// A job asks, or asks again since what it found was not current.
    mutating func ask(_ key: Key, isNew: Bool = true) -> Answer {
        var answer = Answer()
        if isNew, let left = expected { expected = max(left - 1, 0) }
        var kind = kinds.firstIndex { $0.key == key }.map { kinds.remove(at: $0) } ?? Kind(key: key)
        if kind.ready > 0 {
            kind.ready -= 1
            answer.isThere = true
        } else {
            target = min(target + 1, most)
        }
        if !isClosed && !kind.isBroken {
            let wanted = min(target, expected ?? target) - kind.ready - kind.making
            let others = count
            var room = most - others - kind.ready - kind.making
            for index in kinds.indices {
                while room < wanted && kinds[index].ready > 0 {
                    kinds[index].ready -= 1
                    answer.givenUp.append(kinds[index].key)
                    room += 1
                }
            }
            answer.make = max(min(wanted, room), 0)
            kind.making += answer.make
        }
        kinds.removeAll { $0.ready + $0.making == 0 && !$0.isBroken }
        kinds.append(kind)
        return answer
    }

    /// One that was to be made is there, or could not be made.
    mutating func end(_ key: Key, made: Bool) {
        guard let index = kinds.firstIndex(where: { $0.key == key }) else { return }
        kinds[index].making -= 1
        if made { kinds[index].ready += 1 } else { kinds[index].isBroken = !isClosed }
    }

    /// Nothing more is made.
    mutating func close() { isClosed = true }
}
