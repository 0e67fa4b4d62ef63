package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.Act
import prm.core.Actor
import prm.core.DealStage
import prm.core.LineState
import prm.core.PartnerRole
import prm.core.PrmException
import prm.core.Registration
import prm.core.VendorRole
import prm.mobile.DealBook
import prm.mobile.DealGiven
import prm.mobile.dealCommandFromJson
import prm.mobile.dealFormFromJson
import prm.mobile.dealIsOverdue
import prm.mobile.dealPartnerFromJson
import prm.mobile.dealProtection
import prm.mobile.hostVerdictFromJson
import prm.mobile.knownAccountFromJson
import prm.mobile.productFromJson

/** What becomes of deal registrations, step by step. */
fun deal(given: JsonNode, expect: JsonNode) {
    val told = DealGiven(
        program(given),
        given["partners"].map { dealPartnerFromJson(it.toString()) },
        given.list("products").map { productFromJson(it.toString()) },
        given.list("verdicts").map { hostVerdictFromJson(it.toString()) },
    )
    val book = DealBook()
    given.list("accounts").forEach { book.putAccount(knownAccountFromJson(it.toString())) }
    val steps = given["steps"].map { step -> take(step, book, told) }
    assertEquals(expect["steps"].map { it.textValue() }, steps)
    val asOf = Act(Actor.Host, Instant.parse(given["as_of"].textValue()))
    for ((id, expected) in expect["registrations"].properties()) {
        val registration = checkNotNull(book.registration(id, asOf)) { "there is no registration $id" }
        assertEquals(expected["stage"].textValue(), registration.stage.word, id)
        assertEquals(expected["lines"].map(::expectedLine), lines(id, registration, book, told, asOf), id)
        expected["review_due_at"]?.let { assertEquals(Instant.parse(it.textValue()), registration.reviewDueAt) }
        expected["overdue"]?.let { assertEquals(it.booleanValue(), dealIsOverdue(registration, asOf)) }
    }
}

/** What a step came to: `done`, or the code of the refusal. */
private fun take(step: JsonNode, book: DealBook, told: DealGiven): String {
    val (id, act) = step["id"].textValue() to Act(actor(step["by"].textValue(), PartnerRole.SALES), Instant.parse(step["at"].textValue()))
    return try {
        step["open"]?.let { book.open(id, dealFormFromJson(it.toString()), told, act) }
        step["do"]?.let { book.command(id, dealCommandFromJson(it.toString()), told, act) }
        "done"
    } catch (refused: PrmException.Refused) {
        refused.code
    }
}

/** Who acts: `host`, a role of the vendor's, or somebody of a partner's people with a role. */
fun actor(by: String, role: PartnerRole): Actor = when {
    by == "host" -> Actor.Host
    by.startsWith("partner:") -> by.removePrefix("partner:").let { Actor.Partner(it, "${snake(role.name)}-$it", role) }
    else -> Actor.Vendor("a-$by", VendorRole.valueOf(by.uppercase()))
}

private data class Line(
    val review: String,
    val code: String?,
    val place: UInt?,
    val protection: String,
    val until: LocalDate?,
    val exclusive: Boolean?,
    val benefit: BigDecimal?,
    val share: BigDecimal?,
    val rules: List<String>,
)

private fun expectedLine(of: JsonNode) = Line(
    of["review"].textValue(),
    of["code"]?.textValue(),
    of["place"]?.intValue()?.toUInt(),
    of["protection"].textValue(),
    of["until"]?.textValue()?.let(LocalDate::parse),
    of["exclusive"]?.booleanValue(),
    of["benefit"]?.textValue()?.let(::fraction),
    of["share"]?.textValue()?.let(::fraction),
    of.list("rules").map { it.textValue() },
)

private fun lines(id: String, of: Registration, book: DealBook, told: DealGiven, asOf: Act) =
    of.lines.mapIndexed { at, line ->
        val number = (at + 1).toUInt()
        val code = when (val review = line.review) {
            is LineState.Waiting -> review.code
            is LineState.Rejected -> review.code
            else -> null
        }
        Line(
            line.review.word,
            code,
            book.place(id, number, told, asOf),
            dealProtection(of, number, asOf).name.lowercase(),
            line.protection?.until,
            line.terms?.exclusive,
            line.terms?.benefit?.stripTrailingZeros(),
            line.terms?.share?.stripTrailingZeros(),
            of.assessment?.lines?.getOrNull(at)?.matches?.map { it.code }.orEmpty(),
        )
    }

/** The word for a stage or state, as the serialised form has it. */
private val DealStage.word get() = snake(this::class.simpleName!!)
private val LineState.word get() = snake(this::class.simpleName!!)

