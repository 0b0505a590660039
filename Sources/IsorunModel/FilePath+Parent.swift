public import SystemPackage

extension FilePath {
    /// The directory that an absolute, normalized path is in; nil for `/`.
    ///
    /// `removeLastComponent` does the same by way of generic collections, which has the runtime search every conformance
    /// of the program: too slow for the launch path.
    public var parent: FilePath? {
        unsafe withPlatformString { text in
            var last = 0
            var length = 0
            while unsafe text[length] != 0 {
                if unsafe text[length] == CInterop.PlatformChar(bitPattern: UInt8(ascii: "/")) { last = length }
                length += 1
            }
            if length <= 1 { return nil }
            var bytes = unsafe Array(UnsafeBufferPointer(start: text, count: max(last, 1)))
            bytes.append(0)
            return unsafe bytes.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return nil }
                return unsafe FilePath(platformString: start)
            }
        }
    }
}
