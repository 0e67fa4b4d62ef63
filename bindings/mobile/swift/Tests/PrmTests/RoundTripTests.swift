import Foundation
@testable import Prm
import Testing

@Suite("Instants, days and numbers come back as they went")
struct RoundTripTests {
    private static let times = 100_000
    /// So far from 2001 `Date` holds every microsecond: 2³³ seconds, 272 years.
    private static let exactYears = 1729...2272

    private static func day(in years: ClosedRange<Int>, _ random: inout Seeded) -> CalendarDate {
        let first = CalendarDate(year: years.lowerBound, month: 1, day: 1)!.daysSince2001
        let last = CalendarDate(year: years.upperBound, month: 12, day: 31)!.daysSince2001
        return CalendarDate(daysSince2001: .random(in: first...last, using: &random))!
    }

    private static func time(_ random: inout Seeded) -> String {
        [24, 60, 60].map { Int.random(in: 0..<$0, using: &random).padded(2) }.joined(separator: ":")
    }

    /// An instant as the library writes it into JSON: with six digits behind the point, unless the last three are zeros.
    private static func instant(_ random: inout Seeded) -> String {
        let microseconds = Int.random(in: 0..<1000, using: &random) * 1000 + Int.random(in: 1..<1000, using: &random)
        return "\(day(in: exactYears, &random))T\(time(&random)).\(microseconds.padded(6))Z"
    }

    @Test("what the library sends it gets back")
    func texts() throws {
        var random = Seeded(7)
        for _ in 0..<Self.times {
            let (at, idle) = (Self.instant(&random), Self.instant(&random))
            let day = Self.day(in: -262_143...262_142, &random)
            let (whole, cents) = (Int.random(in: 0...(.max / 100 - 1), using: &random), Int.random(in: 0..<100, using: &random))
            let amount = "\(Bool.random(using: &random) ? "-" : "")\(whole).\(cents.padded(2))"
            let json = #"{"name":"updated","values":[{"amount":"\#(amount)","currency":"USD"}],"close_date":"\#(day)","#
                + #""idle_at":"\#(idle)","at":"\#(at)","by":{"kind":"host"}}"#
            let back = try dealEventToJson(of: dealEventFromJson(json: json))
            guard back == json else {
                Issue.record("\(json) came back as \(back)")
                return
            }
        }
    }

    @Test("in the years 0 to 9999 `Date` holds every second")
    func seconds() throws {
        var random = Seeded(6)
        for _ in 0..<Self.times {
            let at = "\(Self.day(in: 0...9999, &random))T\(Self.time(&random)).000000Z"
            guard try Date(crossing: at).crossing == at else {
                Issue.record("\(at) came back as \(try Date(crossing: at).crossing)")
                return
            }
        }
    }

    @Test("what Swift sends it gets back, to the microsecond or as finely as `Date` has it")
    func dates() throws {
        var random = Seeded(8)
        let (first, last) = (try Date(crossing: "0000-01-01T00:00:00.000000Z"), try Date(crossing: "9999-12-31T23:59:59.000000Z"))
        for _ in 0..<Self.times {
            let sent = Date(timeIntervalSinceReferenceDate: .random(in: first.timeIntervalSinceReferenceDate...last.timeIntervalSinceReferenceDate, using: &random))
            let near = sent.timeIntervalSinceReferenceDate.remainder(dividingBy: 0x1p33)
            for at in [sent, Date(timeIntervalSinceReferenceDate: near)] {
                let back = try Date(crossing: at.crossing)
                let isExact = abs(at.timeIntervalSinceReferenceDate) > 0x1p33
                guard isExact ? back == at : abs(back.timeIntervalSince(at)) < 0.000001, try Date(crossing: back.crossing) == back else {
                    Issue.record("\(at.timeIntervalSinceReferenceDate) came back as \(back.timeIntervalSinceReferenceDate)")
                    return
                }
            }
        }
    }

    @Test("far from 2001 an instant moves by at most 16 microseconds")
    func farInstants() throws {
        #expect(try Date(crossing: "9000-06-02T12:00:00.000016Z").crossing == "9000-06-02T12:00:00.000031Z")
        // So the last microseconds of 9999 become an instant that the library does not take.
        #expect(try Date(crossing: "9999-12-31T23:59:59.999999Z").crossing == "+10000-01-01T00:00:00.000000Z")
    }

    @Test("instants are those of other calendars", arguments: [
        ("0001-01-01T00:00:00.000000Z", -62_135_596_800), ("1582-10-15T00:00:00.000000Z", -12_219_292_800),
        ("1900-03-01T00:00:00.000000Z", -2_203_891_200), ("1970-01-01T00:00:00.000000Z", 0), ("1999-12-31T23:59:59.500000Z", 946_684_799.5),
        ("2000-02-29T00:00:00.000000Z", 951_782_400), ("2016-12-31T23:59:60.000000Z", 1_483_228_800), ("9999-12-31T23:59:59.000000Z", 253_402_300_799),
    ])
    func anchors(text: String, since1970: Double) throws {
        #expect(try Date(crossing: text) == Date(timeIntervalSince1970: since1970))
    }

    @Test("days follow each other")
    func days() throws {
        var random = Seeded(9)
        for _ in 0..<Self.times {
            let day = Self.day(in: -262_143...262_141, &random)
            let next = try #require(CalendarDate(daysSince2001: day.daysSince2001 + 1))
            let follows = next.day == 1 ? (next.month == 1 ? day.day == 31 : day.day >= 28) : (next.day == day.day + 1 && next.month == day.month)
            guard follows, day < next, CalendarDate(day.description) == day else {
                Issue.record("\(day) is followed by \(next)")
                return
            }
        }
    }

    @Test("numbers keep all the digits that the library has")
    func numbers() throws {
        var random = Seeded(10)
        let most = "170141183460469231731687303715884105727"
        var texts = ["0", most, "-170141183460469231731687303715884105728", "1." + most.dropFirst(), "-0.\(String(repeating: "0", count: 37))1"]
        while texts.count < Self.times {
            var digits = (0..<Int.random(in: 1...39, using: &random)).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            // Of 39 digits those that fit: up to 169 and so on.
            if digits.count == 39 { digits = "16" + digits.dropFirst(2) }
            let point = Int.random(in: 0...min(digits.count, 38), using: &random)
            texts.append((Bool.random(using: &random) ? "-" : "") + Self.plain(digits, point))
        }
        for text in texts {
            let number = try Decimal(crossing: text)
            let (sign, parts) = (text.hasPrefix("-"), text.drop { $0 == "-" }.split(separator: "."))
            let trimmed = parts.count == 1 ? "" : String(parts[1].reversed().drop { $0 == "0" }.reversed())
            let expected = parts[0] + (trimmed.isEmpty ? "" : ".\(trimmed)")
            guard number.crossing == (sign && expected != "0" ? "-" : "") + expected else {
                Issue.record("\(text) came back as \(number.crossing)")
                return
            }
        }
    }

    /// Digits with a point before the last ones, as the library writes them.
    private static func plain(_ digits: String, _ behind: Int) -> String {
        let whole = String(digits.dropLast(behind).drop { $0 == "0" })
        return (whole.isEmpty ? "0" : whole) + (behind == 0 ? "" : "." + digits.suffix(behind))
    }

    @Test("what is no text of the library is told, not trapped", arguments: ["", "T", "2025", "2025-06-02", "2025-06-02T12:00:00Z", "2025-06-02T12:0x:00.000000Z", "é"])
    func unreadable(text: String) {
        #expect(throws: PrmError.self) { try Date(crossing: text) }
        #expect(throws: PrmError.self) { try CalendarDate(crossing: text + "x") }
        #expect(throws: PrmError.self) { try Decimal(crossing: "x" + text) }
    }
}
