package prm

import java.math.BigDecimal
import java.math.BigInteger
import java.time.Instant
import java.time.LocalDate
import java.time.temporal.ChronoUnit
import kotlin.random.Random
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import prm.Office.act
import prm.Office.form
import prm.Office.given
import prm.Office.sales
import prm.core.Act
import prm.core.DealCommand
import prm.core.DealFound
import prm.core.DealLine
import prm.core.Goods
import prm.core.MoneyAmount
import prm.core.PrmException
import prm.core.SpecialPrice
import prm.mobile.CodeTexts
import prm.mobile.Deal
import prm.mobile.DealBook
import prm.mobile.Program
import prm.mobile.decideDeal
import prm.mobile.openDeal

/** What crosses: exactly, or with a typed refusal. */
class BorderTest {
    @Test
    fun `what cannot be read is named`() {
        val id = assertThrows<PrmException.Input> { openDeal(form("two words", "a", "Contoso"), given, act(sales("alpine"))) }
        assertEquals("partner id" to "two words", id.what to id.value)
        val money = form("alpine", "a", "Contoso").copy(lines = listOf(DealLine(Goods.Products("bikes"), MoneyAmount(BigDecimal("0.001"), "USD"))))
        assertEquals("money", assertThrows<PrmException.Input> { openDeal(money, given, act(sales("alpine"))) }.what)
        val far = form("alpine", "a", "Contoso").copy(closeDate = LocalDate.MAX)
        assertEquals("day", assertThrows<PrmException.Input> { openDeal(far, given, act(sales("alpine"))) }.what)
        assertEquals("instant", assertThrows<PrmException.Input> { openDeal(form("alpine", "a", "C"), given, Act(sales("alpine"), Instant.MAX)) }.what)
        // A decision is never dated before what it decides on.
        val draft = openDeal(form("alpine", "a", "Contoso"), given, act(sales("alpine"), 5)).registration
        val early = assertThrows<PrmException.Refused> {
            decideDeal(draft, DealCommand.Submit, given, DealFound(listOf(), listOf()), act(sales("alpine"), 4))
        }
        assertEquals("book.before_last_change" to "2025-06-02T12:05:00Z", early.code to early.facts["last"])
        assertEquals("dated 2025-06-02T12:04:00Z, but the registration last changed at 2025-06-02T12:05:00Z", early.text())
        assertEquals("Look at the registration again, and send the command with a later instant.", early.nextStep())
        // In another language, from a file of the same form.
        val german = """{"codes": [{"code": "book.before_last_change", "seen_by": "anyone", "text": "älter als {last}; {at}, {none}",
            "parameters": [{"name": "at", "type": "instant"}, {"name": "last", "type": "instant"}, {"name": "none", "type": "error"}]}]}"""
        assertEquals("älter als 2025-06-02T12:05:00Z; 2025-06-02T12:04:00Z, {none}", early.text(CodeTexts.read(german)))
        assertEquals("codes", assertThrows<PrmException.Input> { CodeTexts.read("[]") }.what)
        assertEquals("program", assertThrows<PrmException.Input> { Program.read("format: 2") }.what)
    }

    @Test
    fun `a deal by its handle is decided as one that crosses`() {
        val draft = openDeal(form("alpine", "a", "Contoso"), given, act(sales("alpine"))).registration
        val crossed = decideDeal(draft, DealCommand.Submit, given, DealFound(listOf(), listOf()), act(sales("alpine"), 1))
        val deal = Deal(draft, given)
        assertEquals(crossed.events, deal.decide(DealCommand.Submit, act(sales("alpine"), 1)))
        assertEquals(crossed.registration, deal.registration(act(Office.manager)))
        // What is refused leaves it as it was, and others do not learn of it.
        val refused = assertThrows<PrmException.Refused> { deal.decide(DealCommand.Submit, act(sales("alpine"), 2)) }
        assertEquals("registration.stage", refused.code)
        assertEquals(crossed.registration, deal.registration(act(Office.manager)))
        assertNull(deal.registration(act(sales("ridge"))))
    }

    @Test
    fun `instants, days and amounts come back as they went`() {
        val random = Random(7)
        repeat(100_000) {
            val at = Instant.EPOCH.plus(random.nextLong(-60_000_000_000_000_000, 250_000_000_000_000_000), ChronoUnit.MICROS)
            val day = LocalDate.ofEpochDay(random.nextLong(-700_000, 2_900_000))
            val amount = BigDecimal(BigInteger.valueOf(random.nextLong(0, Long.MAX_VALUE)), 2)
            val form = form("alpine", "a", "Contoso")
            val sent = form.copy(closeDate = day, lines = listOf(DealLine(Goods.Products("bikes"), MoneyAmount(amount, "USD"))))
            val back = openDeal(sent, given, Act(sales("alpine"), at))
            assertEquals(at, back.events[0].at)
            assertEquals(sent, back.registration.form)
        }
    }

    @Test
    fun `random calls are answered or refused`() {
        val random = Random(11)
        val texts = listOf("", " ", "a", "two words", "é", "\u0000", "\u202e", "x".repeat(200), "😀", "-", "USD", "9".repeat(40))
        val numbers = listOf("0", "-0", "1E+400", "1E-400", "9".repeat(40), "-0.000000000000000000000000000000000001", "1E3", "12.50", "-7")
        val days = listOf(LocalDate.MIN, LocalDate.MAX, LocalDate.EPOCH, LocalDate.of(2025, 6, 2), LocalDate.of(10_000, 1, 1))
        val instants = listOf(Instant.MIN, Instant.MAX, Instant.EPOCH, Office.noon, Instant.parse("2025-06-02T12:00:00.123456789Z"))
        fun text() = texts.random(random)
        fun money() = MoneyAmount(BigDecimal(numbers.random(random)), listOf("USD", "JPY", text()).random(random))
        val book = DealBook()
        var answered = 0
        repeat(10_000) {
            val act = Act(sales(listOf("alpine", text()).random(random)), instants.random(random), text())
            val form = form(listOf("alpine", text()).random(random), listOf("a", text()).random(random), text()).copy(
                program = listOf("Example", text()).random(random),
                closeDate = listOf(null, days.random(random)).random(random),
                distributors = List(random.nextInt(3)) { text() },
                lines = List(random.nextInt(4)) { DealLine(Goods.Products(listOf("bikes", text()).random(random)), money()) },
            )
            val command = when (random.nextInt(7)) {
                0 -> DealCommand.Edit(form)
                1 -> DealCommand.Submit
                2 -> DealCommand.Approve(setOf(0u, UInt.MAX_VALUE))
                3 -> DealCommand.Reject(setOf(random.nextInt(4).toUInt()), text())
                4 -> DealCommand.Update(List(random.nextInt(3)) { money() }, days.random(random))
                5 -> DealCommand.AskSpecialPrice(SpecialPrice.Discount(BigDecimal(numbers.random(random))))
                else -> DealCommand.Withdraw
            }
            try {
                if (random.nextBoolean()) book.open("r-${random.nextInt(50)}", form, given, act)
                book.command("r-${random.nextInt(50)}", command, given, act)
                answered++
            } catch (refused: PrmException) {
                assertTrue(refused !is PrmException.Failed)
            }
        }
        assertTrue(answered > 0)
    }

    @Test
    fun `a text that is none is refused before it crosses`() {
        val lone = form("alpine", "a", "Contoso \uD800 Works")
        assertThrows<java.nio.charset.MalformedInputException> { openDeal(lone, given, act(sales("alpine"))) }
    }
}
