import Foundation
import Prm
import Testing

@Suite("Money of a fund, from the pot to the partner")
struct FundsTests {
    private let program = try! Program.read(document: """
        format: 1
        program: Example
        version: '1'
        effective: { from: 2025-01-01 }
        currency: USD
        mdf: { coop: { request: { share: 50 % }, claim: { within: 60 days } } }
        incentives:
          coop: { kind: mdf, fund: coop, accrues: { of: purchase_value, rate: 2 %, every: year } }
        """)
    private let days = Days(from: CalendarDate("2025-04-01")!, until: CalendarDate("2025-04-04")!)
    private let marketing = Actor.vendor(person: "mara", role: .marketing)
    private let finance = Actor.vendor(person: "finn", role: .finance)
    private let manager = Actor.vendor(person: "max", role: .channelManager)

    private func people(_ partner: String) -> Actor {
        .partner(partner: partner, person: "\(partner)-people", role: .marketing)
    }

    private func act(_ by: Actor, _ day: String) throws -> Act {
        try Act(by: by, at: instant(day))
    }

    private func instant(_ day: String) throws -> Date {
        try #require(ISO8601DateFormatter().date(from: "\(day)T10:00:00Z"))
    }

    private func usd(_ amount: Decimal) -> MoneyAmount {
        MoneyAmount(amount: amount, currency: "USD")
    }

    private func book() throws -> FundBook {
        let book = FundBook(program: program)
        for partner in ["alpine", "ridge"] { try book.putPartner(partner: FundPartner(partner: Partner(id: partner, name: partner))) }
        _ = try book.accrue(incentive: "coop", period: "2025", measured: ["alpine": 100_000])
        return book
    }

    private func form(_ fund: String = "coop", _ days: Days? = nil, _ cost: MoneyAmount? = nil) -> RequestForm {
        RequestForm(
            program: "Example", partner: "alpine", fund: fund, activity: "ad", days: days ?? self.days, cost: cost ?? usd(1800))
    }

    private func claim(_ request: String, _ days: Days, _ expense: Expense) -> ClaimForm {
        ClaimForm(program: "Example", partner: "alpine", of: .mdf(request: request, performed: days, expenses: [expense]))
    }

    @Test("money is asked for, reserved, claimed and owed")
    func paid() throws {
        let book = try book()
        try book.openRequest(id: "r-1", form: form(), act: act(people("alpine"), "2025-03-01"))
        try book.commandRequest(id: "r-1", command: .submit, act: act(people("alpine"), "2025-03-01"))
        try book.commandRequest(id: "r-1", command: .approve(amount: nil, note: "for the fair"), act: act(marketing, "2025-03-02"))
        var request = try #require(try book.request(id: "r-1", by: marketing))
        #expect(try requestReserved(request: request, at: instant("2025-03-03")) == usd(900))
        // What the vendor notes for itself a partner does not see, and another partner's request does not exist.
        #expect(request.notes.map(\.text) == ["for the fair"])
        request.notes = []
        #expect(try book.request(id: "r-1", by: people("alpine")) == request)
        #expect(try book.request(id: "r-1", by: people("ridge")) == nil)

        let expense = Expense(invoice: Invoice(issuer: "Print Co", number: "1", dated: days.from), gross: usd(1800))
        try book.openClaim(id: "c-1", form: claim("r-1", days, expense), act: act(people("alpine"), "2025-04-10"))
        try book.commandClaim(id: "c-1", command: .submit, act: act(people("alpine"), "2025-04-10"))
        // An invoice is used once.
        try book.openClaim(id: "c-2", form: claim("r-1", days, expense), act: act(people("alpine"), "2025-04-10"))
        do {
            try book.commandClaim(id: "c-2", command: .submit, act: act(people("alpine"), "2025-04-10"))
            Issue.record("it was handed in")
        } catch PrmError.Refused(let code, _, let facts) {
            #expect(code == "claim.evidence_used" && facts["evidence"] == "invoice:PRINTCO/1")
        }
        try book.commandClaim(id: "c-1", command: .validate(disallowed: [], note: nil), act: act(manager, "2025-04-11"))
        try book.commandClaim(id: "c-1", command: .approve(note: nil), act: act(marketing, "2025-04-12"))
        #expect(try book.owed() == [ClaimOwed(claim: "c-1", payout: ClaimPayout(partner: "alpine", amount: usd(900)))])
        let pots = try book.pots()
        try #require(pots.count == 1)
        #expect(try potText(pot: pots[0].pot) == "coop/2025/alpine")
        #expect(pots[0].balances.available == usd(1100) && pots[0].balances.spent == usd(900))
    }

    @Test("random calls are answered or refused")
    func random() throws {
        var random = Seeded(17)
        let texts = ["", " ", "alpine", "coop", "r-1", "two words", "\0", String(repeating: "x", count: 300), "😀", "USD", "2025"]
        let numbers: [Decimal] = ["0", "1E127", "1E-127", "9999999999999999999999999999999999999999", "-0.000000000000000001", "1E3", "12.50", "-7"]
            .map { Decimal(string: $0)! } + [.nan, .greatestFiniteMagnitude, .leastFiniteMagnitude, .leastNonzeroMagnitude]
        let dates = ["-262143-01-01", "+262142-12-31", "1970-01-01", "2025-04-01", "2025-04-04"].map { CalendarDate($0)! }
        let instants = try [Date(timeIntervalSince1970: .nan), .distantFuture, Date(timeIntervalSince1970: 0), instant("2025-03-01")]
        func one<T>(_ of: [T]) -> T { of.randomElement(using: &random)! }
        func money() -> MoneyAmount { MoneyAmount(amount: one(numbers), currency: one(["USD", one(texts)])) }
        func days() -> Days { one([self.days, Days(from: one(dates), until: one(dates))]) }
        let book = try book()
        var (answered, unread, refused) = (0, 0, 0)
        for _ in 0..<10_000 {
            let by = one([people("alpine"), people(one(texts)), marketing, finance, manager, .host])
            let (act, id) = (Act(by: by, at: one(instants)), "r-\(one(Array(0..<20)))")
            do {
                switch one(Array(0..<9)) {
                case 0: try book.openRequest(id: id, form: form(one(["coop", one(texts)]), days(), money()), act: act)
                case 1:
                    let command = one([RequestCommand.submit, .approve(amount: money(), note: one(texts)), .cancel])
                    try book.commandRequest(id: id, command: command, act: act)
                case 2:
                    let invoice = Invoice(issuer: one(texts), number: one(texts), dated: one(dates))
                    try book.openClaim(id: id, form: claim(id, days(), Expense(invoice: invoice, gross: money())), act: act)
                case 3:
                    let item = DisallowedItem(item: one([0, 1, .max]), part: one(numbers), code: one(texts))
                    try book.commandClaim(id: id, command: .validate(disallowed: [item], note: nil), act: act)
                case 4:
                    let measured = [one(["alpine", one(texts)]): one(numbers)]
                    _ = try book.accrue(incentive: one(["coop", one(texts)]), period: one(["2025", one(texts)]), measured: measured)
                case 5:
                    let form = AllocationForm(fund: "coop", period: one(texts), partner: one(texts), amount: money(), reason: one(texts))
                    try book.allocate(form: form, act: act, approvedBy: finance)
                case 6:
                    var pot = try one(book.pots()).pot
                    pot.fund = one(["coop", one(texts)])
                    try book.endPeriod(pot: pot, at: act.at)
                case 7: try book.noteUntil(at: act.at)
                default: _ = try book.request(id: one([id, one(texts)]), by: by)
                }
                answered += 1
            } catch PrmError.Input {
                unread += 1
            } catch let why as PrmError {
                guard case .Refused = why else { throw why }
                #expect(!why.text().isEmpty)
                refused += 1
            }
        }
        // Any other error ends the test.
        #expect(answered > 0 && unread > 0 && refused > 0)
    }
}
