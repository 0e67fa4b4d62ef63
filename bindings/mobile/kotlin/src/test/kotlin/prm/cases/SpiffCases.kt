package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.Consent
import prm.core.Sector
import prm.core.Seller
import prm.core.SpiffPayee
import prm.mobile.CustomerSector
import prm.mobile.TeamShare
import prm.mobile.spiffReasonText

/** What single sales bring to those who made them. */
fun spiff(given: JsonNode, expect: JsonNode) {
    given.only(
        "program", "incentive", "partners", "products", "tables", "sellers", "consents", "sectors", "teams", "lines", "as_of",
    )
    expect.only("earned", "sales")
    val book = book(given, given["lines"].mapNotNull { it.text("partner") })
    book.putSpiffFacts(
        given.list("sellers").map {
            it.only("person", "partner", "from", "until")
            Seller(it.text("person")!!, it.text("partner")!!, it.day("from")!!, it.day("until"))
        },
        given.list("consents").map { Consent(it.only("partner", "from", "until").text("partner")!!, it.day("from")!!, it.day("until")) },
        given["sectors"]?.properties().orEmpty().map { (account, of) -> CustomerSector(account, Sector.valueOf(of.textValue().uppercase())) },
        given["teams"]?.properties().orEmpty().flatMap { (partner, team) ->
            team.properties().map { (person, share) -> TeamShare(partner, person, fraction(share.textValue())) }
        },
    )
    val currency = currency(given)
    book.add(given["lines"].map { line(it, currency) })
    val answer = book.spiff(given.text("incentive")!!, given.day("as_of")!!)
    val earned = answer.earned.map {
        val (partner, person) = when (val payee = it.payee) {
            is SpiffPayee.Partner -> payee.v1 to null
            is SpiffPayee.Person -> payee.partner to payee.person
        }
        listOf(partner, person, text(it.earned))
    }
    val expected = expect["earned"].map {
        it.only("partner", "person", "earned")
        listOf(it.text("partner"), it.text("person"), it.text("earned"))
    }
    assertEquals(expected, earned)
    expect["sales"]?.let { sales ->
        val expectedSales = sales.map {
            it.only("line", "counts", "brings", "because")
            listOf(it.text("line"), it.text("counts"), it.text("brings"), it.text("because"))
        }
        val found = answer.sales.map { sale ->
            listOf(text(sale.line), sale.counts.plain(), text(sale.brings), sale.because?.let(::spiffReasonText))
        }
        assertEquals(expectedSales, found)
    }
}
