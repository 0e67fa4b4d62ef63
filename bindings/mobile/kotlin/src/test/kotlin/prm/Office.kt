package prm

import java.math.BigDecimal
import java.time.Instant
import prm.core.AccountFacts
import prm.core.Act
import prm.core.Actor
import prm.core.DealForm
import prm.core.DealLine
import prm.core.DealPartner
import prm.core.DealType
import prm.core.Goods
import prm.core.MoneyAmount
import prm.core.Partner
import prm.core.PartnerRole
import prm.core.VendorRole
import prm.mobile.DealGiven
import prm.mobile.Program

/** A program, two partners and what they hand in. */
object Office {
    private const val DOCUMENT = """
        format: 1
        program: Example
        version: '1'
        effective: { from: 2025-01-01 }
        currency: USD
        products: { bikes: { category: Bikes } }
        deals:
          protection: { lasts: 90 days }
          conflicts:
            - { when: { pending_for: another_partner }, then: wait, code: earlier_pending }
            - { when: { protected_for: another_partner }, then: reject, code: already_protected }
    """

    val noon: Instant = Instant.parse("2025-06-02T12:00:00Z")

    val program = Program.read(DOCUMENT.trimIndent())

    val given = DealGiven(program, listOf("alpine", "ridge").map { DealPartner(Partner(it, it)) })

    fun sales(partner: String) = Actor.Partner(partner, "sales", PartnerRole.SALES)

    val manager = Actor.Vendor("mara", VendorRole.CHANNEL_MANAGER)

    fun form(partner: String, account: String, name: String) = DealForm(
        program = "Example",
        partner = partner,
        dealType = DealType.NEW,
        account = AccountFacts(account, name),
        lines = listOf(DealLine(Goods.Products("bikes"), MoneyAmount(BigDecimal("9000.00"), "USD"))),
    )

    fun act(by: Actor, minutes: Long = 0, key: String? = null) = Act(by, noon.plusSeconds(60 * minutes), key)
}
