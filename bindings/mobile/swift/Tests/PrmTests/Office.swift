import Foundation
import Prm

private let document = """
    format: 1
    program: Example
    version: '1'
    effective: { from: 2025-01-01 }
    currency: USD
    products: { bikes: { category: Bikes } }
    deals:
      protection: { lasts: 90 days }
      conflicts:
        - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
        - { when: { protected_for: another_partner }, then: reject, code: already_protected }
    """

/// 2 June 2025, 12:00 UTC.
let noon = Date(timeIntervalSince1970: 1_748_865_600)

/// What the host tells: a program and two partners.
let given = try! office(["alpine", "ridge"])

let manager = Actor.vendor(person: "mara", role: .channelManager)

func office(_ partners: [String]) throws -> DealGiven {
    try DealGiven(program: .read(document: document), partners: partners.map { DealPartner(partner: Partner(id: $0, name: $0)) })
}

func sales(_ partner: String) -> Actor {
    .partner(partner: partner, person: "sales", role: .sales)
}

/// What a partner hands in.
func form(_ partner: String, _ account: String, _ name: String) -> DealForm {
    DealForm(
        program: "Example",
        partner: partner,
        dealType: .new,
        account: AccountFacts(id: account, name: name),
        lines: [DealLine(goods: .products("bikes"), value: MoneyAmount(amount: 9000, currency: "USD"))]
    )
}

func act(_ by: Actor, _ minutes: Double = 0, key: String? = nil) -> Act {
    Act(by: by, at: noon.addingTimeInterval(60 * minutes), key: key)
}

/// A file or folder of this project.
func file(_ path: String) -> URL {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../../..")
    return root.appendingPathComponent(path).standardizedFileURL
}

func text(of path: String) throws -> String {
    try String(contentsOf: file(path), encoding: .utf8)
}

/// The same numbers at every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
