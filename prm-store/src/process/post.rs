//! Posting transfers: balances and transfers change together, under lock.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use prm_core::actor::Actor;
use prm_core::currency::Currency;
use prm_core::id::IdError;
use prm_core::ledger::{
    ACCOUNT_KINDS, Account, AccountKind, LedgerError, PURPOSES, Payee, Purpose, Standing, Transfer, may_post, may_read,
    recover,
};
use prm_core::lifecycle::Access;
use prm_core::money::Money;
use prm_core::zone::micros;

use super::receive::text;
use crate::books::{AccountRow, Books, JournalPage, Money as _, TransferRow};
use crate::error::{Passing, StoreError};
use crate::pool::HostTransaction;
use crate::store::{PAGE_MAX, Tenant, joining, reading, writing};

/// Why a transfer was not posted. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    /// The actor may not post transfers.
    #[error("the actor may not post transfers")]
    Denied,
    /// Only settlements and claims post what is earned and taken back, and only their sources begin with `settlement/` and
    /// `claim/`.
    #[error("`{purpose}` from `{source_text}` is for settlements and claims to post")]
    Settlements {
        /// The purpose.
        purpose: Purpose,
        /// The source.
        source_text: String,
    },
    /// The source has caused another transfer of this purpose.
    #[error("source `{source_text}` has caused another transfer of this purpose")]
    SourceUsed {
        /// The source.
        source_text: String,
    },
    /// An account does not have what it takes.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database is the matter.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for PostError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Passing for PostError {
    fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

/// Whether a transfer is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Posted {
    /// It is posted now.
    Now,
    /// It was posted before: nothing new.
    Before,
}

/// A transfer of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The transfer.
    pub transfer: Transfer,
    /// The number of the settlement that caused it, if one did.
    pub settlement: Option<u64>,
    /// Who posted it.
    pub by: Actor,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// Whether the books balance, by currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrialBalance {
    /// Each currency with what was transferred in all, in minor units, and the sum of all balances, which is zero.
    pub currencies: Vec<(Currency, i128, i128)>,
    /// Accounts whose balance is not what their transfers say; none.
    pub differing: Vec<Account>,
}

impl TrialBalance {
    /// Whether all balances sum to zero and every one is what its transfers say.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.differing.is_empty() && self.currencies.iter().all(|(_, _, balances)| *balances == 0)
    }
}

impl Tenant {
    /// Posts a transfer: a payment that went out, a hold, a write-off, a debt that is asked back or was repaid. Posted again,
    /// nothing happens. What becomes payable by it settles a debt of the payee at once.
    ///
    /// # Errors
    /// [`PostError`]: above all [`LedgerError::NotEnough`]. Nothing was changed then.
    pub async fn transfer(&self, transfer: &Transfer, by: &Actor) -> Result<Posted, PostError> {
        writing!(self, work => post_one(&mut work, &self.tenant, transfer, by)).await
    }

    /// The same inside the host's transaction.
    ///
    /// # Errors
    /// [`PostError`]; nothing of ours was changed then.
    pub async fn transfer_in(
        &self,
        transaction: impl Into<HostTransaction<'_>>,
        transfer: &Transfer,
        by: &Actor,
    ) -> Result<Posted, PostError> {
        joining!(self, transaction, work => post_one(&mut work, &self.tenant, transfer, by))
    }

    /// The balances of a payee's accounts, or of all (`None`), that are not nothing: credits less debits, as known now or
    /// at an instant.
    /// Empty if the actor may not see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn balances(
        &self,
        payee: Option<&Payee>,
        known_at: Option<DateTime<Utc>>,
        by: &Actor,
    ) -> Result<BTreeMap<Account, Money>, StoreError> {
        if may_read(by, payee) != Access::Allowed {
            return Ok(BTreeMap::new());
        }
        let payee = payee.map(Payee::to_string);
        let payee = payee.as_deref();
        let rows = reading!(self, work => {
            match known_at {
                None => work.accounts(&self.tenant, payee).await?,
                Some(at) => work.balances_at(&self.tenant, payee, (Some(micros(at)), None)).await?,
            }
        });
        balances_of(&rows)
    }

    /// The balances as they stood at the end of a past day: by the transfers that belong to that day or an earlier one, as
    /// known now, or as known at an instant. Empty if the actor may not see them.
    ///
    /// What a settlement adjusts belongs to the day of the adjustment: what it did to an earlier period its entries tell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn balances_as_of(
        &self,
        payee: Option<&Payee>,
        day: NaiveDate,
        known_at: Option<DateTime<Utc>>,
        by: &Actor,
    ) -> Result<BTreeMap<Account, Money>, StoreError> {
        if may_read(by, payee) != Access::Allowed {
            return Ok(BTreeMap::new());
        }
        let (payee, known) = (payee.map(Payee::to_string), (known_at.map(micros), Some(day)));
        let rows = reading!(self, work => { work.balances_at(&self.tenant, payee.as_deref(), known).await? });
        balances_of(&rows)
    }

    /// Transfers in the order in which they were recorded. One that is being posted meanwhile may come to stand before the
    /// last of a page: to follow along, use the [feed](Self::changes). Empty if the actor may not see them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn journal(&self, page: &JournalPage, by: &Actor) -> Result<Vec<JournalEntry>, StoreError> {
        let payee = page.payee.as_deref().and_then(|payee| payee.parse().ok());
        if may_read(by, payee.as_ref()) != Access::Allowed {
            return Ok(Vec::new());
        }
        let page = JournalPage { limit: page.limit.clamp(1, PAGE_MAX), ..page.clone() };
        let rows = reading!(self, work => { work.journal(&self.tenant, &page).await? });
        rows.into_iter().map(journal_entry).collect()
    }

    /// Whether the books balance: every currency's accounts sum to zero, and every balance is what its transfers say.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Denied`] if the actor may not read all money.
    pub async fn trial_balance(&self, by: &Actor) -> Result<TrialBalance, StoreError> {
        if may_read(by, None) != Access::Allowed {
            return Err(StoreError::Denied);
        }
        Ok(reading!(self, work => { trial_balance(&mut work, &self.tenant).await? }))
    }
}

/// Whether the books balance, as the transaction sees them.
pub(crate) async fn trial_balance<W: Books>(work: &mut W, tenant: &str) -> Result<TrialBalance, StoreError> {
    let (trial, differing) = (work.trial(tenant).await?, work.unbalanced(tenant).await?);
    let currencies = trial.iter().map(|row| {
        let currency = row.currency.parse().map_err(|_| unreadable("balance", &row.currency, "no currency".into()))?;
        Ok((currency, row.transferred, row.balances))
    });
    let currencies = currencies.collect::<Result<_, StoreError>>()?;
    Ok(TrialBalance { currencies, differing: differing.iter().map(account_of).collect::<Result<_, _>>()? })
}

/// The balances that are not nothing, by account.
fn balances_of(rows: &[AccountRow]) -> Result<BTreeMap<Account, Money>, StoreError> {
    let held = rows.iter().filter(|row| row.balance != 0);
    let balances = held.map(|row| {
        let account = account_of(row)?;
        Ok((account.clone(), money(row, &account)))
    });
    balances.collect()
}

fn unreadable(kind: &str, id: &str, why: String) -> StoreError {
    StoreError::Unreadable { kind: kind.to_owned(), id: id.to_owned(), why }
}

fn money(row: &AccountRow, account: &Account) -> Money {
    Money::from_minor(row.balance, account.currency)
}

fn kind_of(word: &str) -> Option<AccountKind> {
    ACCOUNT_KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

fn account_of(row: &AccountRow) -> Result<Account, StoreError> {
    let id = || format!("{}/{}/{}", row.payee, row.currency, row.kind);
    Ok(Account {
        payee: row.payee.parse().map_err(|error: IdError| unreadable("account", &id(), error.to_string()))?,
        currency: row.currency.parse().map_err(|_| unreadable("account", &id(), "no currency".into()))?,
        kind: kind_of(&row.kind).ok_or_else(|| unreadable("account", &id(), "no kind of account".into()))?,
    })
}

pub(super) fn journal_entry(row: TransferRow) -> Result<JournalEntry, StoreError> {
    let unreadable = |why: String| unreadable("transfer", &row.id.to_string(), why);
    let purpose = PURPOSES.iter().find(|(word, _)| *word == row.purpose).map(|(_, purpose)| *purpose);
    let currency: Currency = row.currency.parse().map_err(|_| unreadable("no currency".into()))?;
    let transfer = Transfer::new(
        purpose.ok_or_else(|| unreadable("no purpose".into()))?,
        row.payee.parse().map_err(|error: IdError| unreadable(error.to_string()))?,
        Money::from_minor(row.amount, currency),
        row.source.clone(),
        row.effective_on,
    );
    Ok(JournalEntry {
        transfer: transfer.map_err(|error| unreadable(error.to_string()))?,
        settlement: row.settlement,
        by: serde_json::from_str(&row.actor).map_err(|error| unreadable(error.to_string()))?,
        recorded_at: row.recorded_at,
    })
}

/// Balances of accounts that are held, and what changes them.
pub(super) struct Held<'h> {
    balances: BTreeMap<(Payee, AccountKind), i64>,
    rows: Vec<TransferRow>,
    settlement: Option<u64>,
    actor: &'h str,
    recorded_at: DateTime<Utc>,
}

impl<'h> Held<'h> {
    /// Nothing is held yet. What is posted comes from a settlement, if from one, and is recorded then or later.
    pub(super) const fn new(settlement: Option<u64>, actor: &'h str, recorded_at: DateTime<Utc>) -> Self {
        Self { balances: BTreeMap::new(), rows: Vec::new(), settlement, actor, recorded_at }
    }

    pub(super) fn standing(&self, payee: &Payee) -> Standing {
        Standing::of(|kind| self.balance(payee, kind))
    }

    fn balance(&self, payee: &Payee, kind: AccountKind) -> i64 {
        self.balances.get(&(payee.clone(), kind)).copied().unwrap_or_default()
    }

    pub(super) fn apply(&mut self, transfer: &Transfer) -> Result<(), LedgerError> {
        let (payee, (debit, credit)) = (transfer.payee(), transfer.purpose().accounts());
        let (debited, credited) = transfer.apply(self.balance(payee, debit), self.balance(payee, credit))?;
        self.balances.insert((payee.clone(), debit), debited);
        self.balances.insert((payee.clone(), credit), credited);
        let currency = transfer.amount().currency();
        self.rows.push(TransferRow {
            id: transfer.id(),
            payee: payee.to_string(),
            currency: currency.code().to_owned(),
            digits: currency.minor_digits(),
            amount: transfer.amount().minor(),
            purpose: transfer.purpose().to_string(),
            debit: debit.to_string(),
            credit: credit.to_string(),
            source: transfer.source().to_owned(),
            settlement: self.settlement,
            effective_on: transfer.effective_on(),
            actor: self.actor.to_owned(),
            recorded_at: self.recorded_at,
        });
        Ok(())
    }
}

/// Holds the accounts of payees in one currency, lets transfers be applied, and saves what they change.
pub(super) async fn with_accounts<W: Books, E: From<LedgerError> + From<StoreError>>(
    work: &mut W,
    tenant: &str,
    (payees, currency): (&[&str], Currency),
    mut held: Held<'_>,
    apply: impl FnOnce(&mut Held<'_>) -> Result<(), E> + Send,
) -> Result<(), E> {
    let (code, digits) = (currency.code(), currency.minor_digits());
    let rows = work.hold_accounts(tenant, payees, code, digits).await.map_err(StoreError::from)?;
    // Behind everything that is known of these accounts, even if the clock was set back or is another machine's.
    let newest = rows.iter().map(|row| row.recorded_at).max();
    let next = newest.and_then(|newest| newest.checked_add_signed(TimeDelta::microseconds(1)));
    let at = held.recorded_at.max(micros(Utc::now())).max(next.unwrap_or_default());
    held.recorded_at = at;
    for row in &rows {
        let account = account_of(row)?;
        held.balances.insert((account.payee, account.kind), row.balance);
    }
    let before = held.balances.clone();
    apply(&mut held)?;
    let changed = held.balances.iter().filter(|(account, balance)| before.get(*account) != Some(*balance));
    let accounts: Vec<AccountRow> = changed
        .map(|((payee, kind), balance)| AccountRow {
            payee: payee.to_string(),
            currency: code.to_owned(),
            kind: kind.to_string(),
            digits,
            balance: *balance,
            recorded_at: at,
        })
        .collect();
    work.save_accounts(tenant, &accounts).await.map_err(StoreError::from)?;
    work.add_transfers(tenant, &held.rows).await.map_err(StoreError::from)?;
    Ok(())
}

async fn post_one<W: Books>(work: &mut W, tenant: &str, transfer: &Transfer, by: &Actor) -> Result<Posted, PostError> {
    if may_post(by) != Access::Allowed {
        return Err(PostError::Denied);
    }
    let is_ours = ["settlement/", "claim/"].iter().any(|ours| transfer.source().starts_with(ours));
    if transfer.purpose().is_settlements() || is_ours {
        let (purpose, source_text) = (transfer.purpose(), transfer.source().to_owned());
        return Err(PostError::Settlements { purpose, source_text });
    }
    let actor = text(by)?;
    // Not now, but when the accounts are held: a transfer that waits is not known before it is posted.
    let held = Held::new(None, &actor, DateTime::UNIX_EPOCH);
    work.lock(tenant, &[format!("transfer/{}", transfer.id())]).await?;
    if let Some(row) = work.transfer(tenant, transfer.id()).await? {
        let posted = journal_entry(row)?.transfer;
        if posted == *transfer {
            return Ok(Posted::Before);
        }
        return Err(PostError::SourceUsed { source_text: transfer.source().to_owned() });
    }
    let payee = transfer.payee().to_string();
    let payees = (&[payee.as_str()][..], transfer.amount().currency());
    let apply = |held: &mut Held<'_>| {
        held.apply(transfer)?;
        if let Some(settled) = recover(transfer, held.standing(transfer.payee()))? {
            held.apply(&settled)?;
        }
        Ok(())
    };
    with_accounts::<W, PostError>(work, tenant, payees, held, apply).await?;
    Ok(Posted::Now)
}
