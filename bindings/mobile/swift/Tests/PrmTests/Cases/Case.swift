import Foundation
import Prm
import Testing

/// A case that every language replays.
struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let topic: String
    let given: Json
    let expect: Json

    var testDescription: String { id }

    /// Those of all files of the folder.
    static var all: [Case] {
        get throws {
            let files = try FileManager.default.contentsOfDirectory(at: file("prm-core/tests/vectors"), includingPropertiesForKeys: nil)
            return try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.flatMap {
                try JSONDecoder().decode([Case].self, from: Data(contentsOf: $0))
            }
        }
    }

    init(from decoder: any Decoder) throws {
        let whole = try Json(from: decoder)
        try whole.only("id", "source", "status", "topic", "note", "given", "expect")
        (id, topic) = try (whole.get("id").text, whole.get("topic").text)
        (given, expect) = try (whole.get("given"), whole.get("expect"))
    }

    /// The program document, with the keys of every object in alphabetical order.
    func document() throws -> String {
        let program = try given.get("program")
        return try program.isText ? program.text : program.json()
    }

    func program() throws -> Program {
        try .read(document: document())
    }
}

/// The word for a case of an enumeration, as the serialised form has it.
func word(_ of: Any) -> String {
    let name = Mirror(reflecting: of).children.first?.label ?? "\(of)"
    return name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
}

/// The case of an enumeration that a word stands for.
func named<T: CaseIterable>(_ name: String) throws -> T {
    try #require(T.allCases.first { word($0) == name }, "\(T.self) has no \(name)")
}
