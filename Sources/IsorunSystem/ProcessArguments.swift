internal import CIsorunSystem
internal import Glibc
public import IsorunModel

/// The words that this process was started with.
public enum ProcessArguments {
    /// Without its own name, as the kernel gave them.
    public static var bytes: [ByteString] {
        var words: [ByteString] = []
        while let word = unsafe isorun_argument(Int32(words.count + 1)) {
            unsafe words.append(ByteString(UnsafeRawBufferPointer(start: word, count: strlen(word))))
        }
        return words
    }

    /// The same as text.
    public static var words: [String] { bytes.map(\.text) }
}
