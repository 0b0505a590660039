// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Example",
    targets: [
        .target(name: "Roman"),
        .testTarget(name: "RomanTests", dependencies: ["Roman"]),
    ]
)
