import Foundation

extension CalendarDate {
    /// The day that a clock in a time zone shows at an instant, whatever calendar the device uses; `nil` if it is beyond the
    /// years of `CalendarDate`.
    public init?(_ instant: Date, in zone: TimeZone) {
        // Foundation is asked for no instant that it cannot calculate with.
        guard abs(instant.timeIntervalSinceReferenceDate) < 1e13 else { return nil }
        let local = instant.timeIntervalSinceReferenceDate + Double(zone.secondsFromGMT(for: instant))
        self.init(daysSince2001: Int(local.rounded(.down)).split(by: 86_400).whole)
    }

    /// Year, month and day of the Gregorian calendar, for Foundation's formatters and pickers.
    public var components: DateComponents {
        DateComponents(calendar: Calendar(identifier: .gregorian), year: year, month: month, day: day)
    }
}
