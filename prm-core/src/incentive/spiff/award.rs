//! The award: sale after sale.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::answer::{SpiffAnswer, SpiffEarned, SpiffPayee, SpiffReason, SpiffSale};
use super::facts::SpiffFacts;
use super::pay::{Counted, quota};
use super::take::taken;
use super::{PaidTo, Spiff, SpiffPay};
use crate::id::{PartnerId, PersonId, SourceId};
use crate::incentive::fold::Share;
use crate::incentive::line::SaleLine;
use crate::incentive::schedule::Target;
use crate::money::{Money, MoneyError};
use crate::partner::Partner;
use crate::program::Program;
use crate::program::tables::{TableError, Tables};
use crate::scaled::NumberError;
use crate::tier::TierHistory;

/// Why it cannot be said what a SPIFF comes to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpiffError {
    /// The program has no SPIFF of this name.
    #[error("the program has no SPIFF `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A sale is credited to a partner that was not given.
    #[error("partner `{partner}` is not among those given")]
    UnknownPartner {
        /// The partner.
        partner: PartnerId,
    },
    /// The lines do not come with what each of them adds.
    #[error("the lines were not folded by a fold that traces")]
    NotTraced,
    /// It is for certain tiers, and the tiers that partners were in were not given.
    #[error("the SPIFF is for certain tiers, and the tiers that partners were in were not given")]
    NeedsTiers,
    /// It is paid to a team whose shares were not given.
    #[error("the shares of the team of partner `{partner}` were not given")]
    NoTeam {
        /// The partner.
        partner: PartnerId,
    },
    /// A table that it pays by was not given.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An amount does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A number does not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// What a SPIFF is computed from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SpiffBasis<'b> {
    /// The program in force.
    pub program: &'b Program,
    /// The lines, in the order in which they were folded.
    pub lines: &'b [&'b SaleLine],
    /// What each of them came to add: the shares of a fold that [traces](crate::incentive::fold::Fold::tracing).
    pub shares: &'b [Vec<Share>],
    /// The source of each line, where lines come from several: keys are those of a source.
    pub sources: Option<&'b [&'b SourceId]>,
    /// The partners.
    pub partners: &'b BTreeMap<PartnerId, Partner>,
    /// The tables given for the run.
    pub tables: &'b Tables,
    /// What the host knows of those who sell and buy.
    pub facts: &'b SpiffFacts,
    /// Which partner was in which tier when, where the SPIFF asks for it.
    pub tiers: Option<&'b TierHistory>,
}

impl<'b> SpiffBasis<'b> {
    /// Lines with what they came to add, partners, tables and facts.
    #[must_use]
    pub const fn new(
        program: &'b Program,
        (lines, shares): (&'b [&'b SaleLine], &'b [Vec<Share>]),
        partners: &'b BTreeMap<PartnerId, Partner>,
        tables: &'b Tables,
        facts: &'b SpiffFacts,
    ) -> Self {
        Self { program, lines, shares, sources: None, partners, tables, facts, tiers: None }
    }

    /// With the source of each line.
    #[must_use]
    pub const fn sources(self, sources: &'b [&'b SourceId]) -> Self {
        Self { sources: Some(sources), ..self }
    }

    /// With the tiers that partners were in.
    #[must_use]
    pub const fn tiers(self, tiers: &'b TierHistory) -> Self {
        Self { tiers: Some(tiers), ..self }
    }
}

/// What is left of a cap for one payee: all but what others of the same person or partner have.
fn room(cap: Option<Money>, together: i64, own: i64) -> i64 {
    cap.map_or(i64::MAX, |cap| cap.minor().saturating_sub(together.saturating_sub(own)))
}

/// What a SPIFF comes to by the end of a day.
///
/// Nobody earns less than nothing, and none more than what is left of a cap; what a return leaves of a cap goes to the next
/// sale. A return that comes without its sale takes from who made it, with a reason where that is not known.
///
/// # Errors
/// [`SpiffError`] if something that is needed was not given, or an amount does not fit.
pub fn award(basis: SpiffBasis<'_>, spiff: &Spiff, as_of: NaiveDate) -> Result<SpiffAnswer, SpiffError> {
    if basis.lines.len() != basis.shares.len() {
        return Err(SpiffError::NotTraced);
    }
    let nothing = Money::zero(spiff.currency);
    let sales = taken(&basis, spiff, as_of)?;
    let mut used = BTreeMap::new();
    let mut counted: BTreeMap<SpiffPayee, Counted<'_>> = BTreeMap::new();
    let mut before_caps: BTreeMap<SpiffPayee, Money> = BTreeMap::new();
    // A person has one cap, whomever it sells for. All in minor units.
    let mut by_person: BTreeMap<&PersonId, i64> = BTreeMap::new();
    let mut by_partner: BTreeMap<&PartnerId, i64> = BTreeMap::new();
    let mut earned: BTreeMap<SpiffPayee, Money> = BTreeMap::new();
    let mut told = Vec::new();
    for sale in &sales {
        let partner = &sale.partner.id;
        let person = sale.line.person.as_ref();
        let payee = match (spiff.to, person) {
            (PaidTo::Person, Some(person)) => SpiffPayee::Person { person: person.clone(), partner: partner.clone() },
            _ => SpiffPayee::Partner(partner.clone()),
        };
        let quota = quota(&basis, spiff, sale)?;
        let mut because = sale.refused(&basis, spiff, &used)?;
        if because.is_none() && quota.is_none() && matches!(spiff.pays, SpiffPay::Quota(_)) {
            because = Some(SpiffReason::NoQuota);
        }
        let so_far = counted.entry(payee.clone()).or_insert_with(Counted::nothing);
        if because.is_none() {
            because = so_far.add(&basis, spiff, sale)?;
        }
        let (mut adds, mut brings) = (nothing, nothing);
        if because.is_none() {
            sale.use_serials(spiff, &mut used);
            let before = before_caps.entry(payee.clone()).or_insert(nothing);
            let now = so_far.earned(spiff, quota)?;
            adds = now.minus(*before)?;
            *before = now;
            let has = earned.entry(payee).or_insert(nothing);
            let of_partner = by_partner.entry(partner).or_default();
            let mut of_person =
                person.filter(|_| spiff.to == PaidTo::Person).map(|of| by_person.entry(of).or_default());
            let per_person = of_person.as_deref().map_or(i64::MAX, |sum| room(spiff.per_person, *sum, has.minor()));
            let most = per_person.min(room(spiff.per_partner, *of_partner, has.minor()));
            let target = Money::from_minor(now.minor().min(most).max(0), spiff.currency);
            brings = target.minus(*has)?;
            *has = target;
            *of_partner = of_partner.saturating_add(brings.minor());
            if let Some(sum) = &mut of_person {
                **sum = sum.saturating_add(brings.minor());
            }
        }
        told.push(SpiffSale {
            line: sale.line.key.clone(),
            source: sale.source.cloned(),
            on: sale.on,
            partner: partner.clone(),
            person: person.cloned(),
            counts: sale.counts,
            adds,
            brings,
            because,
        });
    }
    let earned = if spiff.to == PaidTo::Team { among_teams(&basis, earned)? } else { earned };
    let earned = earned.into_iter().filter(|(_, earned)| !earned.is_zero());
    Ok(SpiffAnswer {
        program: basis.program.identity().clone(),
        incentive: spiff.name.clone(),
        title: spiff.title.clone(),
        window: spiff.window,
        table: table(&basis, spiff),
        sales: told,
        earned: earned.map(|(payee, earned)| SpiffEarned { payee, earned }).collect(),
    })
}

/// What each partner earned, divided among its team: to the last minor unit.
fn among_teams(
    basis: &SpiffBasis<'_>,
    earned: BTreeMap<SpiffPayee, Money>,
) -> Result<BTreeMap<SpiffPayee, Money>, SpiffError> {
    let mut divided = BTreeMap::new();
    for (payee, money) in earned.into_iter().filter(|(_, money)| !money.is_zero()) {
        let SpiffPayee::Partner(partner) = payee else { continue };
        let team = basis.facts.teams.get(&partner);
        let team = team.ok_or_else(|| SpiffError::NoTeam { partner: partner.clone() })?;
        divided.extend(
            team.of(money)
                .into_iter()
                .map(|(person, part)| (SpiffPayee::Person { person: person.clone(), partner: partner.clone() }, part)),
        );
    }
    Ok(divided)
}

/// The fingerprint of the table that amounts or quotas came from.
fn table(basis: &SpiffBasis<'_>, spiff: &Spiff) -> Option<String> {
    let (SpiffPay::EachOf { table, .. } | SpiffPay::Quota(super::Quota { target: Target::Table { table, .. }, .. })) =
        &spiff.pays
    else {
        return None;
    };
    basis.tables.get(table).map(|table| table.fingerprint().to_owned())
}
