import Prm
import Testing

extension Case {
    /// What the check of a document reports.
    func check() throws {
        try given.only("program")
        try expect.only("findings")
        let document = try document()
        let found = try checkProgram(document: document)
        let expected = try expect.get("findings").items.map(Reported.init)
        #expect(found.map { Reported(severity: $0.severity, code: $0.code, path: $0.path, suggestion: $0.suggestion) } == expected)
        if found.contains(where: { $0.severity == .error }) {
            do {
                _ = try Program.read(document: document)
                Issue.record("it was read")
            } catch PrmError.Input(let what, _, _) {
                #expect(what == "program")
            }
        } else {
            _ = try Program.read(document: document)
        }
    }
}

/// What a case says of a finding.
private struct Reported: Equatable {
    var severity: Severity
    var code: String
    var path: String
    var suggestion: String?
}

extension Reported {
    init(_ of: Json) throws {
        try of.only("severity", "code", "path", "suggestion")
        severity = try named(of.get("severity").text)
        (code, path, suggestion) = try (of.get("code").text, of.get("path").text, of["suggestion"]?.text)
    }
}
