// swift-tools-version: 6.0
import PackageDescription

// `scripts/test-swift.sh` writes what is generated (`Sources/Prm/Generated` and the headers of `PrmFFI`), puts `codes.json`
// beside it, and says where the library is; by itself this folder does not build.
let package = Package(
    name: "Prm",
    platforms: [.iOS(.v13), .macOS(.v10_15)],
    products: [.library(name: "Prm", targets: ["Prm"])],
    targets: [
        .systemLibrary(name: "PrmFFI"),
        .target(name: "Prm", dependencies: ["PrmFFI"], resources: [.copy("Generated/codes.json")]),
        .testTarget(name: "PrmTests", dependencies: ["Prm"]),
    ],
    swiftLanguageModes: [.v6]
)
