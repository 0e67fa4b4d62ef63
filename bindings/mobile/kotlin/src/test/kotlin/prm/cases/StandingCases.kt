package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.JudgedRequirement
import prm.core.LineAmounts
import prm.core.LineDates
import prm.core.LineKey
import prm.core.LineKind
import prm.core.MetricFact
import prm.core.MetricKey
import prm.core.Partner
import prm.core.SaleLine
import prm.core.ChannelStep
import prm.core.TierApproval
import prm.core.TierOverride
import prm.core.TierStanding
import prm.mobile.SalesBook
import prm.mobile.shortfallText

private const val PARTNER = "partner"

/** How the tier of one partner changes from day to day. */
fun standing(given: JsonNode, expect: JsonNode) {
    given.only("program", "joined", "anniversary", "sales", "told", "overrides", "approvals", "recorded", "until")
    expect.only("changes", "standings")
    val book = SalesBook(program(given))
    book.putPartner(Partner(PARTNER, PARTNER, joined = given.day("joined"), anniversary = given.day("anniversary")))
    for (told in given.list("told")) {
        told.only("metric", "certification", "on", "value")
        val metric = MetricKey(told.text("metric")!!, told.text("certification"))
        book.tell(MetricFact(PARTNER, metric, told.day("on")!!, told.number("value")!!))
    }
    for (granted in given.list("overrides")) {
        granted.only("tier", "from", "until")
        book.grant(TierOverride(PARTNER, granted.text("tier")!!, granted.day("from")!!, granted.day("until")!!, "a case", "u1", "u2"))
    }
    for (approved in given.list("approvals")) {
        book.approve(TierApproval(PARTNER, approved.only("tier", "on").text("tier")!!, approved.day("on")!!, "u2"))
    }
    val sales = given.list("sales")
    book.add(lines(sales, 0))
    given["recorded"]?.only("until", "late_sales")?.let { recorded ->
        book.recordTiers(recorded.day("until")!!)
        book.add(lines(recorded.list("late_sales"), sales.size))
    }
    val changes = book.tierChanges(PARTNER, given.day("until")!!)
    assertEquals(
        expect["changes"].map { listOf(it.day("on"), it.text("tier"), it.text("because")) },
        changes.map { listOf(it.on, it.tier, snake(it.because::class.simpleName!!)) },
    )
    for (expected in expect.list("standings")) {
        expected.only("as_of", "tier", "next", "points", "missing", "in_grace_until", "eligible_for")
        compare(expected, book.standing(PARTNER, expected.day("as_of")!!))
    }
}

/** What is compared of a standing: the keys that are given. */
private fun compare(expected: JsonNode, found: TierStanding) {
    assertEquals(expected.text("tier"), found.tier)
    expected.text("next")?.let { assertEquals(it, found.next?.tier) }
    expected.number("points")?.let {
        val requires = (found.next ?: found.held)?.requires as JudgedRequirement.Points
        assertEquals(it.plain(), requires.points.plain())
    }
    expected.text("missing")?.let { assertEquals(it, shortfallText(found.next!!.requires)) }
    expected.day("in_grace_until")?.let { assertEquals(it, found.grace?.until) }
    expected.text("eligible_for")?.let { assertEquals(it, found.eligibleFor) }
}

private fun lines(sales: List<JsonNode>, first: Int) = sales.mapIndexed { at, sale ->
    val amount = sale.only("on", "amount").number("amount")!!
    val (kind, unit) = if (amount.signum() < 0) LineKind.RETURN to "-1" else LineKind.SALE to "1"
    SaleLine(
        key = LineKey("D${first + at}", "1"),
        kind = kind,
        dates = LineDates(invoice = sale.day("on")),
        step = ChannelStep.SELL_IN,
        buyer = PARTNER,
        sku = "sku",
        quantity = unit.toBigDecimal(),
        amounts = LineAmounts(net = amount),
        currency = "USD",
    )
}
