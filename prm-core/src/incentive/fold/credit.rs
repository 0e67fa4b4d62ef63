//! Who is credited for a line, and with how much of it.

use std::collections::{BTreeMap, BTreeSet};

use super::LineError;
use super::plan::Plan;
use crate::id::PartnerId;
use crate::incentive::line::{Credit, Credits, SaleLine};
use crate::scaled::Scaled;
use crate::split::Shares;

/// Who is credited, by place in the facts.
pub(super) enum Credited {
    /// One partner, with all of it; none where the line's customer decides.
    One(Option<u32>),
    /// Several, each with all of it.
    Each(Vec<u32>),
    /// Several, by shares.
    By(Shares<u32>),
}

impl Credited {
    /// How many units of an amount each is credited with; by shares in whole `steps`, so that they make the whole, whatever
    /// the shares.
    pub(super) fn parts(&self, units: i128, step: i128, mut add: impl FnMut(Option<u32>, i128)) {
        match self {
            Self::One(partner) => add(*partner, units),
            Self::Each(partners) => partners.iter().for_each(|partner| add(Some(*partner), units)),
            Self::By(shares) => {
                // Amounts are rounded to steps when they enter.
                let parts = shares.of_units(units / step);
                parts.into_iter().for_each(|(partner, part)| add(Some(*partner), part * step));
            }
        }
    }
}

impl Plan<'_> {
    /// Who is credited. `taken_back` are the credits of the line that this one takes back: they stand for its own where it
    /// has none.
    pub(super) fn credited(
        &self,
        line: &SaleLine,
        credits: &Credits,
        taken_back: &[Credit],
    ) -> Result<Credited, LineError> {
        let given = if line.credits.is_empty() { taken_back } else { &line.credits };
        match credits {
            Credits::Customer => Ok(Credited::One(None)),
            Credits::Split => self.split(given).map(Credited::By),
            Credits::Role(role) => {
                let in_role = given.iter().filter(|credit| credit.role == *role);
                let places = in_role.map(|credit| self.partner_place("credits", &credit.partner));
                places.collect::<Result<_, _>>().map(Credited::Each)
            }
            party => {
                let field = party.field();
                let partner = line.party(party).ok_or(LineError::Missing { field })?;
                self.partner_place(field, partner).map(|place| Credited::One(Some(place)))
            }
        }
    }

    fn partner_place(&self, field: &'static str, partner: &PartnerId) -> Result<u32, LineError> {
        // Places are in the order of ids, and so shares are.
        let place = self.partner_places.get(partner.as_str()).copied();
        place.ok_or_else(|| LineError::UnknownPartner { field, partner: partner.clone() })
    }

    /// The shares of those whom a line credits: as it says, or as the program gives them to roles.
    fn split(&self, given: &[Credit]) -> Result<Shares<u32>, LineError> {
        if given.is_empty() {
            return Err(LineError::Missing { field: "credits" });
        }
        let has_shares = given.iter().any(|credit| credit.share.is_some());
        let (mut shares, mut roles) = (BTreeMap::new(), BTreeSet::new());
        for Credit { role, partner, share } in given {
            let of_role = self.program.sales.roles.get(role).copied();
            let of_role = of_role.ok_or_else(|| LineError::UnknownRole { role: role.clone() })?;
            if has_shares && share.is_none() {
                return Err(LineError::ShareMissing { role: role.clone() });
            }
            if !roles.insert(role) && !has_shares {
                return Err(LineError::RoleTwice { role: role.clone() });
            }
            let place = self.partner_place("credits", partner)?;
            let sum: &mut Scaled = shares.entry(place).or_insert(Scaled::ZERO);
            let more = share.unwrap_or(of_role).fraction();
            *sum = sum.plus(more).map_err(|_| LineError::OutOfRange { field: "credits" })?;
        }
        // Roles that nobody has: what they would get goes to those who are there.
        let shares = if has_shares { Shares::of_fractions(shares) } else { Shares::by_amounts(shares) };
        shares.map_err(|why| LineError::Shares { why })
    }
}
