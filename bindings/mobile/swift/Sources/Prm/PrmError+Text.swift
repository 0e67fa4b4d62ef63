import Foundation

extension PrmError: LocalizedError {
    /// The reason, in English: for logs. For people, words of one's own belong to `code`.
    public var errorDescription: String? {
        switch self {
        case .Input(let what, let value, let text): "\(what): `\(value)`: \(text)"
        case .Refused(_, let text, _), .Failed(_, let text): text
        }
    }
}
