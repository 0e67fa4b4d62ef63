package prm

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import prm.Office.act
import prm.Office.form
import prm.Office.given
import prm.Office.manager
import prm.Office.sales
import prm.core.DealCommand
import prm.core.DealStage
import prm.core.LineState
import prm.core.PrmException
import prm.mobile.DealBook

/** One deal from draft to approval, beside another for the same account under another name. */
class TourTest {
    @Test
    fun `two partners ask for one account`() {
        // The tour begins.
        val book = DealBook()
        book.open("r-1", form("alpine", "a-1", "Contoso Works Ltd"), given, act(sales("alpine")))
        book.command("r-1", DealCommand.Submit, given, act(sales("alpine")))
        book.open("r-2", form("ridge", "a-2", "CONTOSO WORKS"), given, act(sales("ridge"), 5))
        book.command("r-2", DealCommand.Submit, given, act(sales("ridge"), 5))

        // The second waits behind the first, and cannot be approved.
        val refused = assertThrows<PrmException.Refused> {
            book.command("r-2", DealCommand.Approve(setOf()), given, act(manager, 6))
        }
        assertEquals("registration.conflict", refused.code)
        assertEquals("[1]", refused.facts["lines"])

        // The first is approved, and the second is told by the same stroke.
        val done = book.command("r-1", DealCommand.Approve(setOf()), given, act(manager, 7))
        assertEquals(listOf("r-2"), done.others.map { it.id })
        val first = book.registration("r-1", act(sales("alpine")))!!
        assertTrue(first.lines[0].review is LineState.Approved)
        assertEquals("2025-08-31", first.lines[0].protection!!.until.toString())
        val second = book.registration("r-2", act(sales("ridge")))!!
        assertEquals(DealStage.Rejected, second.stage)
        // To another partner it does not exist.
        assertNull(book.registration("r-1", act(sales("ridge"))))
        // The tour ends.
    }

    @Test
    fun `the README shows it as it is`() {
        val source = File("src/test/kotlin/prm/TourTest.kt").readText()
        val tour = source.substringAfter("// The tour begins.\n").substringBefore("        // The tour ends.").trimIndent()
        assertTrue(tour.lines().size in 15..30)
        assertTrue(tour in File("../../../README.md").readText(), "the README shows another tour")
    }
}
