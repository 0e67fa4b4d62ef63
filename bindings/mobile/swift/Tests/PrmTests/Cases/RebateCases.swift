import Foundation
import Prm
import Testing

extension Case {
    /// What measured values earn.
    func rebate() throws {
        try given.only("program", "incentive", "measured")
        try expect.only("earned", "steps")
        let (program, incentive) = try (program(), given.get("incentive").text)
        let answers = try given.get("measured").items.map { try program.rebate(incentive: incentive, measured: MeasuredValues($0)) }
        try #require(!answers.isEmpty, "nothing is measured")
        let (payouts, expected) = try (answers.map { try payoutText(payout: $0.earned) }, expect.get("earned").items.map(earned))
        #expect(payouts == expected)
        if let expected = try expect["steps"]?.items.map({ try $0.items.map(Paying.init) }) {
            let steps = answers.map { $0.steps.map(Paying.init) }
            #expect(steps == expected)
        }
    }
}

private func earned(_ of: Json) throws -> String {
    if let goods = of["goods"] {
        try of.only("goods")
        return try "\(goods.whole) units"
    }
    try of.only("amount", "currency")
    return try "\(of.get("amount").text) \(of.get("currency").text)"
}

extension MeasuredValues {
    fileprivate init(_ of: Json) throws {
        try of.only("value", "base", "second", "target")
        try self.init(
            value: of.get("value").number, base: of["base"]?.number, second: of["second"]?.number, target: of["target"]?.number)
    }
}

/// What a case says of a step.
private struct Paying: Equatable {
    var number: Int
    var column: Int?
    var from: Decimal
    var until: Decimal?
    var on: Decimal
    var pays: Pay
    var rateUntil: Decimal?
    var gives: Decimal
}

extension Paying {
    init(_ of: ScheduleStep) {
        (number, column, pays) = (Int(of.number), of.column.map(Int.init), of.pays)
        (from, until, on) = (of.from, of.until, of.on)
        (rateUntil, gives) = (of.rateUntil, of.gives)
    }

    init(_ of: Json) throws {
        try of.only("number", "column", "from", "until", "on", "pays", "rate_until", "gives")
        (number, column, pays) = try (of.get("number").whole, of["column"]?.whole, Pay(of.get("pays")))
        (from, until, on) = try (of.get("from").number, of["until"]?.number, of.get("on").number)
        (rateUntil, gives) = try (of["rate_until"]?.fraction, of.get("gives").number)
    }
}

extension Pay {
    fileprivate init(_ of: Json) throws {
        let fields = try of.fields
        let (word, value) = try #require(fields.count == 1 ? fields.first : nil, "not one way to pay")
        switch word {
        case "rate": self = .rate(try value.fraction)
        case "per_unit": self = .perUnit(try value.number)
        case "amount": self = .amount(try value.number)
        default: throw NotUnderstood(description: "pays \(word)")
        }
    }
}
