package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.SerializationFeature
import java.math.BigDecimal
import java.time.LocalDate
import prm.mobile.Program

private val sorted = ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)

/** Refuses keys that a suite does not know. */
fun JsonNode.only(vararg known: String): JsonNode = also {
    val unknown = fieldNames().asSequence().toSet() - known.toSet()
    check(unknown.isEmpty()) { "unknown keys: $unknown" }
}

fun JsonNode.list(name: String): List<JsonNode> = get(name)?.toList().orEmpty()

fun JsonNode.text(name: String): String? = get(name)?.textValue()

fun JsonNode.day(name: String): LocalDate? = text(name)?.let(LocalDate::parse)

fun JsonNode.number(name: String): BigDecimal? = text(name)?.let(::BigDecimal)

/** The program document of a case, with the keys of every object in alphabetical order. */
fun document(of: JsonNode): String =
    if (of.isTextual) of.textValue() else sorted.writeValueAsString(sorted.treeToValue(of, Map::class.java))

fun program(given: JsonNode) = Program.read(document(given["program"]))

/** A percentage as a fraction. */
fun fraction(percent: String): BigDecimal = BigDecimal(percent.removeSuffix("%").trim()).movePointLeft(2).stripTrailingZeros()

/** `SellIn` as the serialised form has it. */
fun snake(name: String) = name.replace(Regex("(?<=[a-z])[A-Z]")) { "_" + it.value }.lowercase()

/** Without zeros at the end, and without an exponent. */
fun BigDecimal.plain(): String = stripTrailingZeros().toPlainString()
