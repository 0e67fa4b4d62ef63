import Foundation
import Prm
import Testing

@Suite("One deal from draft to approval, beside another for the same account under another name")
struct TourTests {
    @Test("two partners ask for one account")
    func tour() throws {
        // The tour begins.
        let book = DealBook()
        _ = try book.open(id: "r-1", form: form("alpine", "a-1", "Contoso Works Ltd"), given: given, act: act(sales("alpine")))
        _ = try book.command(id: "r-1", command: .submit, given: given, act: act(sales("alpine")))
        _ = try book.open(id: "r-2", form: form("ridge", "a-2", "CONTOSO WORKS"), given: given, act: act(sales("ridge"), 5))
        _ = try book.command(id: "r-2", command: .submit, given: given, act: act(sales("ridge"), 5))

        // The second waits behind the first, and cannot be approved.
        do {
            _ = try book.command(id: "r-2", command: .approve(lines: []), given: given, act: act(manager, 6))
            Issue.record("it was approved")
        } catch PrmError.Refused(let code, _, let facts) {
            #expect(code == "registration.conflict")
            #expect(facts["lines"] == "[1]")
        }

        // The first is approved, and the second is told by the same stroke.
        let done = try book.command(id: "r-1", command: .approve(lines: []), given: given, act: act(manager, 7))
        #expect(done.others.map(\.id) == ["r-2"])
        let first = try #require(try book.registration(id: "r-1", act: act(sales("alpine"))))
        #expect(first.lines[0].review == .approved(at: noon + 7 * 60))
        #expect(first.lines[0].protection?.until == CalendarDate("2025-08-31"))
        let second = try book.registration(id: "r-2", act: act(sales("ridge")))
        #expect(second?.stage == .rejected)
        // To another partner it does not exist.
        #expect(try book.registration(id: "r-1", act: act(sales("ridge"))) == nil)
        // The tour ends.
    }

    @Test("the README shows it as it is")
    func readme() throws {
        let source = try text(of: "bindings/mobile/swift/Tests/PrmTests/TourTests.swift").components(separatedBy: "\n")
        let begin = try #require(source.firstIndex { $0.hasSuffix("// The tour begins.") })
        let end = try #require(source.firstIndex { $0.hasSuffix("// The tour ends.") })
        let tour = source[(begin + 1)..<end].map { $0.dropFirst(8) }
        #expect((15...30).contains(tour.count))
        #expect(try text(of: "README.md").contains(tour.joined(separator: "\n")), "the README shows another tour")
    }
}
