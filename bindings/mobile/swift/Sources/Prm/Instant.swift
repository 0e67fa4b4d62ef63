import Foundation

// Instants cross as RFC 3339 in UTC with six digits of a second. Formatters are slow, and cut at milliseconds.

extension Foundation.Date {
    /// The nearest `Date` to an instant such as `2025-06-02T12:00:00.000001Z`.
    init(crossing text: String) throws {
        let parts = text.utf8.split(separator: UInt8(ascii: "T"))
        guard parts.count == 2, parts[1].count == 16,
            let day = CalendarDate(String(Substring(parts[0]))),
            let time = Self.microseconds(of: Array(parts[1]))
        else { throw unreadable("instant", text) }
        let (seconds, microseconds) = time.split(by: 1_000_000)
        let whole = day.daysSince2001 * 86_400 + seconds
        self.init(timeIntervalSinceReferenceDate: Double(whole) + Double(microseconds) / 1_000_000)
    }

    /// The nearest microsecond; for what is no instant of the years 0 to 9999, a text that the library refuses.
    var crossing: String {
        let seconds = timeIntervalSinceReferenceDate
        let refused = "\(seconds) seconds after 2001"
        guard let whole = Int(exactly: seconds.rounded(.down)) else { return refused }
        let (carried, microseconds) = Int(((seconds - Double(whole)) * 1_000_000).rounded()).split(by: 1_000_000)
        let (days, time) = (whole + carried).split(by: 86_400)
        guard let day = CalendarDate(daysSince2001: days) else { return refused }
        let (minutes, second) = time.split(by: 60)
        let (hour, minute) = minutes.split(by: 60)
        return "\(day)T\(hour.padded(2)):\(minute.padded(2)):\(second.padded(2)).\(microseconds.padded(6))Z"
    }

    /// Microseconds of a day, of `hh:mm:ss.ffffffZ`.
    private static func microseconds(of time: [UInt8]) -> Int? {
        guard time[2] == UInt8(ascii: ":"), time[5] == UInt8(ascii: ":"), time[8] == UInt8(ascii: "."), time[15] == UInt8(ascii: "Z"),
            let hour = Int(digits: time[0..<2]), let minute = Int(digits: time[3..<5]),
            let second = Int(digits: time[6..<8]), let microsecond = Int(digits: time[9..<15])
        else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond
    }
}

// Days are counted from 1 March of year 0 in eras of 400 years, so that a leap day ends its year.
extension CalendarDate {
    private static let era = 146_097
    private static let from0To2001 = 730_791

    /// Days since 1 January 2001.
    var daysSince2001: Int {
        let (monthsSinceMarch, yearOfMarch) = month > 2 ? (month - 3, year) : (month + 9, year - 1)
        let (era, yearOfEra) = yearOfMarch.split(by: 400)
        let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.era + dayOfEra - Self.from0To2001
    }

    /// The day so many days after 1 January 2001; `nil` if it is beyond the calendar.
    init?(daysSince2001 days: Int) {
        let (era, dayOfEra) = (days + Self.from0To2001).split(by: Self.era)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthsSinceMarch = (5 * dayOfYear + 2) / 153
        let month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(year: year, month: month, day: dayOfYear - (153 * monthsSinceMarch + 2) / 5 + 1)
    }
}
