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
        guard let whole = Int(exactly: seconds.rounded(.down)) else { return beyond }
        let (carried, microseconds) = Int(((seconds - Double(whole)) * 1_000_000).rounded()).split(by: 1_000_000)
        let (days, time) = (whole + carried).split(by: 86_400)
        guard let day = CalendarDate(daysSince2001: days) else { return beyond }
        let (minutes, second) = time.split(by: 60)
        let (hour, minute) = minutes.split(by: 60)
        return "\(day)T\(hour.padded(2)):\(minute.padded(2)):\(second.padded(2)).\(microseconds.padded(6))Z"
    }

    private var beyond: String { "\(timeIntervalSinceReferenceDate) seconds after 2001" }

    /// Microseconds of a day, of `hh:mm:ss.ffffffZ`.
    private static func microseconds(of time: [UInt8]) -> Int? {
        guard time[2] == UInt8(ascii: ":"), time[5] == UInt8(ascii: ":"), time[8] == UInt8(ascii: "."), time[15] == UInt8(ascii: "Z"),
            let hour = Int(digits: time[0..<2]), let minute = Int(digits: time[3..<5]),
            let second = Int(digits: time[6..<8]), let microsecond = Int(digits: time[9..<15])
        else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond
    }
}
