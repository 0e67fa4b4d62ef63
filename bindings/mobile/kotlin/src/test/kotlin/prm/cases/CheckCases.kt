package prm.cases

import com.fasterxml.jackson.databind.JsonNode
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.assertThrows
import prm.core.PrmException
import prm.core.Severity
import prm.mobile.Program
import prm.mobile.checkProgram

/** What the check of a document reports. */
fun check(given: JsonNode, expect: JsonNode) {
    val document = document(given.only("program")["program"])
    val expected = expect.only("findings")["findings"].map {
        it.only("severity", "code", "path", "suggestion")
        listOf(it.text("severity"), it.text("code"), it.text("path"), it.text("suggestion"))
    }
    val found = checkProgram(document)
    assertEquals(expected, found.map { listOf(it.severity.name.lowercase(), it.code, it.path, it.suggestion) })
    if (found.any { it.severity == Severity.ERROR }) {
        assertEquals("program", assertThrows<PrmException.Input> { Program.read(document) }.what)
    } else {
        Program.read(document)
    }
}
