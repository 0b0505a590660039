import Clibxml2
import Glibc

/// Reads one XML document node by node; `xmlTextReader` of libxml2 with every limit of it on.
///
/// No network, no document type, no entity is loaded or substituted, and libxml2's own bounds hold
/// (`XML_PARSE_HUGE` is not set).
@safe
struct XMLReader: ~Copyable {
    /// What stands next in the document.
    enum Node {
        /// An element begins; `isEmpty` where it has no end of its own.
        case start(String, isEmpty: Bool)
        /// An element ends.
        case end
        /// Text, or a CDATA section.
        case text
        /// A comment or a processing instruction.
        case other
    }
    private let memory: UnsafeMutableBufferPointer<CChar>
    private let reader: xmlTextReaderPtr

    /// Begins to read a document in UTF-8; `xmlReaderForMemory`.
    init(_ bytes: [UInt8]) throws(JUnitError) {
        _ = Self.refuseExternalEntities
        // XML_PARSE_NOERROR alone lets some complaints through to standard error, with what the job wrote in them.
        unsafe xmlSetStructuredErrorFunc(nil) { _, _ in }
        let memory = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(bytes.count, 1))
        _ = unsafe memory.update(fromContentsOf: bytes.lazy.map { CChar(bitPattern: $0) })
        let flags = [XML_PARSE_NONET, XML_PARSE_NOERROR, XML_PARSE_NOWARNING, XML_PARSE_IGNORE_ENC]
        let options = flags.reduce(Int32(0)) { $0 | Int32(bitPattern: $1.rawValue) }
        xmlResetLastError()
        guard
            let reader = unsafe xmlReaderForMemory(memory.baseAddress, Int32(bytes.count), nil, "UTF-8", options)
        else {
            unsafe memory.deallocate()
            throw JUnitError("libxml2 cannot make a reader")
        }
        unsafe self.memory = memory
        unsafe self.reader = reader
    }

    deinit {
        unsafe xmlFreeTextReader(reader)
        unsafe memory.deallocate()
    }

    /// Goes to the next node; nil at the end; `xmlTextReaderRead`.
    ///
    /// - Throws: `JUnitError` where the document is not well formed.
    func next() throws(JUnitError) -> Node? {
        switch unsafe xmlTextReaderRead(reader) {
        case 0: return nil
        case 1: break
        default: throw JUnitError("it is not well-formed XML: \(Self.lastError())")
        }
        switch UInt32(bitPattern: unsafe xmlTextReaderNodeType(reader)) {
        case XML_READER_TYPE_ELEMENT.rawValue:
            let name = unsafe Self.text(xmlTextReaderConstLocalName(reader), limit: 64)
            return .start(name, isEmpty: unsafe xmlTextReaderIsEmptyElement(reader) == 1)
        case XML_READER_TYPE_END_ELEMENT.rawValue: return .end
        case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue: return .text
        case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue:
            throw JUnitError("it holds a document type declaration or an entity, which is refused")
        default: return .other
        }
    }

    /// How deep the current node stands; the root is 0; `xmlTextReaderDepth`.
    var depth: Int { unsafe Int(xmlTextReaderDepth(reader)) }

    /// The current text, cut at a number of bytes; `xmlTextReaderConstValue`.
    func value(limit: Int) -> String { unsafe Self.text(xmlTextReaderConstValue(reader), limit: limit) }

    /// An attribute of the current element, cut at a number of bytes; `xmlTextReaderMoveToAttribute`.
    func attribute(_ name: String, limit: Int) -> String? {
        guard unsafe xmlTextReaderMoveToAttribute(reader, name) == 1 else { return nil }
        defer { _ = unsafe xmlTextReaderMoveToElement(reader) }
        return value(limit: limit)
    }

    /// For the whole process: whatever else fails, libxml2 opens no file.
    private static let refuseExternalEntities: Void = unsafe xmlSetExternalEntityLoader { _, _, _ in nil }

    private static func text(_ start: UnsafePointer<xmlChar>?, limit: Int) -> String {
        guard let start = unsafe start else { return "" }
        let length = unsafe start.withMemoryRebound(to: CChar.self, capacity: limit) { unsafe strnlen($0, limit) }
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }

    /// The last complaint of libxml2 on one line; it quotes the document, so it is cut and holds no control character.
    private static func lastError() -> String {
        guard let error = unsafe xmlGetLastError(), let message = unsafe error.pointee.message else { return "unknown" }
        let text = unsafe String(cString: message).unicodeScalars.prefix(200).filter { $0.properties.isPrintable }
        return "line \(unsafe error.pointee.line): \(String(String.UnicodeScalarView(text)))"
    }
}

extension Unicode.Scalar.Properties {
    /// Whether a terminal shows the scalar and does nothing else with it.
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
