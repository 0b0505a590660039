import Bad
import Foundation
import XCTest

final class BadXCTests: XCTestCase {
    func testCrash() { Bad.crash() }
    func testExitZero() { Bad.leave() }
    func testFails() { XCTAssertEqual(1, 2, "one is not two") }
    func testFatalError() { Bad.trap() }
    func testFlood() { Bad.flood() }
    func testForkBomb() { Bad.forkBomb() }
    func testLeak() { Bad.leak() }
    func testLoop() { Bad.loop() }
    func testMemory() { Bad.takeMemory() }
    func testPasses() { XCTAssertTrue(true) }
    func testSkips() throws { throw XCTSkip("not today") }
}
