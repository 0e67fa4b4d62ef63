package prm

import java.math.BigDecimal
import java.time.LocalDate
import kotlin.random.Random
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import prm.core.ChannelStep
import prm.core.CommissionFacts
import prm.core.CustomerPayment
import prm.core.CustomerSince
import prm.core.Days
import prm.core.LineAmounts
import prm.core.LineDates
import prm.core.LineKey
import prm.core.LineKind
import prm.core.MetricFact
import prm.core.MetricKey
import prm.core.MoneyAmount
import prm.core.Partner
import prm.core.Payout
import prm.core.PartnerTouch
import prm.core.PrmException
import prm.core.SaleLine
import prm.mobile.MeasuredValues
import prm.mobile.Program
import prm.mobile.SalesBook
import prm.mobile.commissionAnswerFromJson
import prm.mobile.commissionAnswerToJson
import prm.mobile.explanationToJson
import prm.mobile.payoutText
import prm.mobile.standingText

/** What sales earn, and in which tier they put a partner. */
class SalesTest {
    private val program = Program.read(
        """
        format: 1
        program: Example
        version: '1'
        effective: { from: 2025-01-01 }
        currency: USD
        tiers:
          levels:
            - name: registered
            - name: silver
              requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 5000 }
        incentives:
          volume:
            kind: rebate
            measure: { of: net_revenue }
            every: quarter
            schedule: { shape: whole_volume, bands: [{ from: 1000, rate: 2 % }, { from: 5000, rate: 3 % }] }
          fee: { kind: commission, of: billings, recurs: always, runs: { day: 31 }, rates: [{ rate: 10 % }] }
        """.trimIndent(),
    )
    private val quarter = Days(LocalDate.of(2025, 1, 1), LocalDate.of(2025, 4, 1))

    private fun book() = SalesBook(program).apply { putPartner(Partner("alpine", "Alpine Bikes", joined = quarter.from)) }

    private fun line(key: String, net: String, buyer: String = "alpine") = SaleLine(
        key = LineKey(key, "1"),
        kind = LineKind.SALE,
        dates = LineDates(invoice = LocalDate.of(2025, 2, 3)),
        step = ChannelStep.SELL_IN,
        buyer = buyer,
        sku = "BK-1",
        amounts = LineAmounts(net = BigDecimal(net)),
        currency = "USD",
    )

    @Test
    fun `a quarter is settled and explained`() {
        val book = book()
        book.add(listOf(line("SO-1", "1500"), line("SO-2", "2000")))
        val entry = book.settle(quarter, quarter.until).single()
        assertEquals("70.00 USD", payoutText(entry.explanation.earned))
        // What would the next order bring?
        val next = entry.explanation.next!!
        assertEquals("5000" to "1500", next.at.plainText to next.missing.plainText)
        assertEquals(payoutText(next.earns), payoutText(program.rebate("volume", MeasuredValues(BigDecimal("5000"))).earned))
        assertTrue("1,500.00 USD more net revenue" in standingText(book.standing("alpine", quarter.until)))
        // Settled once; and a line that cannot be used takes nothing with it.
        assertEquals(listOf<Any>(), book.settle(quarter, quarter.until))
        val refused = assertThrows<PrmException.Refused> { book.add(listOf(line("SO-3", "1"), line("SO-4", "1", "nobody"))) }
        assertEquals("sales_book.line" to "2", refused.code to refused.facts["place"])
        assertEquals("line.unknown_partner", refused.facts["why"])
        assertTrue("unknown partner `nobody`" in refused.text())
        assertEquals("3500", book.explain("volume", "alpine", quarter.from, quarter.until).measure.value.plainText)
    }

    @Test
    fun `a commission is paid by a run`() {
        val book = book()
        book.add(listOf(line("SO-1", "1500").copy(account = "contoso")))
        // Facts that cannot be used are refused before anything rests on them.
        val none = CustomerPayment("SO-1", quarter.from, BigDecimal.ONE, of = BigDecimal.ZERO)
        val refused = assertThrows<PrmException.Refused> { book.putCommissionFacts(CommissionFacts(payments = listOf(none))) }
        assertEquals("fact.nothing_to_pay" to "1", refused.code to refused.facts["row"])
        val early = book.commission("fee", LocalDate.of(2025, 2, 27)).owed.single()
        assertEquals("0.00" to "150.00", early.due.amount.toPlainString() to early.held.amount.toPlainString())
        val answer = book.commission("fee", LocalDate.of(2025, 2, 28))
        assertEquals(MoneyAmount(BigDecimal("150.00"), "USD"), answer.owed.single().due)
        val json = commissionAnswerToJson(answer)
        assertEquals(json, commissionAnswerToJson(commissionAnswerFromJson(json)))
        assertEquals("commission.unknown", assertThrows<PrmException.Refused> { book.commission("volume", quarter.until) }.code)
    }

    @Test
    fun `calls from eight threads agree`(): Unit = runBlocking {
        val book = book()
        book.add(List(500) { line("SO-$it", "12.34") })
        val told = List(64) {
            async(Dispatchers.Default.limitedParallelism(8)) {
                explanationToJson(book.explain("volume", "alpine", quarter.from, quarter.until))
            }
        }.awaitAll()
        assertEquals(1, told.toSet().size)
        assertEquals(Payout.Money(MoneyAmount(BigDecimal("185.10"), "USD")), book.settle(quarter, quarter.until).single().explanation.earned)
    }

    @Test
    fun `random calls are answered or refused`() {
        val random = Random(13)
        val texts = listOf("", " ", "alpine", "volume", "silver", "two words", "\u0000", "x".repeat(300), "😀", "USD", "9".repeat(40))
        val numbers = listOf("0", "-0", "1E+400", "1E-400", "9".repeat(40), "-0.000000000000000000000000000000000001", "1E3", "12.50", "-7", "1E37")
        val days = listOf(LocalDate.MIN, LocalDate.MAX, LocalDate.EPOCH, LocalDate.of(2025, 2, 3), LocalDate.of(2025, 4, 1), LocalDate.of(2035, 12, 31))
        fun text() = texts.random(random)
        fun number() = BigDecimal(numbers.random(random))
        fun day() = days.random(random)
        val outcomes = mutableMapOf<String, Int>()
        val book = book()
        repeat(10_000) {
            val outcome = try {
                when (random.nextInt(11)) {
                    0 -> book.add(
                        List(random.nextInt(3)) {
                            line(text(), "1", listOf("alpine", text()).random(random)).copy(
                                amounts = LineAmounts(net = number()), dates = LineDates(invoice = day()), quantity = number(),
                                currency = listOf("USD", text()).random(random), reverses = LineKey(text()),
                            )
                        },
                        day(),
                    )
                    1 -> book.tell(MetricFact(text(), MetricKey(text()), day(), number()))
                    2 -> book.standing(listOf("alpine", text()).random(random), day())
                    3 -> book.tierChanges("alpine", day())
                    4 -> book.due(Days(day(), day()), LocalDate.of(2025, 4, 1))
                    5 -> book.explain(listOf("volume", text()).random(random), "alpine", day(), LocalDate.of(2025, 4, 1))
                    6 -> book.worth("alpine", text(), day(), quarter)
                    7 -> program.rebate("volume", MeasuredValues(number(), number()))
                    8 -> book.putCommissionFacts(
                        CommissionFacts(
                            payments = List(random.nextInt(2)) { CustomerPayment(text(), day(), number(), number()) },
                            touches = List(random.nextInt(2)) { PartnerTouch("alpine", text(), text(), day()) },
                            since = List(random.nextInt(2)) { CustomerSince("alpine", text(), day()) },
                        ),
                    )
                    9 -> book.commission(listOf("fee", text()).random(random), day())
                    else -> book.accrue(quarter, day(), listOf())
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
        // Far ahead, months are taken one by one.
        book.standing("alpine", LocalDate.of(9997, 12, 31))
    }

    private val BigDecimal.plainText get() = stripTrailingZeros().toPlainString()
}
