import IsorunCgroups
import IsorunModel
import Testing

@testable import IsorunSandbox
@testable import IsorunSystem

@Suite struct `The sampler` {
    private let start: UInt64 = 1_000_000_000

    private func space(_ used: UInt64, of total: UInt64, files: UInt64 = 1, of most: UInt64 = 100) -> FileSystemUsage {
        FileSystemUsage(bytesUsed: used, bytesTotal: total, filesUsed: files, filesTotal: most)
    }

    @Test func `looks when it is time to, and seldom in the end`() {
        var sampler = Sampler(startedAt: start, cpuLimit: nil, cpus: 2)
        var looks = 0
        var gaps: [UInt64] = []
        for _ in 0..<40 {
            let due = sampler.nextDeadline
            func look() -> FileSystemUsage? {
                looks += 1
                return nil
            }
            _ = sampler.tick(due - 1, memory: MemorySample(), cpuUsage: 0, disk: look())
            _ = sampler.tick(due, memory: MemorySample(), cpuUsage: 0, disk: look())
            gaps.append(sampler.nextDeadline - due)
        }
        #expect(looks == 40)
        #expect(gaps == gaps.sorted() && gaps.first == 25_000_000 && gaps.last == 500_000_000)
    }

    @Test func `keeps the highest of what it saw, and nil of what it never saw`() {
        var sampler = Sampler(startedAt: start, cpuLimit: nil, cpus: 1)
        for bytes: UInt64 in [5, 9, 7] {
            var sample = MemorySample()
            sample.anonymous = bytes
            _ = sampler.tick(
                sampler.nextDeadline,
                memory: sample,
                cpuUsage: nil,
                disk: space(bytes * 1000, of: 1 << 30)
            )
        }
        sampler.finish(disk: space(8000, of: 1 << 30))
        #expect(sampler.usage.memoryAnonBytes == 9 && sampler.usage.diskPeakBytes == 9000)
        #expect(sampler.usage.swapPeakBytes == nil && sampler.usage.memoryFileBytes == nil)
        #expect(!sampler.diskWasFull && !sampler.inodesWereUsedUp)
    }

    // Used, size, and whether that is full: not one page is left.
    @Test(
        arguments: [
            (0, 4096, false), (4096, 4096, true), (0, 65536, false), ((4 << 20) - 4095, 4 << 20, true),
            ((4 << 20) - 4096, 4 << 20, false), (0, 0, false),
        ] as [(UInt64, UInt64, Bool)]
    )
    func `says when the disk was full`(used: UInt64, size: UInt64, isFull: Bool) {
        var sampler = Sampler(startedAt: start, cpuLimit: nil, cpus: 1)
        sampler.finish(disk: space(used, of: size))
        #expect(sampler.diskWasFull == isFull)
    }

    @Test func `says when no file was left, and remembers it`() {
        var sampler = Sampler(startedAt: start, cpuLimit: nil, cpus: 1)
        sampler.finish(disk: space(0, of: 1 << 20, files: 98, of: 100))
        #expect(!sampler.inodesWereUsedUp)
        sampler.finish(disk: space(0, of: 1 << 20, files: 99, of: 100))
        sampler.finish(disk: space(0, of: 1 << 20, files: 1, of: 100))
        #expect(sampler.inodesWereUsedUp)
    }

    @Test func `ends a job whose CPU time is used up, and looks in time for it`() {
        var sampler = Sampler(startedAt: start, cpuLimit: 10_000, cpus: 4)
        let first = sampler.nextDeadline
        let look1 = sampler.tick(first, memory: MemorySample(), cpuUsage: 2000, disk: nil)
        #expect(!look1)
        // 8 ms are left, and four CPUs may use them up in 2 ms.
        #expect(sampler.nextDeadline == first + 2_000_000)
        let look2 = sampler.tick(first + 2_000_000, memory: MemorySample(), cpuUsage: 9999, disk: nil)
        #expect(!look2)
        #expect(sampler.nextDeadline == first + 3_000_000)
        let look3 = sampler.tick(first + 3_000_000, memory: MemorySample(), cpuUsage: 10_000, disk: nil)
        #expect(look3)
    }

    @Test func `does not take an unknown CPU time for a used up one`() {
        var sampler = Sampler(startedAt: start, cpuLimit: 1, cpus: 1)
        let look4 = sampler.tick(sampler.nextDeadline, memory: MemorySample(), cpuUsage: nil, disk: nil)
        #expect(!look4)
    }
}
