//! Debts that are carried: how old they are, and those that a program carries no longer.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::currency::Currency;
use prm_core::incentive::settlement::Settlement;
use prm_core::ledger::{Debt, LedgerError, Payee, Purpose, Transfer, debts, may_read};
use prm_core::lifecycle::{Access, Lifecycle as _};
use prm_core::program::Program;

use super::owe::{concern, given_up, row_of};
use super::post::{Held, journal_entry, with_accounts};
use super::receive::text;
use crate::books::{AccountRow, Books};
use crate::error::StoreError;
use crate::store::{Tenant, reading};
use crate::work::Hold;

/// A debt that was carried for as long as the program says, and is written off.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lapsed {
    /// Whose it was.
    pub payee: Payee,
    /// The debt, with what was left of it.
    pub debt: Debt,
}

impl Tenant {
    /// The debts that are carried, of a payee or of all (`None`), each with the day to which it belongs and what is left of it;
    /// oldest first for each payee and currency. Empty if the actor may not see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn debts(&self, payee: Option<&Payee>, by: &Actor) -> Result<Vec<(Payee, Debt)>, StoreError> {
        if may_read(by, payee) != Access::Allowed {
            return Ok(Vec::new());
        }
        let payee = payee.map(Payee::to_string);
        Ok(reading!(self, work => {
            let mut all = Vec::new();
            for (currency, payees) in debtors(&mut work, &self.tenant, payee.as_deref()).await? {
                for (payee, debts) in carried(&mut work, &self.tenant, (&payees, currency)).await? {
                    all.extend(debts.into_iter().map(|debt| (payee.clone(), debt)));
                }
            }
            all
        }))
    }
}

/// Who has debts that are carried, by currency.
async fn debtors<W: Books>(
    work: &mut W,
    tenant: &str,
    payee: Option<&str>,
) -> Result<BTreeMap<Currency, Vec<String>>, StoreError> {
    let mut by_currency: BTreeMap<Currency, Vec<String>> = BTreeMap::new();
    for AccountRow { payee, currency, .. } in work.debtors(tenant, payee).await? {
        let unreadable = |_| StoreError::Unreadable {
            kind: "account".to_owned(),
            id: format!("{payee}/{currency}/recoverable"),
            why: "no currency".to_owned(),
        };
        by_currency.entry(currency.parse().map_err(unreadable)?).or_default().push(payee);
    }
    Ok(by_currency)
}

/// The debts of payees in a currency.
async fn carried<W: Books>(
    work: &mut W,
    tenant: &str,
    (payees, currency): (&[String], Currency),
) -> Result<BTreeMap<Payee, Vec<Debt>>, StoreError> {
    let payees: Vec<&str> = payees.iter().map(String::as_str).collect();
    let mut transfers: BTreeMap<Payee, Vec<Transfer>> = BTreeMap::new();
    for row in work.debt_transfers(tenant, (&payees, currency.code())).await? {
        let transfer = journal_entry(row)?.transfer;
        transfers.entry(transfer.payee().clone()).or_default().push(transfer);
    }
    Ok(transfers.into_iter().map(|(payee, transfers)| (payee, debts(&transfers))).collect())
}

/// Writes off the debts that settlements of a program made, if it carries them no longer on a day. The caller holds the
/// program's lock.
pub(super) async fn lapse<W: Books, E: From<LedgerError> + From<StoreError>>(
    work: &mut W,
    tenant: &str,
    program: &Program,
    (settlement, on): (Option<u64>, NaiveDate),
    (by, recorded_at): (&Actor, DateTime<Utc>),
) -> Result<Vec<Lapsed>, E> {
    let (mut lapsed, mut programs) = (Vec::new(), BTreeMap::new());
    let policy = program.negative();
    if policy.lasts.is_none() {
        return Ok(lapsed);
    }
    let (name, actor) = (&program.identity().name, text(by)?);
    for (currency, payees) in debtors(work, tenant, None).await? {
        let of: Vec<&str> = payees.iter().map(String::as_str).collect();
        // Held before they are read: what settles a debt meanwhile waits.
        work.hold_accounts(tenant, &of, currency.code(), currency.minor_digits()).await.map_err(StoreError::from)?;
        let mut old = Vec::new();
        for (payee, debts) in carried(work, tenant, (&payees, currency)).await? {
            for debt in debts {
                // Beyond the calendar nothing lapses.
                let is_old = policy.gives_up(debt.arisen_on, on).unwrap_or(false);
                let Some((settlement, _)) = concern(&debt.source).filter(|_| is_old) else { continue };
                if is_of(work, tenant, (name, settlement), &mut programs).await? {
                    old.push(Lapsed { payee: payee.clone(), debt });
                }
            }
        }
        if old.is_empty() {
            continue;
        }
        let mut given_up = given_up(work, tenant, (name, &of, currency)).await?;
        let apply = |held: &mut Held<'_>| {
            for Lapsed { payee, debt } in &old {
                let source = debt.source.as_str();
                held.apply(&Transfer::new(Purpose::WriteOff, payee.clone(), debt.left, source, on)?)?;
            }
            Ok(())
        };
        let held = Held::new(settlement, &actor, recorded_at);
        with_accounts::<W, E>(work, tenant, (&of, currency), held, apply).await?;
        let mut rows = BTreeMap::new();
        for Lapsed { payee, debt } in &old {
            let Some((_, concern)) = concern(&debt.source) else { continue };
            let now = given_up.entry((payee.to_string(), concern.to_owned())).or_default();
            now.written_off = now.written_off.saturating_add(debt.left.minor());
            rows.insert((payee, concern), row_of((name, payee, currency), concern, *now, recorded_at));
        }
        let rows: Vec<_> = rows.into_values().collect();
        work.save_given_up(tenant, &rows).await.map_err(StoreError::from)?;
        lapsed.extend(old);
    }
    Ok(lapsed)
}

/// Whether a settlement is one of a program.
async fn is_of<W: Books>(
    work: &mut W,
    tenant: &str,
    (program, settlement): (&str, u64),
    known: &mut BTreeMap<u64, bool>,
) -> Result<bool, StoreError> {
    if let Some(known) = known.get(&settlement) {
        return Ok(*known);
    }
    let row = work.record(tenant, Settlement::KIND, &format!("{settlement:08}"), Hold::Nothing).await?;
    let is = row.is_some_and(|row| row.subject == program);
    known.insert(settlement, is);
    Ok(is)
}
