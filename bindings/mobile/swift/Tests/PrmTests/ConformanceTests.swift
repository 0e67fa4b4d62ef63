import Testing

@Suite("All conformance cases, replayed: the same answers as in Rust")
struct ConformanceTests {
    @Test("cases", arguments: try Case.all)
    func replay(_ of: Case) throws {
        switch of.topic {
        case "check": try of.check()
        case "commission": try of.commission()
        case "deal": try of.deal()
        case "due": try of.due()
        case "fund": try of.fund()
        case "rebate": try of.rebate()
        case "rounding": try of.rounding()
        case "spiff": try of.spiff()
        case "standing": try of.standing()
        default: Issue.record("topic \(of.topic) is unknown")
        }
    }

    @Test("all cases are there")
    func count() throws {
        #expect(try Case.all.count >= 647)
    }

    @Test("what a suite does not know is a failure that names it")
    func unknown() throws {
        let record = Json.record(["program": .text(""), "extra": .whole(1)])
        #expect(throws: NotUnderstood.self) { try record.only("program") }
        for text in ["1e3", "1.5 x", "", "0x10"] {
            #expect(throws: NotUnderstood.self) { try Json.text(text).number }
        }
        #expect(throws: NotUnderstood.self) { try Json.text("2.5").fraction }
    }
}
