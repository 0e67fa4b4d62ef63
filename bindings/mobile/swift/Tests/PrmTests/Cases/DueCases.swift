import Prm
import Testing

extension Case {
    /// What partners are due, settlement after settlement.
    func due() throws {
        try given.only("program", "partners", "products", "tables", "exchange", "steps")
        try expect.only("steps")
        let steps = try given.get("steps").items
        let named = try steps.flatMap { try $0.list("lines") }.flatMap { try [$0["partner"]?.text, $0["seller"]?.text].compactMap { $0 } }
        let book = try book(naming: named)
        for (name, quotes) in try given["exchange"]?.fields ?? [:] {
            try book.putExchange(name: name, quotes: quotes.items.map(ExchangeQuote.init))
        }
        let currency = try currency
        let answers = try steps.map { step in
            try step.only("lines", "settle", "on", "accrue", "forecasts", "worth")
            try book.add(lines: step.list("lines").map { try SaleLine($0, in: currency) }, on: step["on"]?.day)
            #expect(try book.waiting() == [])
            return try taken(book, step)
        }
        let expected = try expect.get("steps").items.map { step in try step.items.map { try $0.fields.mapValues { try $0.text } } }
        #expect(answers == expected)
    }

    /// A book without lines: those that are named are known without more, and what is given of partners, products and tables.
    func book(naming named: [String]) throws -> SalesBook {
        let book = SalesBook(program: try program())
        for partner in named { try book.putPartner(partner: Partner(id: partner, name: partner)) }
        for partner in try given.list("partners") { try book.putPartner(partner: partnerFromJson(json: partner.json())) }
        for product in try given.list("products") { try book.putProduct(product: productFromJson(json: product.json())) }
        for (name, table) in try given["tables"]?.fields ?? [:] {
            try table.only("header", "rows")
            let (header, rows) = try (table.get("header").texts, table.get("rows").items.map { try $0.texts })
            try book.putTable(name: name, header: header, rows: rows)
        }
        return book
    }

    /// The currency of the program.
    var currency: String {
        get throws { try given.get("program").get("currency").text }
    }
}

/// What a step comes to.
private func taken(_ book: SalesBook, _ step: Json) throws -> [[String: String]] {
    let days = try step.get("settle").items.map { try $0.day }
    try #require(days.count == 2)
    let covers = Days(from: days[0], until: days[1])
    if let asOf = try step["accrue"]?.day {
        let forecasts = try (step["forecasts"]?.fields ?? [:]).map(Forecast.init)
        return try book.accrue(covers: covers, asOf: asOf, forecasts: forecasts).map {
            try told($0.partner, $0.incentive, $0.period, ["accrued": payoutText(payout: .money($0.amount))])
        }
    }
    if let asked = try step["worth"]?.only("partner", "tier", "as_of") {
        let (partner, tier, asOf) = try (asked.get("partner").text, asked.get("tier").text, asked.get("as_of").day)
        return try book.worth(partner: partner, tier: tier, asOf: asOf, covers: covers).incentives.map {
            try told(partner, $0.incentive, $0.period, [
                "earned": payoutText(payout: $0.now.earned),
                "would_earn": payoutText(payout: $0.then.earned),
                "because": $0.now.because.map { try unpaidText(reason: $0) },
            ])
        }
    }
    let on = try step["on"]?.day ?? covers.until
    return try book.settle(covers: covers, on: on).map { entry in
        let explanation = entry.explanation
        #expect(try verifyExplanation(explanation: explanation) == .arithmeticOnly)
        #expect(try book.verify(explanation: explanation, on: on) == .whole)
        return try told(explanation.partner, explanation.incentive, explanation.period, [
            "earned": payoutText(payout: explanation.earned),
            "before": entry.before.map { try payoutText(payout: $0) },
            "paid": entry.paid.map { try payoutText(payout: .money($0.money)) },
            "because": explanation.because.map { try unpaidText(reason: $0) },
        ])
    }
}

private func told(_ partner: String, _ incentive: String, _ period: FiscalPeriod, _ more: [String: String?]) -> [String: String] {
    ["partner": partner, "incentive": incentive, "period": period.label].merging(more.compactMapValues { $0 }) { $1 }
}

extension Json {
    fileprivate var texts: [String] {
        get throws { try items.map { try $0.text } }
    }

    /// `SO1/2` is line 2 of document SO1.
    var key: LineKey {
        get throws {
            let parts = try text.split(separator: "/", maxSplits: 1).map(String.init)
            return LineKey(document: parts[0], line: parts.count > 1 ? parts[1] : nil)
        }
    }
}

extension Forecast {
    fileprivate init(_ key: String, _ value: Json) throws {
        let parts = key.split(separator: "/", maxSplits: 2).map(String.init)
        try #require(parts.count == 3)
        try self.init(partner: parts[0], incentive: parts[1], period: parts[2], value: value.number)
    }
}

extension ExchangeQuote {
    fileprivate init(_ of: Json) throws {
        try of.only("from", "to", "kind", "on", "rate")
        let (from, to) = try (of.get("from").text, of.get("to").text)
        try self.init(from: from, to: to, kind: named(of.get("kind").text), on: of.get("on").day, rate: of.get("rate").number)
    }
}

extension Credit {
    fileprivate init(_ of: Json) throws {
        try of.only("role", "partner", "share")
        try self.init(role: of.get("role").text, partner: of.get("partner").text, share: of["share"]?.fraction)
    }
}

extension SaleLine {
    init(_ of: Json, in currency: String) throws {
        try of.only(
            "key", "kind", "reverses", "partner", "seller", "on", "step", "sku", "net", "units", "currency", "motion",
            "registration", "account", "ship_to_country", "ship_to_region", "person", "serials", "credits")
        try self.init(
            key: of.get("key").key,
            kind: named(of["kind"]?.text ?? "sale"),
            reverses: of["reverses"]?.key,
            dates: LineDates(invoice: of.get("on").day),
            step: named(of["step"]?.text ?? "sell_in"),
            buyer: of.get("partner").text,
            seller: of["seller"]?.text,
            credits: (of["credits"]?.items ?? []).map(Credit.init),
            person: of["person"]?.text,
            sku: of["sku"]?.text ?? "any",
            quantity: of["units"]?.number,
            serials: of["serials"]?.texts ?? [],
            amounts: LineAmounts(net: of["net"]?.number),
            currency: of["currency"]?.text ?? currency,
            motion: of["motion"].map { try named($0.text) },
            registration: of["registration"]?.text,
            account: of["account"]?.text,
            shipToCountry: of["ship_to_country"]?.text,
            shipToRegion: of["ship_to_region"]?.text
        )
    }
}
