import Clibxml2

/// Writes one XML document into memory; `xmlTextWriter` of libxml2.
///
/// Every text goes through `XMLText.legal` first, so that no byte of a job can break the document.
@safe
struct XMLWriter: ~Copyable {
    private let buffer: xmlBufferPtr
    private let writer: xmlTextWriterPtr

    /// Makes a writer; `xmlNewTextWriterMemory`.
    init() throws(JUnitError) {
        guard let buffer = unsafe xmlBufferCreate() else { throw JUnitError("libxml2 has no memory for a report") }
        guard let writer = unsafe xmlNewTextWriterMemory(buffer, 0) else {
            unsafe xmlBufferFree(buffer)
            throw JUnitError("libxml2 cannot make a writer")
        }
        unsafe self.buffer = buffer
        unsafe self.writer = writer
    }

    /// Begins the document, in UTF-8; `xmlTextWriterStartDocument`.
    func begin() throws(JUnitError) {
        try check(unsafe xmlTextWriterSetIndent(writer, 1))
        try check(unsafe xmlTextWriterSetIndentString(writer, "  "))
        try check(unsafe xmlTextWriterStartDocument(writer, "1.0", "UTF-8", nil))
    }

    deinit {
        unsafe xmlFreeTextWriter(writer)
        unsafe xmlBufferFree(buffer)
    }

    /// Opens an element, lets `content` fill it, and closes it; `xmlTextWriterStartElement`.
    func element(_ name: String, content: () throws(JUnitError) -> Void) throws(JUnitError) {
        try check(unsafe xmlTextWriterStartElement(writer, name))
        try content()
        try check(unsafe xmlTextWriterEndElement(writer))
    }

    /// Adds an attribute to the element that was just opened; nothing for nil; `xmlTextWriterWriteAttribute`.
    func attribute(_ name: String, _ value: String?) throws(JUnitError) {
        guard let value else { return }
        try check(unsafe xmlTextWriterWriteAttribute(writer, name, XMLText.legal(value)))
    }

    /// Adds text; `xmlTextWriterWriteString`.
    func text(_ text: String) throws(JUnitError) {
        guard !text.isEmpty else { return }
        try check(unsafe xmlTextWriterWriteString(writer, XMLText.legal(text)))
    }

    /// Ends the document and hands over its bytes; `xmlTextWriterEndDocument`.
    consuming func finish() throws(JUnitError) -> [UInt8] {
        try check(unsafe xmlTextWriterEndDocument(writer))
        try check(unsafe xmlTextWriterFlush(writer))
        guard let content = unsafe xmlBufferContent(buffer) else { throw JUnitError("libxml2 wrote nothing") }
        return unsafe Array(UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(buffer))))
    }

    private func check(_ result: Int32) throws(JUnitError) {
        guard result >= 0 else { throw JUnitError("libxml2 cannot write the report: it is out of memory") }
    }
}
