import Foundation
import Prm
import Testing

extension Case {
    /// What becomes of funds, requests and claims, step by step.
    func fund() throws {
        try given.only("program", "partners", "exchange", "authorisations", "prices", "spiffs", "steps", "as_of")
        try expect.only("steps", "requests", "claims", "pots", "owed")
        let book = try fundBook()
        let steps = try given.get("steps").items.map { try take($0, book) }
        let expectedSteps = try expect.get("steps").items.map { try $0.text }
        #expect(steps == expectedSteps)
        let asOf = try given.get("as_of").instant
        for (id, expected) in try expect["requests"]?.fields ?? [:] {
            let request = try #require(try book.request(id: id, by: .host), "there is no request \(id)")
            let (found, expected) = try (RequestLook(request, expected, asOf), RequestLook(expected))
            #expect(found == expected)
        }
        for (id, expected) in try expect["claims"]?.fields ?? [:] {
            let claim = try #require(try book.claim(id: id, by: .host), "there is no claim \(id)")
            let (found, expected) = try (ClaimLook(claim, expected, asOf), ClaimLook(expected))
            #expect(found == expected)
        }
        try book.noteUntil(at: asOf)
        if let expected = try expect["pots"]?.fields.mapValues({ try $0.fields.mapValues { try $0.text } }) {
            let pots = try book.pots().map { try (potText(pot: $0.pot), accounts($0.balances)) }
            #expect(Dictionary(uniqueKeysWithValues: pots) == expected)
        }
        if let expected = try expect["owed"]?.items.map(Owed.init) {
            let owed = try book.owed().map(Owed.init)
            #expect(owed == expected)
        }
    }

    /// A book without money, with what is given beside steps.
    private func fundBook() throws -> FundBook {
        let book = FundBook(program: try program())
        for partner in try given.get("partners").items { try book.putPartner(partner: fundPartnerFromJson(json: partner.json())) }
        for (name, quotes) in try given["exchange"]?.fields ?? [:] {
            try book.putExchange(name: name, quotes: quotes.items.map(ExchangeQuote.init))
        }
        for found in try given.list("authorisations") {
            try book.putAuthorisation(found: foundAuthorisationFromJson(json: found.json()))
        }
        for found in try given.list("prices") { try book.putPrice(found: foundPriceFromJson(json: found.json())) }
        for (incentive, brings) in try given["spiffs"]?.fields ?? [:] {
            try book.putSpiff(incentive: incentive, brings: brings.items.map { try spiffBringsFromJson(json: $0.json()) })
        }
        return book
    }
}

private func who(_ by: Json) throws -> Actor {
    try actor(by.text, .marketing)
}

/// What a step came to: `done`, or the code of the refusal.
private func take(_ step: Json, _ book: FundBook) throws -> String {
    try step.only("at", "by", "request", "claim", "open", "do", "allocate", "approved_by", "accrue", "give", "end")
    let at = try step.get("at").instant
    do {
        if let accrue = step["accrue"] {
            try accrue.only("incentive", "period", "measured")
            let (incentive, period) = try (accrue.get("incentive").text, accrue.get("period").text)
            let measured = try accrue.get("measured").fields.mapValues { try $0.number }
            _ = try book.accrue(incentive: incentive, period: period, measured: measured)
        } else if let give = step["give"] {
            try give.only("fund", "period", "partners")
            let (fund, period) = try (give.get("fund").text, give.get("period").text)
            try book.giveByTier(fund: fund, period: period, partners: give.get("partners").items.map { try $0.text })
        } else if let end = try step["end"]?.text {
            let pot = try book.pots().map(\.pot).first { try potText(pot: $0) == end }
            try book.endPeriod(pot: #require(pot, "there is no pot \(end)"), at: at)
        } else {
            let act = Act(by: try who(step.get("by")), at: at)
            if let form = step["allocate"] {
                try book.allocate(form: allocationFormFromJson(json: form.json()), act: act, approvedBy: who(step.get("approved_by")))
            } else {
                try decide(step, book, act)
            }
        }
        return "done"
    } catch PrmError.Refused(let code, _, _) {
        return code
    }
}

/// A step names a request or a claim, and has either `open` or `do`.
private func decide(_ step: Json, _ book: FundBook, _ act: Act) throws {
    let (request, claim) = try (step["request"]?.text, step["claim"]?.text)
    switch (request, claim, try step["open"]?.json(), try step["do"]?.json()) {
    case (let id?, nil, let form?, nil):
        try book.openRequest(id: id, form: requestFormFromJson(json: form), act: act)
    case (let id?, nil, nil, let command?):
        try book.commandRequest(id: id, command: requestCommandFromJson(json: command), act: act)
    case (nil, let id?, let form?, nil):
        try book.openClaim(id: id, form: claimFormFromJson(json: form), act: act)
    case (nil, let id?, nil, let command?):
        try book.commandClaim(id: id, command: claimCommandFromJson(json: command), act: act)
    default: throw NotUnderstood(description: "\(step) is no step")
    }
}

/// What a case says of a request. The last three are looked at only where a case has them.
private struct RequestLook: Equatable {
    var stage: String
    var granted: String?
    var share: Decimal?
    var claimUntil: CalendarDate?
    var activeOn: CalendarDate?
    var reserved: String?
    var expired: Bool?
    var answerDueAt: Date?
}

extension RequestLook {
    init(_ of: MdfRequest, _ expected: Json, _ asOf: Date) throws {
        (stage, granted, share) = try (word(of.stage), of.grant.map { try text($0.amount) }, of.grant?.share)
        (claimUntil, activeOn) = (of.grant?.claimUntil, of.grant?.activeOn)
        if expected["reserved"] != nil { reserved = try requestReserved(request: of, at: asOf).map(text) }
        if expected["expired"] != nil { expired = try requestIsExpired(request: of, at: asOf) }
        if expected["answer_due_at"] != nil { answerDueAt = of.answerDueAt }
    }

    init(_ of: Json) throws {
        try of.only("stage", "granted", "share", "claim_until", "active_on", "reserved", "expired", "answer_due_at")
        (stage, granted, share) = try (of.get("stage").text, of["granted"]?.text, of["share"]?.fraction)
        (claimUntil, activeOn) = try (of["claim_until"]?.day, of["active_on"]?.day)
        (reserved, expired, answerDueAt) = try (of["reserved"]?.text, of["expired"]?.truth, of["answer_due_at"]?.instant)
    }
}

/// What a case says of a claim. The last two are looked at only where a case has them.
private struct ClaimLook: Equatable {
    var stage: String
    var claimed: String?
    var pays: String?
    var cuts: [Cut]
    var payment: String?
    var items: [Item]?
    var holdsEvidence: Bool?
}

private struct Cut: Equatable {
    var amount: String
    var why: String
}

private struct Item: Equatable {
    var gives: Decimal
    var because: [String]
}

extension ClaimLook {
    init(_ of: Claim, _ expected: Json, _ asOf: Date) throws {
        stage = word(of.stage)
        (claimed, pays) = try (of.answer.map { try text($0.claimed) }, of.answer.map { try text($0.pays) })
        cuts = try (of.answer?.cuts ?? []).map { try Cut(amount: text($0.amount), why: word($0.why)) }
        if case .paid(let payment) = of.stage { self.payment = payment }
        if expected["items"] != nil {
            items = (of.answer?.items ?? []).map { Item(gives: $0.gives, because: $0.because.map(word)) }
        }
        if expected["holds_evidence"] != nil { holdsEvidence = try claimHoldsEvidence(claim: of, at: asOf) }
    }

    init(_ of: Json) throws {
        try of.only("stage", "claimed", "pays", "cuts", "payment", "items", "holds_evidence")
        (stage, claimed, pays) = try (of.get("stage").text, of["claimed"]?.text, of["pays"]?.text)
        cuts = try of.list("cuts").map {
            try $0.only("amount", "why")
            return try Cut(amount: $0.get("amount").text, why: $0.get("why").text)
        }
        items = try of["items"]?.items.map {
            try $0.only("gives", "because")
            return try Item(gives: $0.get("gives").number, because: $0.get("because").items.map { try $0.text })
        }
        (payment, holdsEvidence) = try (of["payment"]?.text, of["holds_evidence"]?.truth)
    }
}

/// What a case says of what is owed.
private struct Owed: Equatable {
    var claim: String
    var partner: String
    var person: String?
    var amount: String
}

extension Owed {
    init(_ of: ClaimOwed) throws {
        (claim, partner, person) = (of.claim, of.payout.partner, of.payout.person)
        amount = try text(of.payout.amount)
    }

    init(_ of: Json) throws {
        try of.only("claim", "partner", "person", "amount")
        (claim, partner) = try (of.get("claim").text, of.get("partner").text)
        (person, amount) = try (of["person"]?.text, of.get("amount").text)
    }
}

/// What stands in the accounts of a pot, but for what is nothing.
private func accounts(_ of: PotBalances) throws -> [String: String] {
    let all = [
        "allocated": of.allocated, "available": of.available, "reserved": of.reserved, "spent": of.spent,
        "lapsed": of.lapsed, "carried": of.carried, "owed": of.owed,
    ]
    return try all.filter { !$0.value.amount.isZero }.mapValues(text)
}
