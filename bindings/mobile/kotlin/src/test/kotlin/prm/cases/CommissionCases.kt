package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.CommissionAnswer
import prm.core.CommissionFacts
import prm.core.CustomerPayment
import prm.core.CustomerSince
import prm.core.MoneyAmount
import prm.core.OwnAccount
import prm.core.PartnerOfRecord
import prm.core.PartnerTouch
import prm.mobile.commissionBackText
import prm.mobile.commissionCarriedText
import prm.mobile.commissionReasonText
import prm.mobile.commissionTermsText

/** What single sales to customers bring to partners, and when it is paid. */
fun commission(given: JsonNode, expect: JsonNode) {
    given.only(
        "program", "incentive", "partners", "products", "payments", "records", "touches", "own_accounts", "since", "lines", "as_of",
    )
    expect.only("owed", "runs", "sales")
    val facts = facts(given)
    val named = given["lines"].mapNotNull { it.text("partner") } + facts.records.map { it.partner } + facts.touches.map { it.partner }
    val book = book(given, named)
    book.putCommissionFacts(facts)
    val currency = currency(given)
    book.add(given["lines"].map { line(it, currency) })
    val answer = book.commission(given.text("incentive")!!, given.day("as_of")!!)
    assertEquals(expect["owed"].map(::expectedOwed), owed(answer))
    expect["runs"]?.let { runs -> assertEquals(runs.map(::expectedRun), runs(answer)) }
    expect["sales"]?.let { sales -> assertEquals(sales.map(::expectedSale), sales(answer)) }
}

private fun facts(given: JsonNode) = CommissionFacts(
    payments = given.list("payments").map {
        it.only("document", "on", "amount", "of")
        CustomerPayment(it.text("document")!!, it.day("on")!!, it.number("amount")!!, it.number("of"))
    },
    records = given.list("records").map {
        it.only("account", "partner", "from", "until")
        PartnerOfRecord(it.text("account")!!, it.text("partner")!!, it.day("from")!!, it.day("until"))
    },
    touches = given.list("touches").map {
        it.only("partner", "account", "code", "on")
        PartnerTouch(it.text("partner")!!, it.text("account"), it.text("code"), it.day("on")!!)
    },
    ownAccounts = given.list("own_accounts").map {
        it.only("partner", "account")
        OwnAccount(it.text("partner")!!, it.text("account")!!)
    },
    since = given.list("since").map {
        it.only("partner", "account", "on")
        CustomerSince(it.text("partner")!!, it.text("account")!!, it.day("on")!!)
    },
)

private fun unlessNothing(money: MoneyAmount) = money.takeIf { it.amount.signum() != 0 }?.let(::text)

private fun expectedOwed(of: JsonNode): List<String?> {
    val amounts = arrayOf("due", "carried", "held", "to_recover", "waiting", "net")
    of.only("partner", *amounts)
    return listOf(of.text("partner")) + amounts.map(of::text)
}

private fun owed(answer: CommissionAnswer): List<List<String?>> = answer.owed.map {
    listOf(it.partner) + listOf(it.due, it.carried, it.held, it.toRecover, it.waiting, it.net).map(::unlessNothing)
}

private fun expectedRun(of: JsonNode): List<Any?> {
    of.only("on", "partner", "rows", "paid", "carried", "because")
    val rows = of["rows"].map { it.only("line", "amount").text("line") to it.text("amount") }
    return listOf(of.day("on"), of.text("partner"), rows, of.text("paid"), of.text("carried"), of.text("because"))
}

private fun runs(answer: CommissionAnswer): List<List<Any?>> = answer.runs.map { run ->
    val rows = run.rows.map { text(it.line) to text(it.amount) }
    val because = run.because?.let(::commissionCarriedText)
    listOf(run.on, run.partner, rows, unlessNothing(run.paid), unlessNothing(run.carried), because)
}

private fun expectedSale(of: JsonNode): List<Any?> {
    of.only("line", "partner", "base", "terms", "whole", "net", "released", "payable_from", "back", "because")
    val back = of.list("back").map {
        it.only("line", "takes", "because")
        listOf(it.text("line"), it.text("takes"), it.text("because"))
    }
    return listOf(
        of.text("line"), of.text("partner"), of.text("base"), of.text("terms"), of.text("whole"), of.text("net"),
        of.text("released"), of.day("payable_from"), back, of.text("because"),
    )
}

private fun sales(answer: CommissionAnswer): List<List<Any?>> = answer.sales.map { sale ->
    val back = sale.back.map { listOf(text(it.line), text(it.takes), it.because?.let(::commissionBackText)) }
    listOf(
        text(sale.line), sale.partner, sale.base.plain(), sale.terms?.let(::commissionTermsText), text(sale.whole), text(sale.net),
        text(sale.released), sale.payableFrom, back, sale.because?.let(::commissionReasonText),
    )
}
