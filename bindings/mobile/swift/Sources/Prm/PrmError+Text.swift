import Foundation

extension PrmError: LocalizedError {
    /// The reason, in English: for logs. People are told `text(_:)`, in their language.
    public var errorDescription: String? {
        switch self {
        case .Input(let what, let value, let text): "\(what): `\(value)`: \(text)"
        case .Refused(_, let text, _), .Failed(_, let text, _): text
        }
    }
}
