import Foundation
import Prm
import Testing

@Suite("What crosses: exactly, or with a typed refusal")
struct BorderTests {
    /// What was to be read, and what was given, of a call that is refused for it.
    private func input(_ call: () throws -> Void) throws -> [String] {
        do {
            try call()
        } catch PrmError.Input(let what, let value, let text) {
            #expect(!text.isEmpty)
            return [what, value]
        }
        Issue.record("it was read")
        return []
    }

    private func opened(_ form: DealForm, at: Date = noon) throws {
        _ = try openDeal(form: form, given: given, act: Act(by: sales("alpine"), at: at))
    }

    @Test("what cannot be read is named")
    func named() throws {
        let contoso = form("alpine", "a", "Contoso")
        #expect(try input { try opened(form("two words", "a", "Contoso")) } == ["partner id", "two words"])
        for (amount, told) in [(Decimal(string: "0.001")!, "money"), (.nan, "number"), (.greatestFiniteMagnitude, "number")] {
            var money = contoso
            money.lines = [DealLine(goods: .products("bikes"), value: MoneyAmount(amount: amount, currency: "USD"))]
            #expect(try input { try opened(money) }.first == told)
        }
        for seconds in [.nan, .infinity, -.infinity, .greatestFiniteMagnitude, 1e12, -1e12, 9e18, -0x1p63, 0x1p63] {
            #expect(try input { try opened(contoso, at: Date(timeIntervalSinceReferenceDate: seconds)) }.first == "instant")
        }
        #expect(try input { _ = try Program.read(document: "format: 2") }.first == "program")
        do {
            try opened(form("two words", "a", "Contoso"))
        } catch {
            #expect(error.localizedDescription.hasPrefix("partner id: `two words`: "))
        }
    }

    @Test("a decision is never dated before what it decides on")
    func early() throws {
        let draft = try openDeal(form: form("alpine", "a", "Contoso"), given: given, act: act(sales("alpine"), 5)).registration
        let nobody = DealFound(accounts: [], registrations: [])
        do {
            _ = try decideDeal(registration: draft, command: .submit, given: given, found: nobody, act: act(sales("alpine"), 4))
            Issue.record("it was decided")
        } catch let early as PrmError {
            guard case .Refused(let code, _, let facts) = early else { throw early }
            #expect(early.code == "book.before_last_change" && early.code == code)
            #expect(facts["last"] == "2025-06-02T12:05:00Z")
            #expect(early.text() == "dated 2025-06-02T12:04:00Z, but the registration last changed at 2025-06-02T12:05:00Z")
            #expect(early.nextStep() == "Look at the registration again, and send the command with a later instant.")
            // In another language, from a file of the same form.
            let german = try CodeTexts.read(json: """
                {"codes": [{"code": "book.before_last_change", "seen_by": "anyone", "text": "älter als {last}; {at}, {none}",
                "parameters": [{"name": "at", "type": "instant"}, {"name": "last", "type": "instant"}, {"name": "none", "type": "error"}]}]}
                """)
            #expect(early.text(german) == "älter als 2025-06-02T12:05:00Z; 2025-06-02T12:04:00Z, {none}")
            #expect(early.nextStep(german) == nil)
            #expect(german.seenBy(code: code) == .anyone)
        }
    }

    @Test("a deal by its handle is decided as one that crosses")
    func handle() throws {
        let draft = try openDeal(form: form("alpine", "a", "Contoso"), given: given, act: act(sales("alpine"))).registration
        let nobody = DealFound(accounts: [], registrations: [])
        let crossed = try decideDeal(registration: draft, command: .submit, given: given, found: nobody, act: act(sales("alpine"), 1))
        let deal = try Deal(registration: draft, given: given)
        #expect(try deal.decide(command: .submit, act: act(sales("alpine"), 1)) == crossed.events)
        // What is refused leaves it as it was, and others do not learn of it.
        do {
            _ = try deal.decide(command: .submit, act: act(sales("alpine"), 2))
            Issue.record("it was handed in twice")
        } catch let refused as PrmError {
            #expect(refused.code == "registration.stage")
        }
        #expect(try deal.registration(act: act(manager)) == crossed.registration)
        #expect(try deal.registration(act: act(sales("ridge"))) == nil)
    }

    @Test("what has no text in a file is told in English")
    func english() throws {
        let nothing = try CodeTexts.read(json: #"{"codes": []}"#)
        let unread = PrmError.Input(what: "day", value: "x", text: "no day")
        #expect(unread.code == nil && unread.nextStep() == nil)
        #expect(unread.text() == "day: `x`: no day")
        let failed = PrmError.Failed(code: "store.lost", text: "gone", facts: [:])
        #expect(failed.text(nothing) == "gone")
        #expect(try failed.text() == #require(CodeTexts.english.text(code: "store.lost", facts: [:])))
        #expect(try input { _ = try CodeTexts.read(json: "[]") }.first == "codes")
    }

    @Test("half a surrogate pair is repaired by Swift itself before anything crosses")
    func surrogates() throws {
        let lone = String(decoding: [0x43, 0xD800, 0x44] as [UInt16], as: UTF16.self)
        let back = try openDeal(form: form("alpine", "a", lone), given: given, act: act(sales("alpine")))
        #expect(back.registration.form.account.name == "C\u{FFFD}D")
    }

    @Test("random calls are answered or refused")
    func random() throws {
        var random = Seeded(11)
        let texts = ["", " ", "a", "two words", "é", "e\u{301}", "\0", "\u{202E}", "\u{FEFF}", String(repeating: "x", count: 200), "😀", "-"]
            + ["USD", String(repeating: "9", count: 40), String(decoding: [0xDFFF] as [UInt16], as: UTF16.self)]
        let numbers: [Decimal] = ["0", "12.50", "-7", "1E3", "1E127", "1E-127", "9999999999999999999999999999999999999999", "-0.000000000000000001"]
            .map { Decimal(string: $0)! } + [.nan, .greatestFiniteMagnitude, .leastFiniteMagnitude, .leastNonzeroMagnitude]
        let days = ["-262143-01-01", "+262142-12-31", "+10000-01-01", "9999-12-31", "0000-01-01", "2025-06-02"].map { CalendarDate($0)! }
        let instants = [0, .nan, .infinity, -.infinity, -.greatestFiniteMagnitude, -0x1p63, 1e15, -1e15, 252_455_615_999, -63_145_699_200]
            .map(Date.init(timeIntervalSinceReferenceDate:)) + [.distantPast, .distantFuture, noon, noon + 0.123456789]
        func one<T>(_ of: [T]) -> T { of.randomElement(using: &random)! }
        func often(_ usual: String) -> String { one([usual, usual, one(texts)]) }
        func money() -> Money { MoneyAmount(amount: one(numbers), currency: one(["USD", "JPY", one(texts)])) }
        let book = DealBook()
        var (answered, unread, refused) = (0, 0, 0)
        for _ in 0..<10_000 {
            let act = Act(by: sales(often("alpine")), at: one([noon, one(instants)]), key: one(texts))
            var form = form(often("alpine"), often("a"), one(texts))
            form.program = often("Example")
            form.closeDate = one([nil, one(days)])
            form.distributors = (0..<one([0, 1, 2])).map { _ in one(texts) }
            form.lines = (0..<one([0, 1, 2, 3])).map { _ in DealLine(goods: .products(often("bikes")), value: one([nil, money()])) }
            let command = one([
                DealCommand.edit(form: form), .submit, .approve(lines: [0, .max]), .reject(lines: [one([0, 1, 2])], code: one(texts)),
                .update(values: one([nil, [money()], [money(), nil]]), closeDate: one(days)), .askSpecialPrice(price: .discount(one(numbers))),
                .withdraw,
            ])
            do {
                if one([true, false]) { _ = try book.open(id: "r-\(one(Array(0..<50)))", form: form, given: given, act: act) }
                _ = try book.command(id: "r-\(one(Array(0..<50)))", command: command, given: given, act: act)
                answered += 1
            } catch PrmError.Input {
                unread += 1
            } catch PrmError.Refused {
                refused += 1
            }
        }
        // Any other error ends the test.
        #expect(answered > 0 && unread > 0 && refused > 0)
    }
}
