//! Sale lines: what was sold by whom to whom, when and for how much.
//!
//! Owns the facts of a line. Which of its dates, amounts and parties count is the program's decision.

mod kinds;
mod parts;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

pub use self::kinds::{
    CHANNEL_STEPS, COUNTING_DATES, CREDITS, ChannelStep, CountingDate, Credits, LINE_KINDS, LineKind, MOTIONS, Motion,
};
pub use self::parts::{Credit, LineAmounts, LineDates, LineKey};
use crate::currency::Currency;
use crate::digest::Fingerprint;
use crate::id::{AccountId, BatchId, LineId, PartnerId, PersonId, ReferralCode, RegistrationId, Serial, Sku, SourceId};
use crate::period::Period;
use crate::rate::Rate;
use crate::scaled::Scaled;
use crate::words::word_of;

/// One line of sale, return or correction.
///
/// ```
/// use prm_core::incentive::line::{LineKey, LineKind, SaleLine};
/// let key = LineKey { document: "SO43659".to_owned().try_into()?, line: Some("1".to_owned().try_into()?) };
/// let mut line = SaleLine::new(key, LineKind::Sale, "BK-R93R-62".to_owned().try_into()?, "USD".parse()?);
/// line.buyer = Some("AW676".to_owned().try_into()?);
/// line.dates.order = Some("2010-12-29".parse()?);
/// line.amounts.net = Some("2024.9940".parse()?);
/// line.quantity = Some("1".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct SaleLine {
    /// Where it stands in its source's books.
    pub key: LineKey,
    /// What it records.
    pub kind: LineKind,
    /// For a return or correction: the sale that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub reverses: Option<LineKey>,
    /// For a return or correction: the counting date of that sale, where the host knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub original_date: Option<NaiveDate>,
    /// Its dates.
    #[serde(default)]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub dates: LineDates,
    /// The step of the channel.
    #[serde(default)]
    pub step: ChannelStep,
    /// Who bought, if a partner did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub buyer: Option<PartnerId>,
    /// Who sold, if a partner did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub seller: Option<PartnerId>,
    /// The reseller of record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub reseller: Option<PartnerId>,
    /// Everybody whom the line credits, where the program divides it or credits roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub credits: Vec<Credit>,
    /// The person at the partner who sold, if the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub person: Option<PersonId>,
    /// What was sold.
    pub sku: Sku,
    /// How many units, signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub quantity: Option<Scaled>,
    /// The serial numbers of the units, as far as the source names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub serials: Vec<Serial>,
    /// For how much.
    #[serde(default)]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub amounts: LineAmounts,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What the sale means for the business with its customer, if the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub motion: Option<Motion>,
    /// The deal registration it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub registration: Option<RegistrationId>,
    /// The end customer, if the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub account: Option<AccountId>,
    /// The country that it was shipped to: the end customer's, in the codes that the program's territories use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub ship_to_country: Option<String>,
    /// The region or state that it was shipped to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub ship_to_region: Option<String>,
    /// The days that the amounts are for, where it is a service: those of one invoice, say a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub service: Option<Period>,
    /// The days of the whole contract, where they are others than those of the amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub term: Option<Period>,
    /// The code that the customer gave: that of an affiliate or of a campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub code: Option<ReferralCode>,
}

impl SaleLine {
    /// A line with nothing but its key, kind, product and currency; the other fields are public.
    #[must_use]
    pub fn new(key: LineKey, kind: LineKind, sku: Sku, currency: Currency) -> Self {
        Self {
            key,
            kind,
            reverses: None,
            original_date: None,
            dates: LineDates::default(),
            step: ChannelStep::default(),
            buyer: None,
            seller: None,
            reseller: None,
            credits: Vec::new(),
            person: None,
            sku,
            quantity: None,
            serials: Vec::new(),
            amounts: LineAmounts::default(),
            currency,
            motion: None,
            registration: None,
            account: None,
            ship_to_country: None,
            ship_to_region: None,
            service: None,
            term: None,
            code: None,
        }
    }

    /// The party that is credited, if it is one.
    #[must_use]
    pub const fn party(&self, credits: &Credits) -> Option<&PartnerId> {
        match credits {
            Credits::Buyer => self.buyer.as_ref(),
            Credits::Seller => self.seller.as_ref(),
            Credits::Reseller => self.reseller.as_ref(),
            Credits::Split | Credits::Role(_) | Credits::Customer => None,
        }
    }

    /// The money that is at stake when the line cannot be used: net, or else gross.
    #[must_use]
    pub fn at_stake(&self) -> Option<Scaled> {
        self.amounts.net.or(self.amounts.gross)
    }

    /// A fingerprint of everything but the key: equal for repetitions, different for corrections.
    #[must_use]
    pub fn content(&self) -> [u8; 32] {
        let mut print = Fingerprint::new();
        print.maybe(Some(word_of(&LINE_KINDS, &self.kind)));
        print.maybe(Some(word_of(&CHANNEL_STEPS, &self.step)));
        let reverses = self.reverses.as_ref();
        print.maybe(reverses.map(|key| key.document.as_str()));
        print.maybe(reverses.and_then(|key| key.line.as_ref()).map(LineId::as_str));
        for party in [&self.buyer, &self.seller, &self.reseller] {
            print.maybe(party.as_ref().map(PartnerId::as_str));
        }
        print.text(self.sku.as_str());
        print.text(self.currency.code());
        let LineDates { order, ship, invoice, paid, received } = self.dates;
        for date in [order, ship, invoice, paid, received, self.original_date] {
            print.number(date.map_or(i128::MIN, |date| i128::from(date.num_days_from_ce())));
        }
        let LineAmounts { gross, net, purchase_value, marketplace_fee } = self.amounts;
        for amount in [self.quantity, gross, net, purchase_value] {
            let amount = amount.map(Scaled::trimmed);
            print.mark(amount.map_or(u8::MAX, Scaled::digits));
            print.number(amount.map_or(0, Scaled::units));
        }
        // What came later to be known of lines leaves the fingerprints of those without it as they were.
        if self.motion.is_some() || self.registration.is_some() {
            print.maybe(self.motion.map(|motion| word_of(&MOTIONS, &motion)));
            print.maybe(self.registration.as_ref().map(RegistrationId::as_str));
        }
        let sold_to = [self.account.as_ref().map(AccountId::as_str), self.ship_to_country.as_deref()];
        let sold_to = sold_to.into_iter().chain([self.ship_to_region.as_deref()]);
        if sold_to.clone().any(|told| told.is_some()) {
            print.mark(b'a');
            sold_to.for_each(|told| print.maybe(told));
        }
        for credit in &self.credits {
            print.mark(b'c');
            print.text(credit.role.as_str());
            print.text(credit.partner.as_str());
            let share = credit.share.map(Rate::fraction);
            print.mark(share.map_or(u8::MAX, Scaled::digits));
            print.number(share.map_or(0, Scaled::units));
        }
        if self.person.is_some() || !self.serials.is_empty() {
            print.mark(b'p');
            print.maybe(self.person.as_ref().map(PersonId::as_str));
            self.serials.iter().for_each(|serial| print.text(serial.as_str()));
        }
        // No serial number is so long that its length could be taken for one of these marks.
        const LATER: u8 = 0x80;
        if let Some(fee) = marketplace_fee.map(Scaled::trimmed) {
            print.mark(LATER | b'f');
            print.mark(fee.digits());
            print.number(fee.units());
        }
        for (mark, days) in [(b's', self.service), (b't', self.term)] {
            let Some(days) = days else { continue };
            print.mark(LATER | mark);
            for day in [days.from(), days.until()] {
                print.number(i128::from(day.num_days_from_ce()));
            }
        }
        if let Some(code) = &self.code {
            print.mark(LATER | b'c');
            print.text(code.as_str());
        }
        print.bytes()
    }
}

/// A batch of lines: what arrives, is replaced and is counted as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BatchKey {
    /// Where it comes from.
    pub source: SourceId,
    /// Its id within the source.
    pub batch: BatchId,
    /// Its revision: a higher one replaces all of a lower one.
    pub revision: u32,
    /// Which part of the batch, where several threads or machines fold one batch; 0 otherwise.
    #[serde(default)]
    pub part: u32,
}

impl BatchKey {
    /// The whole first revision of a batch.
    #[must_use]
    pub const fn new(source: SourceId, batch: BatchId) -> Self {
        Self { source, batch, revision: 0, part: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DocumentId;

    #[test]
    fn the_content_fingerprint_sees_every_field() {
        let key = LineKey { document: DocumentId::new("d").unwrap(), line: None };
        let plain = SaleLine::new(key, LineKind::Sale, Sku::new("s").unwrap(), "USD".parse().unwrap());
        let partner = || Some(PartnerId::new("p").unwrap());
        let (date, one) = (NaiveDate::from_ymd_opt(2013, 7, 1), Some(Scaled::new(1, 0)));
        let changes: [fn(&mut SaleLine); 4] = [
            |l| l.kind = LineKind::Return,
            |l| l.step = ChannelStep::SellOut,
            |l| l.sku = Sku::new("t").unwrap(),
            |l| l.currency = "EUR".parse().unwrap(),
        ];
        let mut seen = vec![plain.content()];
        let mut note = |line: SaleLine| seen.push(line.content());
        changes.iter().for_each(|change| {
            let mut line = plain.clone();
            change(&mut line);
            note(line);
        });
        note(SaleLine { buyer: partner(), ..plain.clone() });
        note(SaleLine { seller: partner(), ..plain.clone() });
        note(SaleLine { reseller: partner(), ..plain.clone() });
        note(SaleLine { reverses: Some(plain.key.clone()), ..plain.clone() });
        note(SaleLine { original_date: date, ..plain.clone() });
        note(SaleLine { quantity: one, ..plain.clone() });
        note(SaleLine { motion: Some(Motion::New), ..plain.clone() });
        note(SaleLine { registration: Some(RegistrationId::new("r").unwrap()), ..plain.clone() });
        note(SaleLine { account: Some(AccountId::new("r").unwrap()), ..plain.clone() });
        note(SaleLine { person: Some(PersonId::new("r").unwrap()), ..plain.clone() });
        note(SaleLine { serials: vec![Serial::new("r").unwrap()], ..plain.clone() });
        note(SaleLine { ship_to_country: Some("r".into()), ..plain.clone() });
        note(SaleLine { ship_to_region: Some("r".into()), ..plain.clone() });
        note(SaleLine { code: Some(ReferralCode::new("r").unwrap()), ..plain.clone() });
        let days = Period::new(date.unwrap(), date.unwrap() + chrono::Days::new(30)).ok();
        note(SaleLine { service: days, ..plain.clone() });
        note(SaleLine { term: days, ..plain.clone() });
        for at in 0..5 {
            let mut line = plain.clone();
            let LineDates { order, ship, invoice, paid, received } = &mut line.dates;
            *[order, ship, invoice, paid, received][at] = date;
            note(line);
        }
        for at in 0..4 {
            let mut line = plain.clone();
            let LineAmounts { gross, net, purchase_value, marketplace_fee } = &mut line.amounts;
            *[gross, net, purchase_value, marketplace_fee][at] = one;
            note(line);
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count, "two different lines have one fingerprint");
        // The key is not content, nor are trailing zeros.
        let mut other = plain.clone();
        other.key.document = DocumentId::new("e").unwrap();
        assert_eq!(other.content(), plain.content());
        let with = |text: &str| SaleLine { quantity: Some(text.parse().unwrap()), ..plain.clone() }.content();
        assert_eq!(with("1.50"), with("1.5"));
    }

    #[test]
    fn the_invoice_date_falls_back_to_the_order_and_no_other_does() {
        let order = NaiveDate::from_ymd_opt(2013, 7, 1);
        let dates = LineDates { order, ..LineDates::default() };
        assert_eq!(dates.counting(CountingDate::Invoice), order);
        assert_eq!(dates.counting(CountingDate::Ship), None);
    }
}
