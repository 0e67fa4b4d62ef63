// Days are counted from 1 March of year 0, so that a leap day is the last of its year, in eras of 400 years, which are all of one
// length. Months from March on have 153 days in every five.
extension CalendarDate {
    private static let daysOfEra = 146_097
    /// From 1 March of year 0 to 1 January 2001.
    private static let daysTo2001 = 730_791

    /// Days since 1 January 2001.
    var daysSince2001: Int {
        let (monthsSinceMarch, yearOfMarch) = month > 2 ? (month - 3, year) : (month + 9, year - 1)
        let (era, yearOfEra) = yearOfMarch.split(by: 400)
        let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysOfEra + dayOfEra - Self.daysTo2001
    }

    /// The day so many days after 1 January 2001; `nil` if it is beyond the calendar.
    init?(daysSince2001 days: Int) {
        let (era, dayOfEra) = (days + Self.daysTo2001).split(by: Self.daysOfEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthsSinceMarch = (5 * dayOfYear + 2) / 153
        let month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(year: year, month: month, day: dayOfYear - (153 * monthsSinceMarch + 2) / 5 + 1)
    }
}
