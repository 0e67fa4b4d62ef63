package prm

import java.math.BigDecimal
import java.nio.file.Files
import java.time.LocalDate
import kotlinx.coroutines.runBlocking
import prm.Office.act
import prm.Office.form
import prm.Office.given
import prm.Office.sales
import prm.core.DealCommand
import prm.core.DealFound
import prm.core.RoundingMode
import prm.mobile.Deal
import prm.mobile.PrmStore
import prm.mobile.Program
import prm.mobile.decideDeal
import prm.mobile.openDeal
import prm.mobile.rounded

/** How long calls take on the JVM: `make bench-mobile`. */
fun main() {
    val folder = Files.createTempDirectory("prm")
    val loading = System.nanoTime()
    Program.read("format: 1\nprogram: Example\nversion: '1'\neffective: { from: 2025-01-01 }\ncurrency: USD\nincentives: {}")
    println("| load the library | %.1f ms |".format((System.nanoTime() - loading) / 1e6))
    val began = System.nanoTime()
    val store = runBlocking { PrmStore.open("sqlite:${folder.resolve("deals.db")}?mode=rwc", "acme") }
    println("| open a new store | %.1f ms |".format((System.nanoTime() - began) / 1e6))
    runBlocking { store.shut() }
    val another = System.nanoTime()
    runBlocking { PrmStore.open("sqlite:${folder.resolve("other.db")}?mode=rwc", "acme").shut() }
    println("| open another new store | %.1f ms |".format((System.nanoTime() - another) / 1e6))
    val again = System.nanoTime()
    runBlocking { PrmStore.open("sqlite:${folder.resolve("deals.db")}", "acme").shut() }
    println("| open a store that is there | %.1f ms |".format((System.nanoTime() - again) / 1e6))

    val draft = openDeal(form("alpine", "a", "Contoso Works"), given, act(sales("alpine"))).registration
    val found = DealFound(listOf(), listOf())
    told("a form, to a draft") { openDeal(draft.form, given, act(sales("alpine"))) }
    told("a draft, handed in") { decideDeal(draft, DealCommand.Submit, given, found, act(sales("alpine"))) }
    val pending = decideDeal(draft, DealCommand.Submit, given, found, act(sales("alpine"))).registration
    told("a pending deal, approved") { decideDeal(pending, DealCommand.Approve(setOf()), given, found, act(Office.manager, 1)) }
    val deal = Deal(pending, given)
    var minute = 1L
    told("a pending deal by its handle, updated") { deal.decide(DealCommand.Update(listOf(null), LocalDate.of(2026, 1, 1)), act(sales("alpine"), minute++)) }
    told("a number, rounded") { rounded(BigDecimal("12.345"), 2u, RoundingMode.HALF_EVEN) }
    told("the identity of a program") { Office.program.identity() }
    folder.toFile().deleteRecursively()
}

private fun told(what: String, call: () -> Unit) {
    repeat(30_000) { call() }
    val times = LongArray(30_000) {
        val began = System.nanoTime()
        call()
        System.nanoTime() - began
    }
    times.sort()
    println("| %s | %.1f µs, 95th of 100 %.1f |".format(what, times[times.size / 2] / 1e3, times[times.size * 95 / 100] / 1e3))
}
