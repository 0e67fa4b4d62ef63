import Foundation
import Prm
import Testing

@Suite("The conformance cases of deals, replayed: the same answers as in Rust")
struct ConformanceTests {
    @Test("deals", arguments: try! Case.all)
    func replay(_ of: Case) throws {
        let (given, expect) = (of.given, of.expect)
        let told = try DealGiven(
            program: .read(document: given["program"]?.text ?? given["program"]!.json()),
            partners: given["partners"].items.map { try dealPartnerFromJson(json: $0.json()) },
            products: given["products"].items.map { try productFromJson(json: $0.json()) },
            verdicts: given["verdicts"].items.map { try hostVerdictFromJson(json: $0.json()) }
        )
        let book = DealBook()
        for account in given["accounts"].items { try book.putAccount(known: knownAccountFromJson(json: account.json())) }
        let steps = try given["steps"].items.map { try take($0, book, told) }
        #expect(steps == expect["steps"].items.map(\.text))
        let asOf = Act(by: .host, at: try instant(given["as_of"]))
        for (id, expected) in expect["registrations"]!.fields {
            let registration = try #require(try book.registration(id: id, act: asOf), "there is no registration \(id)")
            #expect(word(registration.stage) == expected["stage"]?.text)
            #expect(try lines(id, registration, book, told, asOf) == expected["lines"].items.map(Line.init))
            if let due = expected["review_due_at"] { #expect(try registration.reviewDueAt == instant(due)) }
            if let overdue = expected["overdue"] { #expect(try .truth(dealIsOverdue(registration: registration, act: asOf)) == overdue) }
        }
    }

    @Test("all cases are there")
    func count() throws {
        #expect(try Case.all.count >= 143)
    }

    /// What a step came to: `done`, or the code of the refusal.
    private func take(_ step: Json, _ book: DealBook, _ told: DealGiven) throws -> String {
        let (id, act) = (step["id"]!.text!, Act(by: actor(step["by"]!.text!), at: try instant(step["at"])))
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

    private func actor(_ by: String) -> Actor {
        if by == "host" { return .host }
        if by.hasPrefix("partner:") {
            let partner = String(by.dropFirst("partner:".count))
            return .partner(partner: partner, person: "sales-\(partner)", role: .sales)
        }
        return .vendor(person: "a-\(by)", role: VendorRole.allCases.first { word($0) == by }!)
    }

    private func instant(_ of: Json?) throws -> Date {
        try #require(ISO8601DateFormatter().date(from: of?.text ?? ""), "no instant: \(String(describing: of))")
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
                place: try book.place(id: id, line: number, given: told, act: asOf),
                protection: word(try dealProtection(registration: of, line: number, act: asOf)),
                until: line.protection?.until,
                exclusive: line.terms?.exclusive,
                benefit: line.terms?.benefit,
                share: line.terms?.share,
                rules: assessed?.matches.map(\.code) ?? []
            )
        }
    }
}

/// What a case says of a line.
private struct Line: Equatable {
    var review: String?
    var code: String?
    var place: UInt32?
    var protection: String?
    var until: CalendarDate?
    var exclusive: Bool?
    var benefit: Decimal?
    var share: Decimal?
    var rules: [String]
}

extension Line {
    init(_ of: Json) {
        review = of["review"]?.text
        code = of["code"]?.text
        if case .whole(let number)? = of["place"] { place = UInt32(number) }
        protection = of["protection"]?.text
        until = of["until"]?.text.flatMap(CalendarDate.init)
        if case .truth(let truth)? = of["exclusive"] { exclusive = truth }
        benefit = of["benefit"]?.text.map(fraction)
        share = of["share"]?.text.map(fraction)
        rules = of["rules"].items.compactMap(\.text)
    }
}

/// `12.5 %` as a fraction.
private func fraction(_ percent: String) -> Decimal {
    Decimal(string: percent.trimmingCharacters(in: ["%", " "]))! / 100
}

/// The word for a case of an enumeration, as the serialised form has it.
private func word(_ of: Any) -> String {
    let name = Mirror(reflecting: of).children.first?.label ?? "\(of)"
    return name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
}
