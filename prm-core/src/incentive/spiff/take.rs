//! Which sales a SPIFF takes, in which order, and why one brings nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::award::SpiffBasis;
use super::{PaidTo, SpiffError, SpiffReason};
use crate::id::{Serial, SourceId};
use crate::incentive::fold::Share;
use crate::incentive::line::{LineKey, SaleLine};
use crate::incentive::rebate::{Reason, TierAt};
use crate::incentive::sold::{Counted, Sold, sold};
use crate::incentive::spiff::{Sector, Spiff};
use crate::partner::Partner;
use crate::scaled::Scaled;

/// A sale with what was taken back of it.
pub(super) struct Taken<'b> {
    pub(super) line: &'b SaleLine,
    pub(super) source: Option<&'b SourceId>,
    pub(super) partner: &'b Partner,
    pub(super) on: NaiveDate,
    pub(super) counts: Scaled,
    /// The serial numbers that were not taken back.
    serials: Vec<&'b Serial>,
    taken_back: bool,
}

/// The sales up to a day in the order in which they count. What is taken back is taken from its sale; where that is not among
/// them, or is not the only line of its key, it stands by itself, below zero.
pub(super) fn taken<'b>(basis: &SpiffBasis<'b>, spiff: &Spiff, as_of: NaiveDate) -> Result<Vec<Taken<'b>>, SpiffError> {
    let Sold { sales, back } =
        sold(basis.lines, basis.sources, basis.shares, |share| share.measure == spiff.key && share.month <= as_of);
    let take = |one: &Counted<'b>| {
        // A SPIFF's measure credits a party of the line.
        let Some(id) = &one.share.partner else { return Ok(None) };
        let unknown = || SpiffError::UnknownPartner { partner: id.clone() };
        let partner = basis.partners.get(id).ok_or_else(unknown)?;
        let (line, source, Share { month, amount, .. }) = (one.line, one.source, one.share);
        let serials = line.serials.iter().collect();
        Ok(Some(Taken { line, source, partner, on: *month, counts: *amount, serials, taken_back: false }))
    };
    let mut sales = sales.iter().filter_map(|one| take(one).transpose()).collect::<Result<Vec<_>, SpiffError>>()?;
    for (one, of) in back {
        match of.and_then(|place| sales.get_mut(place)) {
            Some(sale) => {
                sale.counts = sale.counts.plus(one.share.amount)?;
                let back: BTreeSet<&Serial> = one.line.serials.iter().collect();
                sale.serials.retain(|serial| !back.contains(serial));
                sale.taken_back = true;
            }
            None => sales.extend(take(&one)?),
        }
    }
    // Whatever the order in which lines came.
    sales.sort_by_cached_key(|sale| {
        (
            sale.on,
            sale.line.key.clone(),
            sale.source,
            sale.line.person.clone(),
            sale.line.sku.clone(),
            sale.line.content(),
        )
    });
    Ok(sales)
}

impl Taken<'_> {
    /// Why it brings nothing. `used` are the serial numbers of sales before it.
    pub(super) fn refused(
        &self,
        basis: &SpiffBasis<'_>,
        spiff: &Spiff,
        used: &BTreeMap<&Serial, &LineKey>,
    ) -> Result<Option<SpiffReason>, SpiffError> {
        if self.counts.is_zero() && self.taken_back {
            return Ok(Some(SpiffReason::TakenBack));
        }
        if let Some(why) = spiff.eligible.refuses(self.partner, basis.program) {
            return Ok(Some(SpiffReason::Partner { why }));
        }
        if let Some(why) = self.wrong_tier(basis, spiff)? {
            return Ok(Some(SpiffReason::Partner { why }));
        }
        // What comes back comes back, whoever sells for whom on that day.
        if self.counts.is_negative() {
            let nobody = spiff.to == PaidTo::Person && self.line.person.is_none();
            return Ok(nobody.then_some(SpiffReason::NoPerson));
        }
        if !basis.program.membership().counts(self.partner, self.on) {
            return Ok(Some(SpiffReason::Partner { why: Reason::NoMember }));
        }
        let wrong_serial = || spiff.by_serial.then(|| self.wrong_serial(used)).flatten();
        let refused = self.wrong_customer(basis, spiff).or_else(|| self.wrong_person(basis, spiff));
        Ok(refused.or_else(wrong_serial))
    }

    /// Uses its serial numbers up; those of a unit that came back pay again.
    pub(super) fn use_serials<'s>(&'s self, spiff: &Spiff, used: &mut BTreeMap<&'s Serial, &'s LineKey>) {
        if !spiff.by_serial {
            return;
        }
        if self.counts.is_negative() {
            used.retain(|serial, _| !self.serials.contains(serial));
        } else {
            used.extend(self.serials.iter().map(|serial| (*serial, &self.line.key)));
        }
    }

    fn wrong_tier(&self, basis: &SpiffBasis<'_>, spiff: &Spiff) -> Result<Option<Reason>, SpiffError> {
        let Some(filter) = &spiff.eligible.tier else { return Ok(None) };
        let tiers = basis.tiers.ok_or(SpiffError::NeedsTiers)?;
        let on = match filter.at {
            TierAt::SaleDate => self.on,
            TierAt::PeriodEnd => spiff.window.last_day(),
        };
        let has = tiers.tier_on(self.partner.id.as_str(), on);
        let wrong = has.is_none_or(|has| !filter.tiers.contains(has));
        Ok(wrong.then(|| Reason::Tier { has: has.cloned(), on }))
    }

    fn wrong_customer(&self, basis: &SpiffBasis<'_>, spiff: &Spiff) -> Option<SpiffReason> {
        if spiff.public_sector {
            return None;
        }
        let account = self.line.account.as_ref();
        match account.and_then(|account| basis.facts.sectors.get(account)).zip(account) {
            Some((Sector::Private, _)) => None,
            Some((Sector::Public, account)) => Some(SpiffReason::PublicSector { account: account.clone() }),
            None => Some(SpiffReason::SectorUnknown { account: account.cloned() }),
        }
    }

    fn wrong_person(&self, basis: &SpiffBasis<'_>, spiff: &Spiff) -> Option<SpiffReason> {
        let partner = &self.partner.id;
        if spiff.to == PaidTo::Person {
            let Some(person) = &self.line.person else { return Some(SpiffReason::NoPerson) };
            if !basis.facts.sells_for(person, partner, self.on) {
                return Some(SpiffReason::NotSeller { person: person.clone() });
            }
        }
        (spiff.consent && !basis.facts.consented(partner, self.on)).then_some(SpiffReason::NoConsent)
    }

    fn wrong_serial(&self, used: &BTreeMap<&Serial, &LineKey>) -> Option<SpiffReason> {
        let has = u32::try_from(self.serials.len()).unwrap_or(u32::MAX);
        // More numbers than units: some units came back, and nobody said which.
        if Scaled::new(has.into(), 0) < self.counts {
            return Some(SpiffReason::SerialsMissing { has, units: self.counts });
        }
        let mut own = BTreeSet::new();
        self.serials.iter().find_map(|serial| {
            let by = if own.insert(*serial) { used.get(serial).copied() } else { Some(&self.line.key) };
            by.map(|by| SpiffReason::SerialUsed { serial: (*serial).clone(), by: Some(by.clone()) })
        })
    }
}
