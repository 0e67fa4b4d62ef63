extension Int {
    /// The number that digits from 0 to 9 stand for; `nil` for anything else, and for more of them than fit.
    init?(digits: some Collection<UInt8>) {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        self = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            self = self * 10 + Int(digit - UInt8(ascii: "0"))
        }
    }

    /// The digits of a number that is not negative, with zeros before them.
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }

    /// How often a number fits, and what is left over, which is never negative.
    func split(by divisor: Int) -> (whole: Int, rest: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
