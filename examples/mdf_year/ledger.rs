//! What stands in the pots and in the accounts.

use anyhow::Result;
use prm_core::actor::Actor;

use crate::year::Year;

impl Year {
    /// What stands in each pot.
    pub(crate) async fn pots(&self) -> Result<()> {
        for pot in self.tenant.pots(None, &Actor::Host).await? {
            let of = &pot.balances;
            let stands = [
                ("available", of.available),
                ("reserved", of.reserved),
                ("spent", of.spent),
                ("lapsed", of.lapsed),
                ("carried on", of.carried),
                ("owed", of.owed),
            ];
            let stands = stands.iter().filter(|(_, money)| !money.is_zero());
            let stands: Vec<String> = stands.map(|(word, money)| format!("{word} {money}")).collect();
            println!("    {:<20}{}", pot.pot.to_string(), stands.join(", "));
        }
        Ok(())
    }

    /// What stands in the accounts of the ledger, and whether the books balance.
    pub(crate) async fn balances(&self) -> Result<()> {
        println!("\nThe ledger");
        for (account, balance) in self.tenant.balances(None, None, &Actor::Host).await? {
            println!("  {:<22}{:>12}", account.to_string(), balance.to_string());
        }
        let balances = self.tenant.trial_balance(&Actor::Host).await?.holds();
        println!("  the books {}", if balances { "balance" } else { "do not balance" });
        Ok(())
    }
}
