// swift-tools-version: 6.3
import PackageDescription

// The memory of isorun-suite is what its containers' first processes are copies of: without a loader and libraries there
// is less of it. Foundation can be linked so only where the whole of Swift is (`--static-swift-stdlib`), as
// Harness/lib/build has it and says.
let staticSuite: [LinkerSetting] =
    Context.environment["ISORUN_STATIC_SUITE"] == "1"
    ? [.unsafeFlags(["-static-executable"], .when(configuration: .release))] : []

let package = Package(
    name: "isorun",
    products: [
        .library(name: "Isorun", targets: ["Isorun"]),
        .executable(name: "isorun", targets: ["IsorunCommand"]),
        .executable(name: "isorun-report", targets: ["IsorunReportCommand"]),
        .executable(name: "isorun-suite", targets: ["IsorunSuiteCommand"]),
        .executable(name: "isorun-bench", targets: ["IsorunBenchCommand"]),
        .executable(name: "isorun-container", targets: ["IsorunContainerCommand"]),
        .executable(name: "isorun-image", targets: ["IsorunImageCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    ],
    targets: [
        // What runs between clone3 and execve, and PID 1. Depends on nothing.
        .target(name: "CIsorunChild"),
        // System calls and constants that Swift's Glibc module lacks.
        .target(name: "CIsorunSystem"),
        .systemLibrary(name: "Clibseccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "Clibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "Clibarchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "Clibxml2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        .target(name: "IsorunModel", dependencies: [.systemPackage]),
        .target(name: "IsorunPlanning", dependencies: ["IsorunModel"]),
        .target(name: "IsorunSystem", dependencies: ["CIsorunSystem", "IsorunModel", .systemPackage]),
        .target(name: "IsorunCgroups", dependencies: ["IsorunModel", "IsorunSystem"]),
        .target(name: "IsorunSecurity", dependencies: ["IsorunModel", "IsorunSystem", "Clibseccomp", "Clibcap"]),
        .target(
            name: "IsorunSandbox",
            dependencies: [
                "IsorunImages", "IsorunPlanning", "IsorunCgroups", "IsorunSecurity", "IsorunSystem", "CIsorunChild",
            ]
        ),
        .target(
            name: "IsorunReporting",
            dependencies: ["CIsorunSystem", "IsorunModel", "IsorunPlanning", "IsorunSystem"]
        ),
        // libxml2 is kept out of the launch path: only the reporting program links it.
        .target(name: "IsorunJUnit", dependencies: ["IsorunModel", "IsorunSystem", "Clibxml2"]),
        .target(name: "Isorun", dependencies: ["IsorunSandbox", "IsorunPlanning", "IsorunReporting", "IsorunSystem"]),
        // The options of `run`: a fast lexer for the launch path, and the same options declared for ArgumentParser.
        .target(name: "IsorunArguments", dependencies: ["IsorunModel", .argumentParser, .systemPackage]),
        .executableTarget(
            name: "IsorunCommand",
            dependencies: ["Isorun", "IsorunArguments", "IsorunReporting", "IsorunSystem", .argumentParser],
            // A static program starts in half the time of a dynamic one; it needs no NSS and no plug-ins.
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]
        ),
        .executableTarget(
            name: "IsorunReportCommand",
            dependencies: ["IsorunJUnit", "IsorunProgress", "IsorunReporting", "IsorunSystem", .argumentParser]
        ),

        // Containers that live on: their records, logs and keepers, and the commands about them. None of it is linked
        // into the program that launches a job in the foreground.
        .target(
            name: "IsorunContainers",
            dependencies: [
                "IsorunImages", "IsorunModel", "IsorunPlanning", "IsorunReporting", "IsorunSandbox", "IsorunSystem",
                "CIsorunSystem", .systemPackage,
            ]
        ),
        .executableTarget(
            name: "IsorunContainerCommand",
            dependencies: [
                "IsorunContainers", "IsorunArguments", "IsorunModel", "IsorunReporting", "IsorunSandbox",
                "IsorunSystem", .argumentParser, .systemPackage,
            ],
            // A keeper lives as long as its container: without a loader and libraries of its own it stays small.
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]
        ),
        .testTarget(
            name: "IsorunContainersTests",
            dependencies: [
                "IsorunTestSupport",
                "CIsorunSystem", "IsorunContainers", "IsorunModel", "IsorunPlanning", "IsorunReporting",
                "IsorunSandbox", "IsorunSystem",
                .systemPackage,
            ]
        ),

        // Images. What a container is started with is a few files of the store, which this reads; what writes the store,
        // and what talks to registries, is a program of its own.
        .target(
            name: "IsorunImages",
            dependencies: ["CIsorunSystem", "IsorunModel", "IsorunReporting", "IsorunSystem", .systemPackage]
        ),
        .target(
            name: "IsorunImageStore",
            dependencies: [
                "IsorunImages", "IsorunModel", "IsorunReporting", "IsorunSystem", "CIsorunSystem", "Clibarchive",
                .crypto,
                .systemPackage,
            ]
        ),
        // What is fetched from registries; only the program for images links an HTTP client.
        .target(
            name: "IsorunRegistry",
            dependencies: [
                "IsorunImageStore", "IsorunImages", "IsorunModel", "IsorunReporting", "IsorunSystem", .httpClient,
                .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .systemPackage,
            ]
        ),
        .executableTarget(
            name: "IsorunImageCommand",
            dependencies: [
                "IsorunRegistry", "IsorunImageStore", "IsorunImages", "IsorunContainers", "IsorunModel",
                "IsorunReporting",
                "IsorunSandbox", "IsorunSystem", "CIsorunSystem", .argumentParser, .systemPackage,
            ]
        ),
        .testTarget(
            name: "IsorunImagesTests",
            dependencies: [
                "IsorunTestSupport",
                "IsorunRegistry",
                "IsorunImageStore", "IsorunImages", "IsorunModel", "IsorunReporting", "IsorunSystem", "CIsorunSystem",
                .systemPackage,
            ]
        ),

        // Many jobs. None of it is linked into the program that launches one.
        .target(name: "IsorunRunner", dependencies: ["IsorunModel", "IsorunSystem"]),
        .target(
            name: "IsorunSuite",
            dependencies: ["IsorunModel", "IsorunArguments", .yams, .systemPackage],
            exclude: ["Schema"]
        ),
        .target(
            name: "IsorunFrameworks",
            dependencies: ["IsorunModel", "IsorunReporting", "IsorunSystem", .systemPackage]
        ),
        .target(name: "IsorunProgress", dependencies: ["IsorunModel", "IsorunReporting"]),
        .executableTarget(
            name: "IsorunSuiteCommand",
            dependencies: [
                "Isorun", "IsorunSuite", "IsorunRunner", "IsorunFrameworks", "IsorunProgress", "IsorunArguments",
                "IsorunReporting", "IsorunSystem", .argumentParser, .systemPackage,
            ],
            linkerSettings: staticSuite
        ),

        // What tests of several targets need.
        .target(
            name: "IsorunTestSupport",
            dependencies: ["IsorunSystem", .systemPackage],
            path: "Tests/IsorunTestSupport"
        ),
        .testTarget(name: "IsorunRunnerTests", dependencies: ["IsorunRunner"]),
        .testTarget(
            name: "IsorunSuiteTests",
            dependencies: [
                "IsorunSuite", "IsorunArguments", "IsorunFrameworks", "IsorunModel", "IsorunReporting", .systemPackage,
            ]
        ),
        .testTarget(
            name: "IsorunProgressTests",
            dependencies: ["IsorunProgress", "IsorunModel", "IsorunReporting"]
        ),
        .testTarget(name: "IsorunFrameworksTests", dependencies: ["IsorunFrameworks"]),
        .testTarget(
            name: "IsorunSuiteCommandTests",
            dependencies: [
                "IsorunTestSupport",
                "IsorunSuiteCommand", "IsorunFrameworks", "IsorunModel", "IsorunProgress", "IsorunRunner",
                "IsorunSandbox",
                .systemPackage,
            ]
        ),
        // The bench. None of it is linked into the program that launches a job.
        .target(name: "CIsorunBench"),
        .target(
            name: "IsorunBench",
            dependencies: [
                "CIsorunBench", "IsorunModel", "IsorunReporting", "Clibarchive", .histogram, .systemPackage,
            ]
        ),
        .executableTarget(
            name: "IsorunBenchCommand",
            dependencies: ["IsorunBench", "IsorunReporting", "IsorunSystem", .argumentParser]
        ),
        .testTarget(
            name: "IsorunBenchTests",
            dependencies: ["IsorunBench", "CIsorunBench", "IsorunReporting", "Clibarchive"]
        ),

        .testTarget(name: "IsorunCgroupsTests", dependencies: ["IsorunCgroups"]),
        .testTarget(name: "IsorunModelTests", dependencies: ["IsorunModel", .systemPackage]),
        .testTarget(
            name: "IsorunPlanningTests",
            dependencies: ["IsorunPlanning", "IsorunReporting", .systemPackage],
            exclude: ["Snapshots"]
        ),
        .testTarget(
            name: "IsorunDoctorTests",
            dependencies: ["IsorunSandbox", "IsorunReporting", "IsorunCgroups", .systemPackage],
            exclude: ["Snapshots"]
        ),
        .testTarget(name: "IsorunReportingTests", dependencies: ["IsorunReporting"], exclude: ["Snapshots"]),
        .testTarget(
            name: "IsorunJUnitTests",
            dependencies: ["IsorunJUnit", "IsorunReporting", "IsorunReportCommand"],
            exclude: ["Snapshots"]
        ),
        .testTarget(
            name: "IsorunArgumentsTests",
            dependencies: ["IsorunArguments", "IsorunModel", .argumentParser, .systemPackage]
        ),
        .testTarget(
            name: "IsorunSandboxTests",
            dependencies: [
                "IsorunTestSupport",
                "IsorunSandbox", "IsorunModel", "IsorunPlanning", "IsorunCgroups", "IsorunSystem", "CIsorunChild",
                .systemPackage,
            ]
        ),
        .testTarget(name: "IsorunSecurityTests", dependencies: ["IsorunSecurity"]),
    ],
    cLanguageStandard: .gnu17
)

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let yams: Self = .product(name: "Yams", package: "Yams")
    static let histogram: Self = .product(name: "Histogram", package: "hdrhistogram-swift")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let httpClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let systemPackage: Self = .product(name: "SystemPackage", package: "swift-system")
}

let swiftSettings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]
let cSettings: [CSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

for target in package.targets where target.type != .system && target.type != .plugin {
    if target.name.hasPrefix("C") {
        target.cSettings = (target.cSettings ?? []) + cSettings
    } else {
        target.swiftSettings = (target.swiftSettings ?? []) + swiftSettings
    }
}
