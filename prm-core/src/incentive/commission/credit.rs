//! Whose a sale is: by the line, by the partner of record, or by the last link or code.

use chrono::{Days, NaiveDate};
use rustc_hash::{FxHashMap, FxHashSet};

use super::take::Why;
use super::{Commission, CommissionBasis, CommissionError, CreditedBy, RecordOf, Touch};
use crate::id::PartnerId;
use crate::incentive::fold::Share;
use crate::incentive::line::SaleLine;
use crate::incentive::rebate::Reason;
use crate::partner::Partner;
use crate::tier::TierChange;

/// A partner, with what is asked for each of its sales.
pub(super) struct Known<'b> {
    pub(super) partner: &'b Partner,
    /// Why it cannot earn the commission at all.
    pub(super) refused: Option<Reason>,
    pub(super) tiers: &'b [TierChange],
}

/// The partners in the order of ids, and the facts by which sales are theirs.
pub(super) struct Credit<'b> {
    by: CreditedBy,
    pub(super) partners: Vec<Known<'b>>,
    places: FxHashMap<&'b str, u32>,
    /// By customer, in the order of days.
    records: FxHashMap<&'b str, Vec<&'b RecordOf>>,
    /// By customer and by code, in the order in which they decide: the last first.
    by_account: FxHashMap<&'b str, Vec<&'b Touch>>,
    by_code: FxHashMap<&'b str, Vec<&'b Touch>>,
    own: FxHashSet<(&'b str, &'b str)>,
}

impl<'b> Credit<'b> {
    pub(super) fn new(basis: &CommissionBasis<'b>, commission: &Commission) -> Self {
        let known = |partner: &'b Partner| Known {
            partner,
            refused: commission.eligible.refuses(partner, basis.program),
            tiers: basis.tiers.map_or(&[], |tiers| tiers.changes(partner.id.as_str())),
        };
        let facts = basis.facts;
        let mut credit = Self {
            by: commission.credits,
            partners: basis.partners.values().map(known).collect(),
            places: basis.partners.keys().map(PartnerId::as_str).zip(0..).collect(),
            records: FxHashMap::default(),
            by_account: FxHashMap::default(),
            by_code: FxHashMap::default(),
            own: facts.own_accounts.iter().map(|own| (own.partner.as_str(), own.account.as_str())).collect(),
        };
        match commission.credits {
            CreditedBy::Line => {}
            CreditedBy::Record => {
                for record in &facts.records {
                    credit.records.entry(record.account.as_str()).or_default().push(record);
                }
                credit.records.values_mut().for_each(|records| records.sort_by_key(|record| record.from));
            }
            CreditedBy::Affiliate { .. } => {
                for touch in &facts.touches {
                    if let Some(account) = &touch.account {
                        credit.by_account.entry(account.as_str()).or_default().push(touch);
                    }
                    if let Some(code) = &touch.code {
                        credit.by_code.entry(code.as_str()).or_default().push(touch);
                    }
                }
                let lists = credit.by_account.values_mut().chain(credit.by_code.values_mut());
                lists.for_each(|touches| {
                    touches.sort_by(|a, b| b.on.cmp(&a.on).then_with(|| a.partner.cmp(&b.partner)));
                });
            }
        }
        credit
    }

    /// The place of a partner.
    pub(super) fn place(&self, id: &PartnerId) -> Result<u32, CommissionError> {
        let place = self.places.get(id.as_str()).copied();
        place.ok_or_else(|| CommissionError::UnknownPartner { partner: id.clone() })
    }

    /// The place of the partner that is credited, or why none is.
    pub(super) fn of(
        &self,
        line: &'b SaleLine,
        share: &'b Share,
        on: NaiveDate,
    ) -> Result<(Option<u32>, Option<Why>), CommissionError> {
        let account = line.account.as_ref();
        let partner = match self.by {
            CreditedBy::Line => share.partner.as_ref(),
            CreditedBy::Record => {
                let Some(account) = account else { return Ok((None, Some(Why::NoCustomer))) };
                let Some(partner) = self.record(account.as_str(), on) else { return Ok((None, Some(Why::NoRecord))) };
                Some(partner)
            }
            CreditedBy::Affiliate { window_days } => {
                if account.is_none() && line.code.is_none() {
                    return Ok((None, Some(Why::NoCustomer)));
                }
                match self.touched(line, on, window_days) {
                    (Some(partner), _) => Some(partner),
                    (None, Some(own)) => return Ok((Some(self.place(own)?), Some(Why::SelfReferral))),
                    (None, None) => return Ok((None, Some(Why::NoTouch))),
                }
            }
        };
        let Some(partner) = partner else { return Ok((None, Some(Why::NoCustomer))) };
        let is_own = account.is_some_and(|account| self.is_own(partner, account.as_str()));
        Ok((Some(self.place(partner)?), is_own.then_some(Why::SelfReferral)))
    }

    fn is_own(&self, partner: &PartnerId, account: &str) -> bool {
        !self.own.is_empty() && self.own.contains(&(partner.as_str(), account))
    }

    fn record(&self, account: &str, on: NaiveDate) -> Option<&'b PartnerId> {
        let records = self.records.get(account)?;
        let before = records.partition_point(|record| record.from <= on);
        let record = records.get(before.checked_sub(1)?)?;
        record.until.is_none_or(|until| on < until).then_some(&record.partner)
    }

    /// Who touched the sale's customer last within the window; beside it one that did, but to whom the customer belongs: that
    /// takes nothing from anybody else.
    fn touched(
        &self,
        line: &SaleLine,
        on: NaiveDate,
        window_days: u32,
    ) -> (Option<&'b PartnerId>, Option<&'b PartnerId>) {
        let since = since(on, window_days);
        let account = line.account.as_ref().map(crate::id::AccountId::as_str);
        let mut own = None;
        let mut last = |touches: Option<&Vec<&'b Touch>>| {
            let within = touches.into_iter().flatten().filter(|touch| touch.on <= on && since <= touch.on);
            let mut others = within.filter(|touch| {
                let is_own = account.is_some_and(|account| self.is_own(&touch.partner, account));
                if is_own {
                    own = own.or(Some(&touch.partner));
                }
                !is_own
            });
            others.next().copied()
        };
        let by_code = last(line.code.as_ref().and_then(|code| self.by_code.get(code.as_str())));
        let by_account = last(account.and_then(|account| self.by_account.get(account)));
        let partner = match (by_code, by_account) {
            (Some(code), Some(link)) if link.on > code.on => Some(&link.partner),
            (Some(touch), _) | (None, Some(touch)) => Some(&touch.partner),
            (None, None) => None,
        };
        (partner, own)
    }
}

/// The first day of a window that ends with a sale.
pub(super) fn since(on: NaiveDate, window_days: u32) -> NaiveDate {
    on.checked_sub_days(Days::new(window_days.into())).unwrap_or(NaiveDate::MIN)
}
