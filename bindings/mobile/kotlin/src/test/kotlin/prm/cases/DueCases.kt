package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import java.time.LocalDate
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.ChannelStep
import prm.core.LineAmounts
import prm.core.LineDates
import prm.core.LineKey
import prm.core.LineKind
import prm.core.Motion
import prm.core.Partner
import prm.core.Payout
import prm.core.Days
import prm.core.RateKind
import prm.core.SaleLine
import prm.core.UnpaidReason
import prm.core.Verified
import prm.mobile.ExchangeQuote
import prm.mobile.Forecast
import prm.mobile.SalesBook
import prm.mobile.partnerFromJson
import prm.mobile.payoutText
import prm.mobile.productFromJson
import prm.mobile.unpaidText
import prm.mobile.verifyExplanation

/** What partners are due, settlement after settlement. */
fun due(given: JsonNode, expect: JsonNode) {
    given.only("program", "partners", "products", "tables", "exchange", "steps")
    val book = SalesBook(program(given))
    val named = given["steps"].flatMap { it.list("lines") }.flatMap { listOfNotNull(it.text("partner"), it.text("seller")) }
    named.forEach { book.putPartner(Partner(it, it)) }
    given.list("partners").forEach { book.putPartner(partnerFromJson(it.toString())) }
    given.list("products").forEach { book.putProduct(productFromJson(it.toString())) }
    putTables(book, given)
    given["exchange"]?.properties()?.forEach { (name, quotes) -> book.putExchange(name, quotes.map(::quote)) }
    val currency = given["program"].text("currency")!!
    val steps = given["steps"].map { step ->
        step.only("lines", "settle", "on", "accrue", "forecasts", "worth")
        book.add(step.list("lines").map { line(it, currency) }, step.day("on"))
        assertEquals(listOf<LineKey>(), book.waiting())
        taken(book, step)
    }
    val expected = expect.only("steps")["steps"].map { step ->
        step.map { entry -> entry.properties().associate { it.key to it.value.textValue() } }
    }
    assertEquals(expected, steps)
}

fun putTables(book: SalesBook, given: JsonNode) = given["tables"]?.properties()?.forEach { (name, table) ->
    val rows = table.only("header", "rows")["rows"].map { row -> row.map(JsonNode::textValue) }
    book.putTable(name, table["header"].map(JsonNode::textValue), rows)
}

/** What a step comes to. */
private fun taken(book: SalesBook, step: JsonNode): List<Map<String, String>> {
    val (from, until) = step["settle"].map { LocalDate.parse(it.textValue()) }
    val covers = Days(from, until)
    step.day("accrue")?.let { asOf ->
        val forecasts = step["forecasts"]?.properties().orEmpty().map { (key, value) ->
            val (partner, incentive, period) = key.split("/", limit = 3)
            Forecast(partner, incentive, period, value.textValue().toBigDecimal())
        }
        return book.accrue(covers, asOf, forecasts).map {
            told(it.partner, it.incentive, it.period.label, "accrued" to payoutText(Payout.Money(it.amount)))
        }
    }
    step["worth"]?.only("partner", "tier", "as_of")?.let { asked ->
        val worth = book.worth(asked.text("partner")!!, asked.text("tier")!!, asked.day("as_of")!!, covers)
        return worth.incentives.map {
            val pays = arrayOf("earned" to payoutText(it.now.earned), "would_earn" to payoutText(it.then.earned))
            told(worth.partner, it.incentive, it.period.label, *pays, because(it.now.because))
        }
    }
    val on = step.day("on") ?: until
    return book.settle(covers, on).map { entry ->
        val explanation = entry.explanation
        assertEquals(Verified.ARITHMETIC_ONLY, verifyExplanation(explanation))
        assertEquals(Verified.WHOLE, book.verify(explanation, on))
        told(
            explanation.partner,
            explanation.incentive,
            explanation.period.label,
            "earned" to payoutText(explanation.earned),
            entry.before?.let { "before" to payoutText(it) },
            entry.paid?.let { "paid" to payoutText(Payout.Money(it.money)) },
            because(explanation.because),
        )
    }
}

private fun because(reason: UnpaidReason?) = reason?.let { "because" to unpaidText(it) }

private fun told(partner: String, incentive: String, period: String, vararg more: Pair<String, String>?) =
    mapOf("partner" to partner, "incentive" to incentive, "period" to period) + more.filterNotNull()

private fun quote(of: JsonNode): ExchangeQuote {
    of.only("from", "to", "kind", "on", "rate")
    val kind = RateKind.valueOf(of.text("kind")!!.uppercase())
    return ExchangeQuote(of.text("from")!!, of.text("to")!!, kind, of.day("on")!!, of.number("rate")!!)
}

private fun key(text: String) = text.split("/", limit = 2).let { LineKey(it[0], it.getOrNull(1)) }

private fun credit(of: JsonNode): Credit {
    of.only("role", "partner", "share")
    return Credit(of.text("role")!!, of.text("partner")!!, of.text("share")?.let(::fraction))
}

fun line(of: JsonNode, currency: String): SaleLine {
    of.only(
        "key", "kind", "reverses", "partner", "seller", "on", "step", "sku", "net", "units", "currency", "motion",
        "registration", "account", "ship_to_country", "ship_to_region", "person", "serials", "credits",
    )
    return SaleLine(
        key = key(of.text("key")!!),
        kind = LineKind.valueOf((of.text("kind") ?: "sale").uppercase()),
        reverses = of.text("reverses")?.let(::key),
        dates = LineDates(invoice = of.day("on")),
        step = ChannelStep.valueOf((of.text("step") ?: "sell_in").uppercase()),
        buyer = of.text("partner"),
        seller = of.text("seller"),
        credits = of.list("credits").map(::credit),
        person = of.text("person"),
        sku = of.text("sku") ?: "any",
        quantity = of.number("units"),
        serials = of.list("serials").map(JsonNode::textValue),
        amounts = LineAmounts(net = of.number("net")),
        currency = of.text("currency") ?: currency,
        motion = of.text("motion")?.let { Motion.valueOf(it.uppercase()) },
        registration = of.text("registration"),
        account = of.text("account"),
        shipToCountry = of.text("ship_to_country"),
        shipToRegion = of.text("ship_to_region"),
    )
}
