import Foundation
import Prm

/// JSON without numbers that have a point: those of cases are texts, and none is ever read as a `Double`.
///
/// What is not of the kind that is asked for is an error that names it: nothing of a case is skipped.
enum Json: Decodable, Sendable {
    case null
    case truth(Bool)
    case whole(Int)
    case text(String)
    case list([Json])
    case record([String: Json])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let whole = try? value.decode(Int.self) {
            self = .whole(whole)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([Json].self) {
            self = .list(list)
        } else {
            self = .record(try value.decode([String: Json].self))
        }
    }

    /// As a text. Encoders sort names without regard to capitals and with regard to numbers; these are in the order of letters.
    func json() throws -> String {
        switch self {
        case .null: "null"
        case .truth(let truth): "\(truth)"
        case .whole(let whole): "\(whole)"
        case .text(let text): try Self.quoted(text)
        case .list(let list): try "[\(list.map { try $0.json() }.joined(separator: ","))]"
        case .record(let record):
            try "{\(record.sorted { $0.key < $1.key }.map { try "\(Self.quoted($0)):\($1.json())" }.joined(separator: ","))}"
        }
    }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }
}

/// What a case says that its suite does not understand.
struct NotUnderstood: Error, CustomStringConvertible {
    let description: String
}

extension Json {
    /// What a record has by a name, if it has it.
    subscript(name: String) -> Json? {
        if case .record(let record) = self { record[name] } else { nil }
    }

    func get(_ name: String) throws -> Json {
        guard let value = self[name] else { throw NotUnderstood(description: "no \(name) in \(self)") }
        return value
    }

    /// Refuses keys that a suite does not know.
    @discardableResult
    func only(_ known: String...) throws -> Json {
        let unknown = try Set(fields.keys).subtracting(known)
        guard unknown.isEmpty else { throw NotUnderstood(description: "unknown keys: \(unknown.sorted())") }
        return self
    }

    /// What a list has by a name; nothing if there is none.
    func list(_ name: String) throws -> [Json] {
        try self[name]?.items ?? []
    }

    var fields: [String: Json] {
        get throws { if case .record(let record) = self { record } else { throw no("record") } }
    }

    var items: [Json] {
        get throws { if case .list(let list) = self { list } else { throw no("list") } }
    }

    var text: String {
        get throws { if case .text(let text) = self { text } else { throw no("text") } }
    }

    var isText: Bool {
        if case .text = self { true } else { false }
    }

    var whole: Int {
        get throws { if case .whole(let whole) = self { whole } else { throw no("whole number") } }
    }

    var truth: Bool {
        get throws { if case .truth(let truth) = self { truth } else { throw no("truth") } }
    }

    var day: CalendarDate {
        get throws {
            guard let day = try CalendarDate(text) else { throw no("day") }
            return day
        }
    }

    var instant: Date {
        get throws {
            guard let instant = try ISO8601DateFormatter().date(from: text) else { throw no("instant") }
            return instant
        }
    }

    /// The number of a text, all of it.
    var number: Decimal {
        get throws {
            guard let number = try Decimal(digits: text) else { throw no("number") }
            return number
        }
    }

    /// The fraction that a percentage is.
    var fraction: Decimal {
        get throws {
            let percent = try text
            guard percent.hasSuffix("%"), let number = Decimal(digits: percent.dropLast().trimmingCharacters(in: [" "])) else {
                throw no("percentage")
            }
            return Decimal(sign: .plus, exponent: -2, significand: number)
        }
    }

    private func no(_ kind: String) -> NotUnderstood {
        NotUnderstood(description: "no \(kind): \(self)")
    }
}

extension Decimal {
    /// `Decimal(string:)` takes what begins with a number.
    fileprivate init?(digits: String) {
        guard digits.allSatisfy("-.0123456789".contains), let number = Self(string: digits) else { return nil }
        self = number
    }
}
