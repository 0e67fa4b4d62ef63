import Foundation
import Prm
import Testing

@Suite("Deals in a database on the phone")
struct StoreTests {
    /// A store in a folder of its own, which is gone afterwards.
    private func stored<T>(_ body: (PrmStore) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await PrmStore.open(address: "sqlite:\(folder.path)/deals.db?mode=rwc", tenant: "acme")
        let answer = try await body(store)
        try await store.shut()
        return answer
    }

    @Test("what is sent again happened once")
    func again() async throws {
        let alpine = sales("alpine")
        let store = try await stored { store in
            _ = try await store.openDeal(id: "r", form: form("alpine", "a", "Contoso"), given: given, act: act(alpine, key: "open"))
            let first = try await store.commandDeal(id: "r", command: .submit, given: given, act: act(alpine, 1, key: "submit"))
            let again = try await store.commandDeal(id: "r", command: .submit, given: given, act: act(alpine, 9, key: "submit"))
            #expect(!first.repeated && again.repeated)
            #expect(first.events == again.events)
            #expect(try await store.dealHistory(id: "r", act: act(alpine)).count == 2)
            // Others do not learn that it is there.
            #expect(try await store.deal(id: "r", act: act(sales("ridge"))) == nil)
            var stale = act(alpine, 2, key: "withdraw")
            stale.expectedVersion = .max
            await #expect(throws: PrmError.self) { try await store.commandDeal(id: "r", command: .withdraw, given: given, act: stale) }
            return store
        }
        do {
            _ = try await store.deal(id: "r", act: act(alpine))
            Issue.record("it is still open")
        } catch PrmError.Failed(let code, _, _) {
            #expect(code == "store.lost")
        }
    }

    @Test("a call whose task is cancelled is whole or nothing")
    func cancelled() async throws {
        let alpine = sales("alpine")
        try await stored { store in
            var (whole, nothing) = (0, 0)
            for number in 0..<200 {
                let (id, submit) = ("r-\(number)", act(alpine, 1, key: "submit-\(number)"))
                _ = try await store.openDeal(
                    id: id, form: form("alpine", "a-\(number)", "Account \(number)"), given: given, act: act(alpine, key: "open-\(number)"))
                let call = Task {
                    try Task.checkCancellation()
                    return try await store.commandDeal(id: id, command: .submit, given: given, act: submit)
                }
                if number % 5 > 0 { try await Task.sleep(nanoseconds: UInt64(number % 5) * 300_000) }
                call.cancel()
                let happened: Bool
                switch await call.result {
                case .success: (happened, whole) = (true, whole + 1)
                case .failure(let error):
                    #expect(error is CancellationError)
                    (happened, nothing) = (false, nothing + 1)
                }
                #expect(try await store.dealHistory(id: id, act: act(alpine)).count == (happened ? 2 : 1))
                let after = try await store.commandDeal(id: id, command: .submit, given: given, act: submit)
                #expect(after.version == 2 && after.repeated == happened)
                #expect(try await store.dealHistory(id: id, act: act(alpine)).count == 2)
            }
            #expect(whole > 0 && nothing > 0)
        }
    }

    @Test("a file that is no database is told")
    func noDatabase() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).db")
        try Data(String(repeating: "this is no database, and long enough to be read as one", count: 40).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            _ = try await PrmStore.open(address: "sqlite:\(file.path)?mode=rwc", tenant: "acme")
            Issue.record("it was opened")
        } catch PrmError.Failed(let code, _, _) {
            #expect(code == "store.corrupt")
        }
    }

    @Test("of eight who ask for one account at once each has a place of its own")
    func places() async throws {
        let partners = (1...8).map { "partner-\($0)" }
        let given = try office(partners)
        let lines = try await stored { store in
            try await withThrowingTaskGroup(of: RegisteredLineAtPlace.self) { group in
                for partner in partners {
                    group.addTask {
                        let form = form(partner, "account-of-\(partner)", "Contoso Works")
                        _ = try await store.openDeal(id: "of-\(partner)", form: form, given: given, act: act(sales(partner)))
                        let done = try await store.commandDeal(id: "of-\(partner)", command: .submit, given: given, act: act(sales(partner), 1))
                        let place = try #require(done.registration.assessment).lines[0].place
                        return RegisteredLineAtPlace(place: place, review: done.registration.lines[0].review)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.place < $1.place }
            }
        }
        #expect(lines.map(\.place) == Array(1...8))
        #expect(lines[0].review == .pending(approvedBy: []))
        #expect(lines.dropFirst().allSatisfy { $0.review == .waiting(code: "earlier_pending") })
    }

    private struct RegisteredLineAtPlace {
        let place: UInt32
        let review: LineState
    }
}
