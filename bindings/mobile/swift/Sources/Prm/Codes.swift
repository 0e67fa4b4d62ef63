import Foundation

extension CodeTexts {
    /// The English texts of `codes.json`, which come with this package.
    public static let english: CodeTexts = {
        guard let file = Bundle.module.url(forResource: "codes", withExtension: "json"),
            let texts = try? CodeTexts.read(json: String(contentsOf: file, encoding: .utf8))
        else { preconditionFailure("codes.json is not in the package") }
        return texts
    }()
}

extension PrmError {
    /// The code of a refusal or failure; none for what could not be read.
    public var code: String? {
        switch self {
        case .Refused(let code, _, _), .Failed(let code, _, _): code
        case .Input: nil
        }
    }

    /// What went wrong, in the language of the texts, or in English where they do not have it.
    public func text(_ texts: CodeTexts = .english) -> String {
        switch self {
        case .Refused(let code, let text, let facts), .Failed(let code, let text, let facts): texts.text(code: code, facts: facts) ?? text
        case .Input: localizedDescription
        }
    }

    /// What to do about it, if the texts say.
    public func nextStep(_ texts: CodeTexts = .english) -> String? {
        code.flatMap(texts.nextStep)
    }
}
