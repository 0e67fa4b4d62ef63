//! Posting what is owed more or less than before, by the program's policy for what is owed back.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use prm_core::actor::Actor;
use prm_core::currency::Currency;
use prm_core::ledger::{Difference, GivenUp, LedgerError, Negative, Payee, Terms, post};
use prm_core::program::Program;

use super::post::{Held, with_accounts};
use super::receive::text;
use crate::books::{Books, GivenUpRow};
use crate::error::StoreError;

/// What posts, on which day, and who.
pub(crate) struct Posting<'p> {
    /// What its own transfers come from: debts that are settled, what is held. Those of differences begin with it.
    pub(crate) source: String,
    /// The settlement, if it is one.
    pub(crate) settlement: Option<u64>,
    /// The program that decides what becomes of what is owed back. Without one it is carried.
    pub(crate) program: Option<&'p Program>,
    pub(crate) on: NaiveDate,
    pub(crate) by: &'p Actor,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl<'p> Posting<'p> {
    /// That of a settlement by a program.
    pub(crate) fn settlement(
        (program, settlement): (&'p Program, u64),
        on: NaiveDate,
        by: &'p Actor,
        recorded_at: DateTime<Utc>,
    ) -> Self {
        let (source, settlement, program) = (source_of(settlement), Some(settlement), Some(program));
        Self { source, settlement, program, on, by, recorded_at }
    }
}

/// What the sources of a settlement begin with.
fn source_of(settlement: u64) -> String {
    format!("settlement/{settlement}")
}

/// The settlement and the concern that a source names: what it stands for, whichever settlement it is.
pub(super) fn concern(source: &str) -> Option<(u64, &str)> {
    let (settlement, concern) = source.strip_prefix("settlement/")?.split_once('/')?;
    Some((settlement.parse().ok()?, concern))
}

/// Posts what is owed more or less than before.
pub(crate) async fn post_differences<W: Books, E: From<LedgerError> + From<StoreError>>(
    work: &mut W,
    tenant: &str,
    differences: Vec<(Payee, Difference)>,
    posting: Posting<'_>,
    is_held: impl Fn(&Payee) -> bool + Send + Sync,
) -> Result<(), E> {
    let Posting { source, settlement, program, on, by, recorded_at } = posting;
    let actor = text(by)?;
    let negative = program.map_or(Negative::Carry, |program| program.negative().policy);
    let mut currencies: BTreeMap<Currency, BTreeMap<Payee, Vec<Difference>>> = BTreeMap::new();
    for (payee, difference) in differences {
        let payees = currencies.entry(difference.amount.currency()).or_default();
        payees.entry(payee).or_default().push(difference);
    }
    for (currency, mut by_payee) in currencies {
        let payees: Vec<String> = by_payee.keys().map(Payee::to_string).collect();
        let payees: Vec<&str> = payees.iter().map(String::as_str).collect();
        let name = program.map(|program| program.identity().name.as_str());
        if let Some(name) = name {
            // What is given up by a program changes under the program's lock, which its settlements hold.
            remember(work, tenant, (name, &payees, currency), &mut by_payee).await?;
        }
        let mut given_up = Vec::new();
        let apply = |held: &mut Held<'_>| {
            for (payee, differences) in by_payee {
                let source = format!("{source}/{payee}/{currency}");
                let terms = Terms::new(&source, on).held(is_held(&payee)).negative(negative);
                let posted = post(&payee, held.standing(&payee), differences, terms)?;
                for transfer in &posted.transfers {
                    held.apply(transfer)?;
                }
                given_up.extend(posted.given_up.into_iter().map(|(source, now)| (payee.clone(), source, now)));
            }
            Ok(())
        };
        let held = Held::new(settlement, &actor, recorded_at);
        with_accounts::<W, E>(work, tenant, (&payees, currency), held, apply).await?;
        let rows: Vec<GivenUpRow> = given_up
            .iter()
            .filter_map(|(payee, source, now)| {
                Some(row_of((name?, payee, currency), concern(source)?.1, *now, recorded_at))
            })
            .collect();
        work.save_given_up(tenant, &rows).await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Says of each difference what was given up before of what it is for.
async fn remember<W: Books>(
    work: &mut W,
    tenant: &str,
    (program, payees, currency): (&str, &[&str], Currency),
    by_payee: &mut BTreeMap<Payee, Vec<Difference>>,
) -> Result<(), StoreError> {
    let known = given_up(work, tenant, (program, payees, currency)).await?;
    for (payee, differences) in by_payee.iter_mut().filter(|_| !known.is_empty()) {
        for difference in differences {
            let of =
                concern(&difference.source).and_then(|(_, concern)| known.get(&(payee.to_string(), concern.into())));
            difference.given_up = of.copied().unwrap_or_default();
        }
    }
    Ok(())
}

/// What a program gave up to payees in a currency, by payee and concern.
pub(super) async fn given_up<W: Books>(
    work: &mut W,
    tenant: &str,
    (program, payees, currency): (&str, &[&str], Currency),
) -> Result<BTreeMap<(String, String), GivenUp>, StoreError> {
    let rows = work.given_up(tenant, (program, payees, currency.code())).await?;
    let of =
        |row: GivenUpRow| ((row.payee, row.concern), GivenUp { floored: row.floored, written_off: row.written_off });
    Ok(rows.into_iter().map(of).collect())
}

/// What is given up from now on, as a row.
pub(super) fn row_of(
    (program, payee, currency): (&str, &Payee, Currency),
    concern: &str,
    now: GivenUp,
    recorded_at: DateTime<Utc>,
) -> GivenUpRow {
    GivenUpRow {
        program: program.to_owned(),
        payee: payee.to_string(),
        currency: currency.code().to_owned(),
        concern: concern.to_owned(),
        digits: currency.minor_digits(),
        floored: now.floored,
        written_off: now.written_off,
        recorded_at,
    }
}
