import Foundation
import Prm
import Testing

extension Case {
    /// What single sales bring to those who made them.
    func spiff() throws {
        try given.only(
            "program", "incentive", "partners", "products", "tables", "sellers", "consents", "sectors", "teams", "lines", "as_of")
        try expect.only("earned", "sales")
        let lines = try given.get("lines").items
        let book = try book(naming: lines.compactMap { try $0["partner"]?.text })
        try book.putSpiffFacts(
            sellers: given.list("sellers").map(Seller.init),
            consents: given.list("consents").map(Consent.init),
            sectors: (given["sectors"]?.fields ?? [:]).map { try CustomerSector(account: $0, sector: named($1.text)) },
            teams: (given["teams"]?.fields ?? [:]).flatMap { partner, team in
                try team.fields.map { try TeamShare(partner: partner, person: $0, share: $1.fraction) }
            })
        let currency = try currency
        try book.add(lines: lines.map { try SaleLine($0, in: currency) })
        let answer = try book.spiff(name: given.get("incentive").text, asOf: given.get("as_of").day)
        let (earned, expected) = try (answer.earned.map(Earned.init), expect.get("earned").items.map(Earned.init))
        #expect(earned == expected)
        if let expected = try expect["sales"]?.items.map(Sale.init) {
            let sales = try answer.sales.map(Sale.init)
            #expect(sales == expected)
        }
    }
}

extension Seller {
    fileprivate init(_ of: Json) throws {
        try of.only("person", "partner", "from", "until")
        let (person, partner) = try (of.get("person").text, of.get("partner").text)
        try self.init(person: person, partner: partner, from: of.get("from").day, until: of["until"]?.day)
    }
}

extension Consent {
    fileprivate init(_ of: Json) throws {
        try of.only("partner", "from", "until")
        try self.init(partner: of.get("partner").text, from: of.get("from").day, until: of["until"]?.day)
    }
}

/// What a case says of what a payee has earned.
private struct Earned: Equatable {
    var partner: String
    var person: String?
    var earned: String
}

extension Earned {
    init(_ of: SpiffEarned) throws {
        switch of.payee {
        case .partner(let partner): (self.partner, person) = (partner, nil)
        case .person(let person, let partner): (self.partner, self.person) = (partner, person)
        }
        earned = try text(of.earned)
    }

    init(_ of: Json) throws {
        try of.only("partner", "person", "earned")
        (partner, person, earned) = try (of.get("partner").text, of["person"]?.text, of.get("earned").text)
    }
}

/// What a case says of a sale.
private struct Sale: Equatable {
    var line: LineKey
    var counts: Decimal
    var brings: String
    var because: String?
}

extension Sale {
    init(_ of: SpiffSale) throws {
        (line, counts) = (of.line, of.counts)
        brings = try text(of.brings)
        because = try of.because.map { try spiffReasonText(reason: $0) }
    }

    init(_ of: Json) throws {
        try of.only("line", "counts", "brings", "because")
        (line, counts) = try (of.get("line").key, of.get("counts").number)
        (brings, because) = try (of.get("brings").text, of["because"]?.text)
    }
}
