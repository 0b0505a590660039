// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Bad",
    targets: [.target(name: "Bad"), .testTarget(name: "BadTests", dependencies: ["Bad"])]
)
