/// A day of the Gregorian calendar, without a time or a time zone: the first day of a period, the last of a protection.
///
/// Years go from -262143 to 262142, the days that the library knows; a `CalendarDate` that is none of them cannot be made.
/// Its text is `YYYY-MM-DD`; years of more than four digits, and those before year 0, have a sign: `+12025-06-02`.
public struct CalendarDate: Hashable, Sendable {
    /// The year; 0 is the one before year 1.
    public let year: Int
    /// From 1 to 12.
    public let month: Int
    /// From 1 to the length of the month.
    public let day: Int

    /// The day of these parts; `nil` if there is none, such as 30 February.
    public init?(year: Int, month: Int, day: Int) {
        guard Self.years.contains(year), (1...12).contains(month), day >= 1, day <= Self.length(of: month, in: year) else {
            return nil
        }
        (self.year, self.month, self.day) = (year, month, day)
    }

    private static let years = -262_143...262_142

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CalendarDate: Comparable {
    /// Whether a day is before another.
    public static func < (one: CalendarDate, other: CalendarDate) -> Bool {
        (one.year, one.month, one.day) < (other.year, other.month, other.day)
    }
}

extension CalendarDate: LosslessStringConvertible {
    /// The day that a text such as `2025-06-02` stands for; `nil` if it stands for none, also with anything before or after it.
    public init?(_ description: String) {
        let signed = description.hasPrefix("-") || description.hasPrefix("+")
        let parts = description.dropFirst(signed ? 1 : 0).utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count >= 4, parts[1].count == 2, parts[2].count == 2,
            let year = Int(digits: parts[0]), let month = Int(digits: parts[1]), let day = Int(digits: parts[2])
        else { return nil }
        self.init(year: description.hasPrefix("-") ? -year : year, month: month, day: day)
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
        return "\(sign)\(abs(year).padded(4))-\(month.padded(2))-\(day.padded(2))"
    }
}

extension CalendarDate: Codable {
    /// Reads the text.
    ///
    /// - Throws: `DecodingError` if it stands for no day.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let day = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "`\(text)` is no day such as 2025-06-02")
        }
        self = day
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
