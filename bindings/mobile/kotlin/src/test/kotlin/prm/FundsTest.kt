package prm

import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import kotlin.random.Random
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import prm.core.Act
import prm.core.Actor
import prm.core.AllocationForm
import prm.core.ClaimBasis
import prm.core.ClaimCommand
import prm.core.ClaimForm
import prm.core.ClaimPayout
import prm.core.Days
import prm.core.DisallowedItem
import prm.core.Expense
import prm.core.FundPartner
import prm.core.Invoice
import prm.core.MoneyAmount
import prm.core.Partner
import prm.core.PartnerRole
import prm.core.PrmException
import prm.core.RequestCommand
import prm.core.RequestForm
import prm.core.VendorRole
import prm.mobile.ClaimOwed
import prm.mobile.FundBook
import prm.mobile.Program
import prm.mobile.potText
import prm.mobile.requestReserved

/** Money of a fund, from the pot to the partner. */
class FundsTest {
    private val program = Program.read(
        """
        format: 1
        program: Example
        version: '1'
        effective: { from: 2025-01-01 }
        currency: USD
        mdf: { coop: { request: { share: 50 % }, claim: { within: 60 days } } }
        incentives:
          coop: { kind: mdf, fund: coop, accrues: { of: purchase_value, rate: 2 %, every: year } }
        """.trimIndent(),
    )
    private val days = Days(LocalDate.of(2025, 4, 1), LocalDate.of(2025, 4, 4))
    private val marketing = Actor.Vendor("mara", VendorRole.MARKETING)
    private val finance = Actor.Vendor("finn", VendorRole.FINANCE)
    private val manager = Actor.Vendor("max", VendorRole.CHANNEL_MANAGER)

    private fun people(partner: String) = Actor.Partner(partner, "$partner-people", PartnerRole.MARKETING)

    private fun act(by: Actor, day: String) = Act(by, Instant.parse("${day}T10:00:00Z"))

    private fun usd(amount: String) = MoneyAmount(BigDecimal(amount), "USD")

    private fun book() = FundBook(program).apply {
        listOf("alpine", "ridge").forEach { putPartner(FundPartner(Partner(it, it))) }
        accrue("coop", "2025", mapOf("alpine" to BigDecimal("100000")))
    }

    private val form = RequestForm(
        program = "Example", partner = "alpine", fund = "coop", activity = "ad", days = days, cost = usd("1800.00"),
    )

    private fun claim(invoice: String) = ClaimForm(
        "Example", "alpine", ClaimBasis.Mdf("r-1", days, listOf(Expense(Invoice("Print Co", invoice, days.from), usd("1800.00")))),
    )

    @Test
    fun `money is asked for, reserved, claimed and owed`() {
        val book = book()
        book.openRequest("r-1", form, act(people("alpine"), "2025-03-01"))
        book.commandRequest("r-1", RequestCommand.Submit, act(people("alpine"), "2025-03-01"))
        book.commandRequest("r-1", RequestCommand.Approve(null, "for the fair"), act(marketing, "2025-03-02"))
        val request = book.request("r-1", marketing)!!
        assertEquals(usd("900.00"), requestReserved(request, Instant.parse("2025-03-03T00:00:00Z")))
        // What the vendor notes for itself a partner does not see, and another partner's request does not exist.
        assertEquals(listOf("for the fair"), request.notes.map { it.text })
        assertEquals(request.copy(notes = listOf()), book.request("r-1", people("alpine")))
        assertNull(book.request("r-1", people("ridge")))

        book.openClaim("c-1", claim("1"), act(people("alpine"), "2025-04-10"))
        book.commandClaim("c-1", ClaimCommand.Submit, act(people("alpine"), "2025-04-10"))
        // An invoice is used once.
        book.openClaim("c-2", claim("1"), act(people("alpine"), "2025-04-10"))
        val refused = assertThrows<PrmException.Refused> {
            book.commandClaim("c-2", ClaimCommand.Submit, act(people("alpine"), "2025-04-10"))
        }
        assertEquals("claim.evidence_used" to "invoice:PRINTCO/1", refused.code to refused.facts["evidence"])
        book.commandClaim("c-1", ClaimCommand.Validate(listOf(), null), act(manager, "2025-04-11"))
        book.commandClaim("c-1", ClaimCommand.Approve(null), act(marketing, "2025-04-12"))
        assertEquals(listOf(ClaimOwed("c-1", ClaimPayout("alpine", null, usd("900.00")))), book.owed())
        val pot = book.pots().single()
        assertEquals("coop/2025/alpine", potText(pot.pot))
        assertEquals(usd("1100.00") to usd("900.00"), pot.balances.available to pot.balances.spent)
    }

    @Test
    fun `random calls are answered or refused`() {
        val random = Random(17)
        val texts = listOf("", " ", "alpine", "coop", "r-1", "two words", "\u0000", "x".repeat(300), "😀", "USD", "2025", "9".repeat(40))
        val numbers = listOf("0", "-0", "1E+400", "9".repeat(40), "-0.000000000000000000000000000000000001", "1E3", "12.50", "-7", "1E37")
        val dates = listOf(LocalDate.MIN, LocalDate.MAX, LocalDate.EPOCH, LocalDate.of(2025, 4, 1), LocalDate.of(2025, 4, 4))
        val instants = listOf(Instant.MIN, Instant.EPOCH, Instant.parse("2025-03-01T10:00:00Z"), Instant.parse("2262-01-01T00:00:00Z"))
        fun text() = texts.random(random)
        fun number() = BigDecimal(numbers.random(random))
        fun money() = MoneyAmount(number(), listOf("USD", text()).random(random))
        fun days() = listOf(days, Days(dates.random(random), dates.random(random))).random(random)
        val outcomes = mutableMapOf<String, Int>()
        val book = book()
        repeat(10_000) {
            val by = listOf(people("alpine"), people(text()), marketing, finance, manager, Actor.Host).random(random)
            val (act, id) = Act(by, instants.random(random)) to "r-${random.nextInt(20)}"
            val outcome = try {
                when (random.nextInt(9)) {
                    0 -> book.openRequest(id, form.copy(fund = listOf("coop", text()).random(random), days = days(), cost = money()), act)
                    1 -> book.commandRequest(id, listOf(RequestCommand.Submit, RequestCommand.Approve(money(), text()), RequestCommand.Cancel).random(random), act)
                    2 -> book.openClaim(id, ClaimForm("Example", "alpine", ClaimBasis.Mdf(id, days(), listOf(Expense(Invoice(text(), text(), dates.random(random)), money())))), act)
                    3 -> book.commandClaim(id, ClaimCommand.Validate(listOf(DisallowedItem(random.nextInt().toUInt(), number(), text())), null), act)
                    4 -> book.accrue(listOf("coop", text()).random(random), listOf("2025", text()).random(random), mapOf(listOf("alpine", text()).random(random) to number()))
                    5 -> book.allocate(AllocationForm("coop", text(), null, text(), money(), text()), act, finance)
                    6 -> book.endPeriod(book.pots().random(random).pot.copy(fund = listOf("coop", text()).random(random)), act.at)
                    7 -> book.noteUntil(act.at)
                    else -> book.request(listOf(id, text()).random(random), by)
                }
                "answered"
            } catch (refused: PrmException.Refused) {
                refused.text()
                "refused"
            } catch (_: PrmException.Input) {
                "input"
            }
            outcomes.merge(outcome, 1, Int::plus)
        }
        assertEquals(setOf("answered", "refused", "input"), outcomes.keys)
    }
}
