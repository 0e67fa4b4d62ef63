import Foundation
import Prm
import Testing

@Suite("Handles are used from everywhere at once")
struct SharingTests {
    /// Takes only what may be shared between threads: that it compiles is the proof.
    private func shared<T: Sendable>(_: T.Type) {}

    @Test("handles, records and errors are Sendable")
    func sendable() {
        shared(Program.self)
        shared(DealGiven.self)
        shared(Deal.self)
        shared(DealBook.self)
        shared(SalesBook.self)
        shared(CodeTexts.self)
        shared(PrmStore.self)
        shared(Registration.self)
        shared(CalendarDate.self)
        shared(PrmError.self)
    }

    @Test("eight threads get one answer")
    func threads() async throws {
        let nobody = DealFound(accounts: [], registrations: [])
        let answers = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var answers: Set<String> = []
                    for _ in 0..<50 {
                        let draft = try openDeal(form: form("alpine", "a", "Contoso"), given: given, act: act(sales("alpine")))
                        let decided = try decideDeal(
                            registration: draft.registration, command: .submit, given: given, found: nobody, act: act(sales("alpine"), 1))
                        answers.insert(try registrationToJson(of: decided.registration))
                    }
                    return answers
                }
            }
            return try await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        #expect(answers.count == 1)
        #expect(answers.first?.contains(#""stage":{"name":"submitted"}"#) == true)
    }
}
