import Foundation
import Testing

/// A case that every language replays.
struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let given: Json
    let expect: Json

    var testDescription: String { id }

    static var all: [Case] {
        get throws {
            try JSONDecoder().decode([Case].self, from: Data(text(of: "prm-core/tests/vectors/deals.json").utf8))
        }
    }
}

/// JSON without numbers that have a point: those of cases are texts, and none is ever read as a `Double`.
enum Json: Codable, Equatable, Sendable {
    case none
    case truth(Bool)
    case whole(Int)
    case text(String)
    case list([Json])
    case record([String: Json])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .none
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

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .none: try value.encodeNil()
        case .truth(let truth): try value.encode(truth)
        case .whole(let whole): try value.encode(whole)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .record(let record): try value.encode(record)
        }
    }

    subscript(name: String) -> Json? { fields[name] }

    var fields: [String: Json] {
        if case .record(let record) = self { record } else { [:] }
    }

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// As a text, with sorted names.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension Json? {
    /// What a list has; nothing if there is none.
    var items: [Json] {
        if case .list(let list)? = self { list } else { [] }
    }
}
