import Glibc
import IsorunModel
@testable import IsorunSecurity
import SystemPackage
import Testing

@Suite struct `The filter cache` {
    private let scratch: ScratchDirectory
    private let directory: String
    private let file: String
    private let compiler: FilterCompiler

    init() throws {
        scratch = try ScratchDirectory()
        directory = scratch.path + "/isorun/seccomp"
        file = directory + "/" + FilterCache.fileName(.strict, FilterOptions())
        compiler = FilterCompiler(cacheDirectory: FilePath(directory))
    }

    private func compile() throws -> CompiledFilter {
        try #require(try compiler.compile(.builtin(.strict), options: FilterOptions()))
    }

    private func contents() throws -> [UInt8] { try Descriptor.open(file, O_RDONLY).readAll(limit: 65_535) }

    private func overwrite(_ bytes: [UInt8]) throws {
        try Descriptor.open(file, O_WRONLY | O_TRUNC).writeAll(bytes)
    }

    @Test func `gives back what was compiled`() throws {
        let built = try compile()
        let cached = try compile()
        #expect(!built.fromCache && cached.fromCache)
        #expect(
            cached.program == built.program && cached.usesNotification && cached.programDigest == built.programDigest
        )
        #expect(scratch.contents(directory).count == 1, "no temporary file is left")
    }

    @Test func `keeps each profile and option apart`() throws {
        var names: Set<String> = []
        for name in SeccompProfileName.filtering {
            for setID in [false, true] {
                for core in [false, true] {
                    names.insert(FilterCache.fileName(name, FilterOptions(forbidSetIDBits: setID, denyCoreLimit: core)))
                }
            }
        }
        #expect(names.count == 12)
        #expect(
            names.allSatisfy { $0.contains("-r\(BuiltinProfiles.revision)-") && $0.hasSuffix("-\(NativeABI.name).bpf") }
        )
    }

    @Test func `is passed over where a byte was changed, anywhere`() throws {
        _ = try compile()
        let good = try contents()
        for position in stride(from: 0, to: good.count, by: 97) + [8, 12, 16, 24, 31, 32, good.count - 1] {
            var bad = good
            bad[position] ^= 0x20
            try overwrite(bad)
            #expect(FilterCache(directory: directory).lookUp(FilterCache.fileName(.strict, FilterOptions())) == nil)
        }
    }

    @Test func `is passed over where the file is torn, and written anew`() throws {
        let built = try compile()
        let good = try contents()
        for length in [0, 1, 8, 31, 32, 40, good.count - 8, good.count - 1] {
            try overwrite(Array(good.prefix(length)))
            let again = try compile()
            #expect(!again.fromCache && again.program == built.program, "\(length) bytes")
            #expect(try compile().fromCache)
        }
        try overwrite(good + [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(try !compile().fromCache)
        try overwrite([UInt8](repeating: 0, count: 70_000))
        #expect(try !compile().fromCache)
    }

    @Test(arguments: [0o620, 0o602, 0o666] as [mode_t])
    func `is passed over where others can write the file`(mode: mode_t) throws {
        _ = try compile()
        try #require(unsafe chmod(file, mode) == 0)
        #expect(try !compile().fromCache)
    }

    @Test(arguments: [0o770, 0o707, 0o777 | S_ISVTX] as [mode_t])
    func `is passed over where others can write the directory`(mode: mode_t) throws {
        _ = try compile()
        try #require(unsafe chmod(directory, mode) == 0)
        #expect(try !compile().fromCache)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"), arguments: [true, false])
    func `is passed over where it belongs to somebody else`(givesDirectory: Bool) throws {
        _ = try compile()
        try #require(unsafe chown(givesDirectory ? directory : file, 12345, 12345) == 0)
        #expect(try !compile().fromCache)
    }

    @Test func `is passed over behind a symbolic link`() throws {
        let built = try compile()
        try #require(unsafe rename(file, directory + "/elsewhere") == 0)
        try #require(unsafe symlink(directory + "/elsewhere", file) == 0)
        let again = try compile()
        #expect(!again.fromCache && again.program == built.program)
        #expect(try compile().fromCache, "the link was replaced by a file")
        try #require(unsafe symlink(directory, scratch.path + "/link") == 0)
        let linked = FilterCache(directory: scratch.path + "/link")
        #expect(linked.lookUp(FilterCache.fileName(.strict, FilterOptions())) == nil)
    }

    @Test func `is passed over where something else has its name`() throws {
        _ = try compile()
        try #require(unsafe unlink(file) == 0 && mkfifo(file, 0o600) == 0)
        #expect(try !compile().fromCache)
        try #require(unsafe unlink(file) == 0 && mkdir(file, 0o700) == 0)
        #expect(try !compile().fromCache)
        #expect(scratch.contents(directory).count == 1, "what could not be renamed was removed")
    }

    @Test func `that cannot be written is no error`() throws {
        let blocked = FilterCompiler(cacheDirectory: "/proc/isorun/none")
        #expect(try blocked.compile(.builtin(.default), options: FilterOptions()) != nil)
        let file = FilterCompiler(cacheDirectory: "/dev/null")
        #expect(try file.compile(.builtin(.default), options: FilterOptions()) != nil)
    }

    @Test func `stays whole when many write and read it at once`() async throws {
        let expected = try SeccompProfile.builtin(.strict).compiled().program
        let compiler = compiler
        let file = file
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for round in 0..<40 {
                group.addTask {
                    if round.isMultiple(of: 5) { _ = unsafe unlink(file) }
                    let filter = try compiler.compile(.builtin(.strict), options: FilterOptions())
                    return filter?.program == expected
                }
            }
            for try await same in group { #expect(same) }
        }
        #expect(scratch.contents(directory).count == 1)
    }
}
