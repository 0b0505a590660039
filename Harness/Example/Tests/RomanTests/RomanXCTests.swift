import Roman
import XCTest

final class RomanXCTests: XCTestCase {
    func testEveryNumberIsWrittenInItsOwnWay() {
        let texts = (1...3999).compactMap { Roman($0)?.text }
        XCTAssertEqual(Set(texts).count, 3999)
    }
}
