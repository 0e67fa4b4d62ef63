import Foundation
import Prm
import Testing

@Suite("What sales earn, and in which tier they put a partner")
struct SalesTests {
    private let program = try! Program.read(document: """
        format: 1
        program: Example
        version: '1'
        effective: { from: 2025-01-01 }
        currency: USD
        tiers:
          levels:
            - name: registered
            - name: silver
              requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 5000 }
        incentives:
          volume:
            kind: rebate
            measure: { of: net_revenue }
            every: quarter
            schedule: { shape: whole_volume, bands: [{ from: 1000, rate: 2 % }, { from: 5000, rate: 3 % }] }
          fee: { kind: commission, of: billings, recurs: always, runs: { day: 31 }, rates: [{ rate: 10 % }] }
        """)
    private let quarter = Days(from: CalendarDate("2025-01-01")!, until: CalendarDate("2025-04-01")!)

    private func book() throws -> SalesBook {
        let book = SalesBook(program: program)
        try book.putPartner(partner: Partner(id: "alpine", name: "Alpine Bikes", joined: quarter.from))
        return book
    }

    private func line(_ key: String, _ net: Decimal, _ buyer: String = "alpine") -> SaleLine {
        SaleLine(
            key: LineKey(document: key, line: "1"),
            kind: .sale,
            dates: LineDates(invoice: CalendarDate("2025-02-03")),
            step: .sellIn,
            buyer: buyer,
            sku: "BK-1",
            amounts: LineAmounts(net: net),
            currency: "USD"
        )
    }

    @Test("a quarter is settled and explained")
    func settled() throws {
        let book = try book()
        try book.add(lines: [line("SO-1", 1500), line("SO-2", 2000)])
        let entries = try book.settle(covers: quarter, on: quarter.until)
        try #require(entries.count == 1)
        #expect(try payoutText(payout: entries[0].explanation.earned) == "70.00 USD")
        // What would the next order bring?
        let next = try #require(entries[0].explanation.next)
        #expect(next.at == 5000 && next.missing == 1500)
        #expect(try next.earns == program.rebate(incentive: "volume", measured: MeasuredValues(value: 5000)).earned)
        let standing = try book.standing(partner: "alpine", asOf: quarter.until)
        #expect(try standingText(standing: standing).contains("1,500.00 USD more net revenue"))
        // Settled once; and a line that cannot be used takes nothing with it.
        #expect(try book.settle(covers: quarter, on: quarter.until) == [])
        do {
            try book.add(lines: [line("SO-3", 1), line("SO-4", 1, "nobody")])
            Issue.record("they were added")
        } catch let refused as PrmError {
            guard case .Refused("sales_book.line", _, let facts) = refused else { throw refused }
            #expect(facts["place"] == "2" && facts["why"] == "line.unknown_partner")
            #expect(refused.text().contains("unknown partner `nobody`"))
        }
        let explained = try book.explain(incentive: "volume", partner: "alpine", day: quarter.from, on: quarter.until)
        #expect(explained.measure.value == 3500)
    }

    @Test("a commission is paid by a run")
    func commission() throws {
        let book = try book()
        var sold = line("SO-1", 1500)
        sold.account = "contoso"
        try book.add(lines: [sold])
        // Facts that cannot be used are refused before anything rests on them.
        let none = CustomerPayment(document: "SO-1", on: quarter.from, amount: 1, of: 0)
        do {
            try book.putCommissionFacts(facts: CommissionFacts(payments: [none]))
            Issue.record("they were taken")
        } catch PrmError.Refused(let code, _, let facts) {
            #expect(code == "fact.nothing_to_pay" && facts["row"] == "1")
        }
        let early = try book.commission(name: "fee", asOf: #require(CalendarDate("2025-02-27"))).owed
        try #require(early.count == 1)
        #expect(early[0].due.amount == 0 && early[0].held.amount == 150)
        let answer = try book.commission(name: "fee", asOf: #require(CalendarDate("2025-02-28")))
        #expect(answer.owed.map(\.due) == [MoneyAmount(amount: 150, currency: "USD")])
        #expect(try commissionAnswerFromJson(json: commissionAnswerToJson(of: answer)) == answer)
        do {
            _ = try book.commission(name: "volume", asOf: quarter.until)
            Issue.record("it was computed")
        } catch PrmError.Refused(let code, _, _) {
            #expect(code == "commission.unknown")
        }
    }

    @Test("calls from eight threads agree")
    func threads() async throws {
        let book = try book()
        let quarter = quarter
        try book.add(lines: (0..<500).map { line("SO-\($0)", Decimal(string: "12.34")!) })
        let told = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try Set((0..<8).map { _ in
                        try explanationToJson(of: book.explain(incentive: "volume", partner: "alpine", day: quarter.from, on: quarter.until))
                    })
                }
            }
            return try await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        #expect(told.count == 1)
        let earned = try book.settle(covers: quarter, on: quarter.until).map(\.explanation.earned)
        #expect(earned == [.money(MoneyAmount(amount: Decimal(string: "185.10")!, currency: "USD"))])
    }

    @Test("random calls are answered or refused")
    func random() throws {
        var random = Seeded(13)
        let texts = ["", " ", "alpine", "volume", "silver", "two words", "\0", String(repeating: "x", count: 300), "😀", "USD"]
            + [String(repeating: "9", count: 40)]
        let numbers: [Decimal] = ["0", "1E127", "1E-127", "9999999999999999999999999999999999999999", "-0.000000000000000001", "1E3", "12.50", "-7", "1E37"]
            .map { Decimal(string: $0)! } + [.nan, .greatestFiniteMagnitude, .leastFiniteMagnitude, .leastNonzeroMagnitude]
        let days = ["-262143-01-01", "+262142-12-31", "1970-01-01", "2025-02-03", "2025-04-01", "2035-12-31"].map { CalendarDate($0)! }
        func one<T>(_ of: [T]) -> T { of.randomElement(using: &random)! }
        let book = try book()
        var (answered, unread, refused) = (0, 0, 0)
        for _ in 0..<10_000 {
            do {
                switch one(Array(0..<11)) {
                case 0:
                    let lines = (0..<one([0, 1, 2])).map { _ in
                        var line = line(one(texts), 1, one(["alpine", one(texts)]))
                        (line.amounts, line.dates, line.quantity) = (LineAmounts(net: one(numbers)), LineDates(invoice: one(days)), one(numbers))
                        (line.currency, line.reverses) = (one(["USD", one(texts)]), LineKey(document: one(texts)))
                        return line
                    }
                    try book.add(lines: lines, on: one(days))
                case 1: try book.tell(fact: MetricFact(partner: one(texts), metric: MetricKey(name: one(texts)), on: one(days), value: one(numbers)))
                case 2: _ = try book.standing(partner: one(["alpine", one(texts)]), asOf: one(days))
                case 3: _ = try book.tierChanges(partner: "alpine", until: one(days))
                case 4: _ = try book.due(covers: Days(from: one(days), until: one(days)), on: quarter.until)
                case 5: _ = try book.explain(incentive: one(["volume", one(texts)]), partner: "alpine", day: one(days), on: quarter.until)
                case 6: _ = try book.worth(partner: "alpine", tier: one(texts), asOf: one(days), covers: quarter)
                case 7: _ = try program.rebate(incentive: "volume", measured: MeasuredValues(value: one(numbers), base: one(numbers)))
                case 8:
                    let payment = CustomerPayment(document: one(texts), on: one(days), amount: one(numbers), of: one(numbers))
                    let touch = PartnerTouch(partner: "alpine", account: one(texts), code: one(texts), on: one(days))
                    let since = CustomerSince(partner: "alpine", account: one(texts), on: one(days))
                    try book.putCommissionFacts(facts: CommissionFacts(
                        payments: one([[], [payment]]), touches: one([[], [touch]]), since: one([[], [since]])))
                case 9: _ = try book.commission(name: one(["fee", one(texts)]), asOf: one(days))
                default: _ = try book.accrue(covers: quarter, asOf: one(days))
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
        // So late a day takes its months one by one.
        _ = try book.standing(partner: "alpine", asOf: #require(CalendarDate("9997-12-31")))
    }
}
