import Foundation
import Prm
import Testing

extension Case {
    /// What becomes of deal registrations, step by step.
    func deal() throws {
        try given.only("program", "partners", "products", "accounts", "verdicts", "steps", "as_of")
        try expect.only("steps", "registrations")
        let told = try DealGiven(
            program: program(),
            partners: given.list("partners").map { try dealPartnerFromJson(json: $0.json()) },
            products: given.list("products").map { try productFromJson(json: $0.json()) },
            verdicts: given.list("verdicts").map { try hostVerdictFromJson(json: $0.json()) }
        )
        let book = DealBook()
        for account in try given.list("accounts") { try book.putAccount(known: knownAccountFromJson(json: account.json())) }
        let steps = try given.get("steps").items.map { try take($0, book, told) }
        let expectedSteps = try expect.get("steps").items.map { try $0.text }
        #expect(steps == expectedSteps)
        let asOf = Act(by: .host, at: try given.get("as_of").instant)
        for (id, expected) in try expect.get("registrations").fields {
            try expected.only("stage", "lines", "review_due_at", "overdue")
            let registration = try #require(try book.registration(id: id, act: asOf), "there is no registration \(id)")
            let (stage, expectedLines) = try (expected.get("stage").text, expected.get("lines").items.map(Line.init))
            #expect(word(registration.stage) == stage)
            let lines = try lines(id, registration, book, told, asOf)
            #expect(lines == expectedLines)
            if let due = try expected["review_due_at"]?.instant { #expect(registration.reviewDueAt == due) }
            if let overdue = try expected["overdue"]?.truth { #expect(try dealIsOverdue(registration: registration, act: asOf) == overdue) }
        }
    }
}

/// What a step came to: `done`, or the code of the refusal.
private func take(_ step: Json, _ book: DealBook, _ told: DealGiven) throws -> String {
    try step.only("id", "at", "by", "open", "do")
    let (id, act) = try (step.get("id").text, Act(by: actor(step.get("by").text, .sales), at: step.get("at").instant))
    do {
        if let form = step["open"] { _ = try book.open(id: id, form: dealFormFromJson(json: form.json()), given: told, act: act) }
        if let command = step["do"] {
            _ = try book.command(id: id, command: dealCommandFromJson(json: command.json()), given: told, act: act)
        }
        return "done"
    } catch PrmError.Refused(let code, _, _) {
        return code
    }
}

/// Who acts: `host`, a role of the vendor's, or somebody of a partner's people with a role.
func actor(_ by: String, _ role: PartnerRole) throws -> Actor {
    if by == "host" { return .host }
    if by.hasPrefix("partner:") {
        let partner = String(by.dropFirst("partner:".count))
        return .partner(partner: partner, person: "\(word(role))-\(partner)", role: role)
    }
    return .vendor(person: "a-\(by)", role: try named(by))
}

private func lines(_ id: String, _ of: Registration, _ book: DealBook, _ told: DealGiven, _ asOf: Act) throws -> [Line] {
    try of.lines.enumerated().map { at, line in
        let number = UInt32(at + 1)
        let code: String? = switch line.review {
        case .waiting(let code), .rejected(let code, _): code
        default: nil
        }
        let assessed = of.assessment.flatMap { $0.lines.indices.contains(at) ? $0.lines[at] : nil }
        return Line(
            review: word(line.review),
            code: code,
            place: try book.place(id: id, line: number, given: told, act: asOf).map(Int.init),
            protection: word(try dealProtection(registration: of, line: number, act: asOf)),
            until: line.protection?.until,
            exclusive: line.terms?.exclusive,
            benefit: line.terms?.benefit,
            share: line.terms?.share,
            rules: assessed?.matches.map(\.code) ?? []
        )
    }
}

/// What a case says of a line.
private struct Line: Equatable {
    var review: String
    var code: String?
    var place: Int?
    var protection: String
    var until: CalendarDate?
    var exclusive: Bool?
    var benefit: Decimal?
    var share: Decimal?
    var rules: [String]
}

extension Line {
    init(_ of: Json) throws {
        try of.only("review", "code", "place", "protection", "until", "exclusive", "benefit", "share", "rules")
        (review, code, place) = try (of.get("review").text, of["code"]?.text, of["place"]?.whole)
        (protection, until) = try (of.get("protection").text, of["until"]?.day)
        (exclusive, benefit, share) = try (of["exclusive"]?.truth, of["benefit"]?.fraction, of["share"]?.fraction)
        rules = try of.list("rules").map { try $0.text }
    }
}
