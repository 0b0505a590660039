import IsorunModel
import Testing

@Suite struct `Sizes` {
    @Test(arguments: [("64k", 65_536), ("256m", 268_435_456), ("1.5g", 1_610_612_736), ("12", 12), ("1KiB", 1024)])
    func `are read as docker reads them`(text: String, bytes: UInt64) {
        #expect(ByteCount(parsing: text) == ByteCount(bytes))
    }

    @Test(arguments: ["", "k", "-1", "1.5", "1..5k", ".5g", "5.", "1x", "1e3", "9999999999g", "٣k", " 1k", "0x10"])
    func `that are none are refused`(text: String) {
        #expect(ByteCount(parsing: text) == nil)
    }
}

@Suite struct `Durations` {
    @Test(arguments: [("250ms", 250.0), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("1.5s", 1500)])
    func `are read with their units`(text: String, milliseconds: Double) {
        #expect(Duration(parsing: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "5", "m", "30m1h", "1h1h", "-3s", "1.s", "9999999h", "1 h", "5sec"])
    func `that are none are refused`(text: String) {
        #expect(Duration(parsing: text) == nil)
    }
}
