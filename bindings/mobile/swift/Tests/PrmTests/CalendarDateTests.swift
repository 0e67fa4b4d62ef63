import Foundation
import Prm
import Testing

@Suite("Days without a time")
struct CalendarDateTests {
    @Test("what is no day cannot be made", arguments: [
        "", "2025-6-2", "2025-06-31", "2025-02-29", "1900-02-29", "2025-00-01", "2025-13-01", "2025-06-00", "25-06-02", " 2025-06-02",
        "2025-06-02T00:00", "2025-06-02-", "٢٠٢٥-06-02", "+262143-01-01", "-262144-12-31", "99999999999999999999-01-01", "--2025-06-02",
    ])
    func none(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test("days have parts, an order and a text")
    func parts() throws {
        let leap = try #require(CalendarDate(year: 2024, month: 2, day: 29))
        #expect(leap.description == "2024-02-29")
        #expect(CalendarDate(year: 2000, month: 2, day: 29) == CalendarDate("2000-02-29"))
        #expect(CalendarDate(year: .max, month: 1, day: 1) == nil && CalendarDate(year: .min, month: 1, day: 1) == nil)
        #expect(CalendarDate(year: 2025, month: .max, day: .min) == nil)
        let days = ["-0001-12-31", "0000-01-01", "2024-02-29", "2024-03-01", "2024-03-02", "+10000-01-01"].compactMap { CalendarDate($0) }
        #expect(days.count == 6 && days.shuffled().sorted() == days)
        #expect(days.map(\.description) == ["-0001-12-31", "0000-01-01", "2024-02-29", "2024-03-01", "2024-03-02", "+10000-01-01"])
    }

    @Test("days are texts in JSON")
    func codable() throws {
        let days = try JSONDecoder().decode([CalendarDate].self, from: Data(#"["2025-06-02","+12025-06-02"]"#.utf8))
        #expect(days == [CalendarDate("2025-06-02"), CalendarDate("+12025-06-02")])
        #expect(String(decoding: try JSONEncoder().encode(days), as: UTF8.self) == #"["2025-06-02","+12025-06-02"]"#)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([CalendarDate].self, from: Data(#"["2025-02-30"]"#.utf8)) }
    }

    @Test("a day is that of a clock in a time zone")
    func zones() throws {
        let (east, west) = (try #require(TimeZone(identifier: "Pacific/Auckland")), try #require(TimeZone(identifier: "America/Los_Angeles")))
        #expect(CalendarDate(noon, in: east) == CalendarDate("2025-06-03"))
        #expect(CalendarDate(noon, in: west) == CalendarDate("2025-06-02"))
        #expect(CalendarDate(noon - 6 * 3600, in: west) == CalendarDate("2025-06-01"))
        for beyond in [Double.nan, .infinity, -.infinity, 1e13, -1e13, 9e12, -9e12, .greatestFiniteMagnitude] {
            #expect(CalendarDate(Date(timeIntervalSinceReferenceDate: beyond), in: east) == nil)
        }
        var parts = try #require(CalendarDate("2025-06-02")).components
        parts.timeZone = TimeZone(secondsFromGMT: 12 * 3600)
        #expect(parts.date == noon - 24 * 3600)
    }
}
