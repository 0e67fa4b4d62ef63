package prm

import java.nio.file.Files
import java.nio.file.Path
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import prm.Office.act
import prm.Office.form
import prm.Office.given
import prm.Office.sales
import prm.core.DealCommand
import prm.core.PrmException
import prm.mobile.PrmStore

/** Deals in a database on the phone. */
class StoreTest {
    private suspend fun open(folder: Path) = PrmStore.open("sqlite:${folder.resolve("deals.db")}?mode=rwc", "acme")

    @Test
    fun `what is sent again happened once`(@TempDir folder: Path) = runBlocking {
        val store = open(folder)
        store.openDeal("r", form("alpine", "a", "Contoso"), given, act(sales("alpine"), 0, "open"))
        val first = store.commandDeal("r", DealCommand.Submit, given, act(sales("alpine"), 1, "submit"))
        val again = store.commandDeal("r", DealCommand.Submit, given, act(sales("alpine"), 9, "submit"))
        assertTrue(again.repeated)
        assertEquals(first.events, again.events)
        assertEquals(2, store.dealHistory("r", act(sales("alpine"))).size)
        // Others do not learn that it is there.
        assertEquals(null, store.deal("r", act(sales("ridge"))))
        store.shut()
        val closed = assertThrows<PrmException.Failed> { runBlocking { store.deal("r", act(sales("alpine"))) } }
        assertEquals("store.lost", closed.code)
    }

    @Test
    fun `a call that is cancelled is whole or nothing`(@TempDir folder: Path) = runBlocking {
        val store = open(folder)
        var cut = 0
        repeat(200) { number ->
            val id = "r-$number"
            store.openDeal(id, form("alpine", "a-$number", "Account $number"), given, act(sales("alpine"), 0, "open-$number"))
            val call = launch(start = CoroutineStart.UNDISPATCHED) {
                store.commandDeal(id, DealCommand.Submit, given, act(sales("alpine"), 1, "submit-$number"))
            }
            delay((number % 5).toLong())
            call.cancel()
            call.join()
            if (call.isCancelled) cut++
            val after = store.commandDeal(id, DealCommand.Submit, given, act(sales("alpine"), 1, "submit-$number"))
            assertEquals(2uL, after.version)
            assertEquals(2, store.dealHistory(id, act(sales("alpine"))).size)
        }
        assertTrue(cut > 0, "none was cut off")
        store.shut()
    }

    @Test
    fun `calls from many threads agree`(@TempDir folder: Path): Unit = runBlocking {
        val store = open(folder)
        val outcomes = (0 until 8).map { number ->
            async(kotlinx.coroutines.Dispatchers.Default) {
                val partner = listOf("alpine", "ridge")[number % 2]
                store.openDeal("r-$number", form(partner, "a-$number", "Contoso"), given, act(sales(partner)))
                store.commandDeal("r-$number", DealCommand.Submit, given, act(sales(partner), 1))
            }
        }.awaitAll()
        // One is first; the others stand behind it, each at a place of its own.
        val places = outcomes.map { it.registration.assessment!!.lines[0].place!! }
        assertEquals((1u..8u).toList(), places.sorted())
        store.shut()
    }

    @Test
    fun `a file that is no database is told`(@TempDir folder: Path) {
        val file = folder.resolve("deals.db")
        Files.writeString(file, "this is no database, and long enough to be read as one".repeat(40))
        val failed = assertThrows<PrmException.Failed> { runBlocking { open(folder) } }
        assertEquals("store.corrupt", failed.code)
    }
}
