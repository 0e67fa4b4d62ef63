package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import java.math.BigDecimal
import org.junit.jupiter.api.Assertions.assertEquals
import prm.core.Pay
import prm.core.RoundingMode
import prm.core.ScheduleStep
import prm.mobile.MeasuredValues
import prm.mobile.payoutText
import prm.mobile.rounded

/** What measured values earn. */
fun rebate(given: JsonNode, expect: JsonNode) {
    given.only("program", "incentive", "measured")
    expect.only("earned", "steps")
    val program = program(given)
    val answers = given["measured"].map {
        it.only("value", "base", "second", "target")
        val values = MeasuredValues(it.number("value")!!, it.number("base"), it.number("second"), it.number("target"))
        program.rebate(given.text("incentive")!!, values)
    }
    check(answers.isNotEmpty()) { "nothing is measured" }
    assertEquals(expect["earned"].map(::earned), answers.map { payoutText(it.earned) })
    expect["steps"]?.let { steps -> assertEquals(steps.map { it.map(::expectedStep) }, answers.map { it.steps.map(::step) }) }
}

private fun earned(of: JsonNode): String = when (val goods = of["goods"]) {
    null -> of.only("amount", "currency").let { "${it.text("amount")} ${it.text("currency")}" }
    else -> "$goods units"
}

private fun expectedStep(of: JsonNode): List<String?> {
    of.only("number", "column", "from", "until", "on", "pays", "rate_until", "gives")
    val (word, pays) = of["pays"].properties().single().let { it.key to it.value.textValue() }
    val number = if (word == "rate") fraction(pays).toPlainString() else pays
    val rate = of.text("rate_until")?.let { fraction(it).toPlainString() }
    return listOf("${of["number"]}", of["column"]?.toString(), of.text("from"), of.text("until"), of.text("on"), word, number, rate, of.text("gives"))
}

private fun step(of: ScheduleStep): List<String?> {
    val (word, number) = when (val pays = of.pays) {
        is Pay.Rate -> "rate" to pays.v1
        is Pay.PerUnit -> "per_unit" to pays.v1
        is Pay.Amount -> "amount" to pays.v1
        is Pay.FreeUnits -> "free_units" to BigDecimal(pays.v1.toLong())
    }
    return listOf(
        "${of.number}", of.column?.toString(), of.from.plain(), of.until?.plain(), of.on.plain(),
        word, number.plain(), of.rateUntil?.plain(), of.gives.plain(),
    )
}

/** Products and differences, rounded in steps. */
fun rounding(given: JsonNode, expect: JsonNode) {
    given.only("branches", "round", "take")
    expect.only("values", "result")
    val branches = given["branches"].map { branch ->
        given["round"].runningFold(exact(branch.only("multiply", "subtract"))) { number, round ->
            rounded(number, round["digits"].intValue().toUByte(), RoundingMode.valueOf(round.text("mode")!!.uppercase()))
        }.drop(1)
    }
    assertEquals(expect["values"].map { it.map(JsonNode::textValue) }, branches.map { it.map(BigDecimal::toPlainString) })
    val last = branches.map { it.last() }
    val chosen = if (given.text("take") == "greatest") last.max() else last.singleOrNull()
    expect.text("result")?.let { assertEquals(it, chosen?.toPlainString()) }
}

private fun exact(branch: JsonNode): BigDecimal {
    branch["multiply"]?.let { factors ->
        return factors.map { it.textValue() }.map { if (it.endsWith("%")) fraction(it) else BigDecimal(it) }.reduce(BigDecimal::multiply)
    }
    val (from, less) = branch["subtract"].map { BigDecimal(it.textValue()) }
    return from - less
}
