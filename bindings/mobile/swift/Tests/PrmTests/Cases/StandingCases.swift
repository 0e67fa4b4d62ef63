import Prm
import Testing

private let subject = "partner"

extension Case {
    /// How the tier of one partner changes from day to day.
    func standing() throws {
        try given.only("program", "joined", "anniversary", "sales", "told", "overrides", "approvals", "recorded", "until")
        try expect.only("changes", "standings")
        let book = SalesBook(program: try program())
        let (joined, anniversary) = try (given["joined"]?.day, given["anniversary"]?.day)
        try book.putPartner(partner: Partner(id: subject, name: subject, joined: joined, anniversary: anniversary))
        for fact in try given.list("told") { try book.tell(fact: MetricFact(fact)) }
        for granted in try given.list("overrides") { try book.grant(granted: TierOverride(granted)) }
        for approved in try given.list("approvals") { try book.approve(approval: TierApproval(approved)) }
        let sales = try given.list("sales")
        try book.add(lines: lines(sales, from: 0))
        if let recorded = try given["recorded"]?.only("until", "late_sales") {
            try book.recordTiers(until: recorded.get("until").day)
            try book.add(lines: lines(recorded.list("late_sales"), from: sales.count))
        }
        let changes = try book.tierChanges(partner: subject, until: given.get("until").day).map(Change.init)
        let expected = try expect.get("changes").items.map(Change.init)
        #expect(changes == expected)
        for expected in try expect.list("standings") {
            try expected.only("as_of", "tier", "next", "points", "missing", "in_grace_until", "eligible_for")
            try compare(expected, book.standing(partner: subject, asOf: expected.get("as_of").day))
        }
    }
}

/// What is compared of a standing: the keys that are given.
private func compare(_ expected: Json, _ found: TierStanding) throws {
    #expect(try expected["tier"]?.text == found.tier)
    if let next = try expected["next"]?.text { #expect(found.next?.tier == next) }
    if let points = try expected["points"]?.number {
        if case .points(points, _, _, _)? = (found.next ?? found.held)?.requires {} else { Issue.record("not \(points) points") }
    }
    if let missing = try expected["missing"]?.text {
        let requires = try #require(found.next?.requires)
        #expect(try shortfallText(requirement: requires) == missing)
    }
    if let until = try expected["in_grace_until"]?.day { #expect(found.grace?.until == until) }
    if let tier = try expected["eligible_for"]?.text { #expect(found.eligibleFor == tier) }
}

/// What a case says of a change.
private struct Change: Equatable {
    var on: CalendarDate
    var tier: String?
    var because: String
}

extension Change {
    init(_ of: TierChange) {
        (on, tier, because) = (of.on, of.tier, word(of.because))
    }

    init(_ of: Json) throws {
        try of.only("on", "tier", "because")
        (on, tier, because) = try (of.get("on").day, of["tier"]?.text, of.get("because").text)
    }
}

extension MetricFact {
    fileprivate init(_ of: Json) throws {
        try of.only("metric", "certification", "on", "value")
        let metric = try MetricKey(name: of.get("metric").text, certification: of["certification"]?.text)
        try self.init(partner: subject, metric: metric, on: of.get("on").day, value: of.get("value").number)
    }
}

extension TierOverride {
    fileprivate init(_ of: Json) throws {
        try of.only("tier", "from", "until")
        let (tier, from, until) = try (of.get("tier").text, of.get("from").day, of.get("until").day)
        self.init(partner: subject, tier: tier, from: from, until: until, reason: "a case", by: "u1", approvedBy: "u2")
    }
}

extension TierApproval {
    fileprivate init(_ of: Json) throws {
        try of.only("tier", "on")
        try self.init(partner: subject, tier: of.get("tier").text, on: of.get("on").day, by: "u2")
    }
}

/// One unit of each sale, or one unit less of a return.
private func lines(_ sales: [Json], from first: Int) throws -> [SaleLine] {
    try sales.enumerated().map { at, sale in
        try sale.only("on", "amount")
        let (on, amount) = try (sale.get("on").day, sale.get("amount").number)
        return SaleLine(
            key: LineKey(document: "D\(first + at)", line: "1"),
            kind: amount < 0 ? .return : .sale,
            dates: LineDates(invoice: on),
            step: .sellIn,
            buyer: subject,
            sku: "sku",
            quantity: amount < 0 ? -1 : 1,
            amounts: LineAmounts(net: amount),
            currency: "USD"
        )
    }
}
