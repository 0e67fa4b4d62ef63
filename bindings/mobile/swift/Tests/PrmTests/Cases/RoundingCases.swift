import Foundation
import Prm
import Testing

extension Case {
    /// Products and differences, rounded in steps. `Decimal` keeps no zeros at the end: numbers are compared, not texts.
    func rounding() throws {
        try given.only("branches", "round", "take")
        try expect.only("values", "result")
        let rounds = try given.get("round").items.map { try $0.only("digits", "mode") }
        let branches = try given.get("branches").items.map { branch in
            var number = try exact(branch)
            return try rounds.map { round in
                let digits = try UInt8(round.get("digits").whole)
                number = try rounded(number: number, digits: digits, mode: named(round.get("mode").text))
                return number
            }
        }
        let expected = try expect.get("values").items.map { try $0.items.map { try $0.number } }
        #expect(branches == expected)
        let last = branches.compactMap(\.last)
        let chosen: Decimal? = switch try given["take"]?.text {
        case "greatest": last.max()
        case nil: last.count == 1 ? last[0] : nil
        case let take?: throw NotUnderstood(description: "takes \(take)")
        }
        if let result = try expect["result"]?.number { #expect(chosen == result) }
    }
}

private func exact(_ branch: Json) throws -> Decimal {
    try branch.only("multiply", "subtract")
    if let factors = try branch["multiply"]?.items {
        return try factors.map { try $0.text.hasSuffix("%") ? $0.fraction : $0.number }.reduce(1) { try exactly(NSDecimalMultiply, $0, $1) }
    }
    let numbers = try branch.get("subtract").items.map { try $0.number }
    try #require(numbers.count == 2)
    return try exactly(NSDecimalSubtract, numbers[0], numbers[1])
}

private typealias Operation = (
    UnsafeMutablePointer<Decimal>, UnsafePointer<Decimal>, UnsafePointer<Decimal>, NSDecimalNumber.RoundingMode
) -> NSDecimalNumber.CalculationError

/// The operators round what has too many digits, and do not say so.
private func exactly(_ operation: Operation, _ one: Decimal, _ other: Decimal) throws -> Decimal {
    var (one, other, result) = (one, other, Decimal())
    try #require(operation(&result, &one, &other, .plain) == .noError)
    return result
}
