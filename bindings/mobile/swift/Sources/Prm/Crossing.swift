import Foundation

// How numbers and days are written as the texts that cross, and read from them. The texts of the library can all be read;
// a value that it cannot take becomes a text that it refuses with `PrmError.Input`.

/// A text of the library that is not what it was to be.
func unreadable(_ what: String, _ value: String) -> PrmError {
    .Input(what: what, value: value, text: "this version of the bindings cannot read it")
}

extension Foundation.Decimal {
    /// A number of at most 128 bits with a point among its digits: `Decimal` holds each of them exactly.
    init(crossing text: String) throws {
        guard let number = Self(string: text, locale: Self.plain) else { throw unreadable("number", text) }
        self = number
    }

    /// All digits, with a point whatever the locale; `NaN` is a text that the library refuses.
    var crossing: String { description }

    private static let plain = Locale(identifier: "en_US_POSIX")
}

extension CalendarDate {
    init(crossing text: String) throws {
        guard let day = Self(text) else { throw unreadable("day", text) }
        self = day
    }

    var crossing: String { description }
}
