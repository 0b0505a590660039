internal import IsorunModel
internal import SystemPackage

// A FilePath holds any bytes; its String is repaired where they are no UTF-8, and so names another file.
extension FilePath {
    /// The path's own bytes.
    var bytes: [UInt8] { unsafe withPlatformString { unsafe collectBytes($0) } }

    /// A path of any bytes.
    init(_ bytes: [UInt8]) {
        unsafe self.init(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
    }
}

extension FilePath.Component {
    /// The component's own bytes.
    var bytes: [UInt8] { unsafe withPlatformString { unsafe collectBytes($0) } }
}

private func collectBytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    var bytes: [UInt8] = []
    var next = unsafe text
    while unsafe next.pointee != 0 {
        unsafe bytes.append(UInt8(bitPattern: next.pointee))
        unsafe next += 1
    }
    return bytes
}
