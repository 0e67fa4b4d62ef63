import Foundation
import Prm
import Testing

extension Case {
    /// What single sales to customers bring to partners, and when it is paid.
    func commission() throws {
        try given.only(
            "program", "incentive", "partners", "products", "payments", "records", "touches", "own_accounts", "since", "lines", "as_of")
        try expect.only("owed", "runs", "sales")
        let (facts, lines) = try (CommissionFacts(given), given.get("lines").items)
        let named = try lines.compactMap { try $0["partner"]?.text } + facts.records.map(\.partner) + facts.touches.map(\.partner)
        let book = try book(naming: named)
        try book.putCommissionFacts(facts: facts)
        let currency = try currency
        try book.add(lines: lines.map { try SaleLine($0, in: currency) })
        let answer = try book.commission(name: given.get("incentive").text, asOf: given.get("as_of").day)
        let (owed, expected) = try (answer.owed.map(Owed.init), expect.get("owed").items.map(Owed.init))
        #expect(owed == expected)
        if let expected = try expect["runs"]?.items.map(Run.init) {
            let runs = try answer.runs.map(Run.init)
            #expect(runs == expected)
        }
        if let expected = try expect["sales"]?.items.map(Sale.init) {
            let sales = try answer.sales.map(Sale.init)
            #expect(sales == expected)
        }
    }
}

extension CommissionFacts {
    fileprivate init(_ given: Json) throws {
        try self.init(
            payments: given.list("payments").map {
                try $0.only("document", "on", "amount", "of")
                let (document, on) = try ($0.get("document").text, $0.get("on").day)
                return try CustomerPayment(document: document, on: on, amount: $0.get("amount").number, of: $0["of"]?.number)
            },
            records: given.list("records").map {
                try $0.only("account", "partner", "from", "until")
                let (account, partner) = try ($0.get("account").text, $0.get("partner").text)
                return try PartnerOfRecord(account: account, partner: partner, from: $0.get("from").day, until: $0["until"]?.day)
            },
            touches: given.list("touches").map {
                try $0.only("partner", "account", "code", "on")
                let (partner, account) = try ($0.get("partner").text, $0["account"]?.text)
                return try PartnerTouch(partner: partner, account: account, code: $0["code"]?.text, on: $0.get("on").day)
            },
            ownAccounts: given.list("own_accounts").map {
                try $0.only("partner", "account")
                return try OwnAccount(partner: $0.get("partner").text, account: $0.get("account").text)
            },
            since: given.list("since").map {
                try $0.only("partner", "account", "on")
                return try CustomerSince(partner: $0.get("partner").text, account: $0.get("account").text, on: $0.get("on").day)
            }
        )
    }
}

private func unlessNothing(_ money: MoneyAmount) throws -> String? {
    money.amount.isZero ? nil : try text(money)
}

/// What a case says of what a partner is owed. Amounts of nothing are left out.
private struct Owed: Equatable {
    var partner: String
    var due: String?
    var carried: String?
    var held: String?
    var toRecover: String?
    var waiting: String?
    var net: String?
}

extension Owed {
    init(_ of: CommissionOwed) throws {
        partner = of.partner
        (due, carried, held) = try (unlessNothing(of.due), unlessNothing(of.carried), unlessNothing(of.held))
        (toRecover, waiting, net) = try (unlessNothing(of.toRecover), unlessNothing(of.waiting), unlessNothing(of.net))
    }

    init(_ of: Json) throws {
        try of.only("partner", "due", "carried", "held", "to_recover", "waiting", "net")
        partner = try of.get("partner").text
        (due, carried, held) = try (of["due"]?.text, of["carried"]?.text, of["held"]?.text)
        (toRecover, waiting, net) = try (of["to_recover"]?.text, of["waiting"]?.text, of["net"]?.text)
    }
}

/// What a case says of a run.
private struct Run: Equatable {
    var on: CalendarDate
    var partner: String
    var rows: [Row]
    var paid: String?
    var carried: String?
    var because: String?
}

private struct Row: Equatable {
    var line: LineKey
    var amount: String
}

extension Run {
    init(_ of: CommissionRun) throws {
        (on, partner) = (of.on, of.partner)
        rows = try of.rows.map { try Row(line: $0.line, amount: text($0.amount)) }
        (paid, carried) = try (unlessNothing(of.paid), unlessNothing(of.carried))
        because = try of.because.map { try commissionCarriedText(reason: $0) }
    }

    init(_ of: Json) throws {
        try of.only("on", "partner", "rows", "paid", "carried", "because")
        (on, partner) = try (of.get("on").day, of.get("partner").text)
        rows = try of.get("rows").items.map {
            try $0.only("line", "amount")
            return try Row(line: $0.get("line").key, amount: $0.get("amount").text)
        }
        (paid, carried, because) = try (of["paid"]?.text, of["carried"]?.text, of["because"]?.text)
    }
}

/// What a case says of a sale.
private struct Sale: Equatable {
    var line: LineKey
    var partner: String?
    var base: Decimal
    var terms: String?
    var whole: String
    var net: String
    var released: String
    var payableFrom: CalendarDate?
    var back: [Back]
    var because: String?
}

private struct Back: Equatable {
    var line: LineKey
    var takes: String
    var because: String?
}

extension Sale {
    init(_ of: CommissionSale) throws {
        (line, partner, base, payableFrom) = (of.line, of.partner, of.base, of.payableFrom)
        terms = try of.terms.map { try commissionTermsText(terms: $0) }
        (whole, net, released) = try (text(of.whole), text(of.net), text(of.released))
        back = try of.back.map {
            try Back(line: $0.line, takes: text($0.takes), because: $0.because.map { try commissionBackText(reason: $0) })
        }
        because = try of.because.map { try commissionReasonText(reason: $0) }
    }

    init(_ of: Json) throws {
        try of.only("line", "partner", "base", "terms", "whole", "net", "released", "payable_from", "back", "because")
        (line, partner, base) = try (of.get("line").key, of["partner"]?.text, of.get("base").number)
        (terms, payableFrom) = try (of["terms"]?.text, of["payable_from"]?.day)
        (whole, net, released) = try (of.get("whole").text, of.get("net").text, of.get("released").text)
        back = try of.list("back").map {
            try $0.only("line", "takes", "because")
            return try Back(line: $0.get("line").key, takes: $0.get("takes").text, because: $0["because"]?.text)
        }
        because = try of["because"]?.text
    }
}
