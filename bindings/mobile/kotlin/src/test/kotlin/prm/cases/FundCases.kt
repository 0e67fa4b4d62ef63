package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import java.time.Instant
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.Act
import prm.core.Actor
import prm.core.Claim
import prm.core.ClaimReason
import prm.core.ClaimStage
import prm.core.MdfRequest
import prm.core.PartnerRole
import prm.core.PotBalances
import prm.core.PrmException
import prm.mobile.FundBook
import prm.mobile.allocationFormFromJson
import prm.mobile.claimCommandFromJson
import prm.mobile.claimFormFromJson
import prm.mobile.claimHoldsEvidence
import prm.mobile.foundAuthorisationFromJson
import prm.mobile.foundPriceFromJson
import prm.mobile.fundPartnerFromJson
import prm.mobile.potText
import prm.mobile.requestCommandFromJson
import prm.mobile.requestFormFromJson
import prm.mobile.requestIsExpired
import prm.mobile.requestReserved
import prm.mobile.spiffBringsFromJson

/** What becomes of funds, requests and claims, step by step. */
fun fund(given: JsonNode, expect: JsonNode) {
    given.only("program", "partners", "exchange", "authorisations", "prices", "spiffs", "steps", "as_of")
    expect.only("steps", "requests", "claims", "pots", "owed")
    val book = FundBook(program(given))
    given["partners"].forEach { book.putPartner(fundPartnerFromJson(it.toString())) }
    given["exchange"]?.properties()?.forEach { (name, quotes) -> book.putExchange(name, quotes.map(::quote)) }
    given.list("authorisations").forEach { book.putAuthorisation(foundAuthorisationFromJson(it.toString())) }
    given.list("prices").forEach { book.putPrice(foundPriceFromJson(it.toString())) }
    given["spiffs"]?.properties()?.forEach { (incentive, brings) ->
        book.putSpiff(incentive, brings.map { spiffBringsFromJson(it.toString()) })
    }
    assertEquals(expect["steps"].map { it.textValue() }, given["steps"].map { take(it, book) })
    val asOf = given.instant("as_of")!!
    for ((id, expected) in expect["requests"]?.properties().orEmpty()) {
        val request = checkNotNull(book.request(id, Actor.Host)) { "there is no request $id" }
        assertEquals(expectedRequest(expected), request(request, expected, asOf), id)
    }
    for ((id, expected) in expect["claims"]?.properties().orEmpty()) {
        val claim = checkNotNull(book.claim(id, Actor.Host)) { "there is no claim $id" }
        assertEquals(expectedClaim(expected), claim(claim, expected, asOf), id)
    }
    book.noteUntil(asOf)
    expect["pots"]?.let { pots ->
        val expected = pots.properties().associate { (pot, of) -> pot to of.properties().associate { it.key to it.value.textValue() } }
        assertEquals(expected, book.pots().associate { potText(it.pot) to accounts(it.balances) })
    }
    expect["owed"]?.let { owed ->
        val expected = owed.map {
            it.only("claim", "partner", "person", "amount")
            listOf(it.text("claim"), it.text("partner"), it.text("person"), it.text("amount"))
        }
        assertEquals(expected, book.owed().map { listOf(it.claim, it.payout.partner, it.payout.person, text(it.payout.amount)) })
    }
}

private fun JsonNode.instant(name: String): Instant? = text(name)?.let(Instant::parse)

private fun who(by: String) = actor(by, PartnerRole.MARKETING)

/** What a step came to: `done`, or the code of the refusal. */
private fun take(step: JsonNode, book: FundBook): String {
    step.only("at", "by", "request", "claim", "open", "do", "allocate", "approved_by", "accrue", "give", "end")
    val at = step.instant("at")!!
    val act = step.text("by")?.let { Act(who(it), at) }
    return try {
        val (accrue, give, end, allocate) = listOf(step["accrue"], step["give"], step["end"], step["allocate"])
        when {
            accrue != null -> accrue(accrue, book)
            give != null -> give(give, book)
            end != null -> book.endPeriod(book.pots().map { it.pot }.single { potText(it) == end.textValue() }, at)
            allocate != null -> book.allocate(allocationFormFromJson(allocate.toString()), act!!, who(step.text("approved_by")!!))
            else -> decide(step, book, act!!)
        }
        "done"
    } catch (refused: PrmException.Refused) {
        refused.code
    }
}

private fun accrue(of: JsonNode, book: FundBook) {
    of.only("incentive", "period", "measured")
    val measured = of["measured"].properties().associate { it.key to it.value.textValue().toBigDecimal() }
    book.accrue(of.text("incentive")!!, of.text("period")!!, measured)
}

private fun give(of: JsonNode, book: FundBook) {
    of.only("fund", "period", "partners")
    book.giveByTier(of.text("fund")!!, of.text("period")!!, of["partners"].map { it.textValue() })
}

/** A step names a request or a claim, and has either `open` or `do`. */
private fun decide(step: JsonNode, book: FundBook, act: Act) {
    val (request, claim) = step.text("request") to step.text("claim")
    val (form, command) = step["open"]?.toString() to step["do"]?.toString()
    check((request == null) != (claim == null) && (form == null) != (command == null)) { "$step is no step" }
    if (request != null) {
        form?.let { book.openRequest(request, requestFormFromJson(it), act) }
        command?.let { book.commandRequest(request, requestCommandFromJson(it), act) }
    } else {
        form?.let { book.openClaim(claim!!, claimFormFromJson(it), act) }
        command?.let { book.commandClaim(claim!!, claimCommandFromJson(it), act) }
    }
}

private fun expectedRequest(of: JsonNode): List<Any?> {
    of.only("stage", "granted", "share", "claim_until", "active_on", "reserved", "expired", "answer_due_at")
    return listOf(
        of.text("stage"), of.text("granted"), of.text("share")?.let(::fraction), of.day("claim_until"), of.day("active_on"),
        of.text("reserved"), of["expired"]?.booleanValue(), of.instant("answer_due_at"),
    )
}

/** As of an instant; the last three are looked at only where a case has them. */
private fun request(of: MdfRequest, expected: JsonNode, asOf: Instant): List<Any?> {
    val grant = of.grant
    return listOf(
        snake(of.stage::class.simpleName!!), grant?.amount?.let(::text), grant?.share?.stripTrailingZeros(), grant?.claimUntil,
        grant?.activeOn,
        expected["reserved"]?.let { requestReserved(of, asOf)?.let(::text) },
        expected["expired"]?.let { requestIsExpired(of, asOf) },
        expected["answer_due_at"]?.let { of.answerDueAt },
    )
}

private fun expectedClaim(of: JsonNode): List<Any?> {
    of.only("stage", "claimed", "pays", "cuts", "payment", "items", "holds_evidence")
    val cuts = of.list("cuts").map { it.only("amount", "why").text("amount") to it.text("why") }
    val items = of["items"]?.map { item ->
        item.only("gives", "because").number("gives")!!.plain() to item["because"].map { it.textValue() }
    }
    return listOf(
        of.text("stage"), of.text("claimed"), of.text("pays"), cuts, of.text("payment"), items, of["holds_evidence"]?.booleanValue(),
    )
}

/** As of an instant; the last two are looked at only where a case has them. */
private fun claim(of: Claim, expected: JsonNode, asOf: Instant): List<Any?> {
    val answer = of.answer
    val cuts = answer?.cuts.orEmpty().map { text(it.amount) to it.why.code }
    val items = answer?.items.orEmpty().map { item -> item.gives.plain() to item.because.map { it.code } }
    val payment = (of.stage as? ClaimStage.Paid)?.payment
    return listOf(
        snake(of.stage::class.simpleName!!), answer?.claimed?.let(::text), answer?.pays?.let(::text), cuts, payment,
        expected["items"]?.let { items }, expected["holds_evidence"]?.let { claimHoldsEvidence(of, asOf) },
    )
}

/** The code of a reason, as the serialised form has it. */
private val ClaimReason.code get() = snake(this::class.simpleName!!)

/** What stands in the accounts of a pot, but for what is nothing. */
private fun accounts(of: PotBalances): Map<String, String> {
    val all = mapOf(
        "allocated" to of.allocated, "available" to of.available, "reserved" to of.reserved, "spent" to of.spent,
        "lapsed" to of.lapsed, "carried" to of.carried, "owed" to of.owed,
    )
    return all.filterValues { it.amount.signum() != 0 }.mapValues { text(it.value) }
}
