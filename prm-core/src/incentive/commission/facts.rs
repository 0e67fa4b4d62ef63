//! What the host knows of customers: who has them, who brought them, and what they paid.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::FactError;
use crate::id::{AccountId, DocumentId, PartnerId, ReferralCode, SourceId};
use crate::scaled::Scaled;

/// A payment of a customer for a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "CustomerPayment"))]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// What was paid for.
    pub document: DocumentId,
    /// When.
    pub on: NaiveDate,
    /// How much, in the document's currency; below zero for what was charged back.
    pub amount: Scaled,
    /// What the whole document came to before anything was credited, tax and freight included if the amount covers them.
    /// Without it, the net amounts of its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub of: Option<Scaled>,
    /// The source of the document, where documents of several sources may have one name. Without it, it is paid for
    /// whatever has the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub source: Option<SourceId>,
}

impl Payment {
    /// A payment of net amounts.
    #[must_use]
    pub const fn new(document: DocumentId, on: NaiveDate, amount: Scaled) -> Self {
        Self { document, on, amount, of: None, source: None }
    }

    /// The same, for a document of one source.
    #[must_use]
    pub fn of_source(self, source: SourceId) -> Self {
        Self { source: Some(source), ..self }
    }

    /// Whether it is paid for documents of a source; where that is not known, it may be.
    pub(super) fn is_for(&self, source: Option<&SourceId>) -> bool {
        self.source.as_ref().zip(source).is_none_or(|(own, source)| own == source)
    }
}

/// Which partner has a customer, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "PartnerOfRecord"))]
#[serde(deny_unknown_fields)]
pub struct RecordOf {
    /// The customer.
    pub account: AccountId,
    /// Its partner of record.
    pub partner: PartnerId,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub until: Option<NaiveDate>,
}

/// A customer came by a partner's link, or gave a partner's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "PartnerTouch"))]
#[serde(deny_unknown_fields)]
pub struct Touch {
    /// Whose link or code it was.
    pub partner: PartnerId,
    /// The customer, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub account: Option<AccountId>,
    /// The code, where one was given: sales are found by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub code: Option<ReferralCode>,
    /// When.
    pub on: NaiveDate,
}

/// An account that belongs to a partner: it earns nothing by what it sells to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct OwnAccount {
    /// The partner.
    pub partner: PartnerId,
    /// The account.
    pub account: AccountId,
}

/// When a partner first sold to a customer, where that was before the lines that are given: under an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[serde(deny_unknown_fields)]
pub struct CustomerSince {
    /// The partner.
    pub partner: PartnerId,
    /// The customer.
    pub account: AccountId,
    /// The day of the first sale that counted.
    pub on: NaiveDate,
}

/// What a commission rests on beside sales. Rows may come in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct CommissionFacts {
    /// What customers paid.
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub payments: Vec<Payment>,
    /// Who has which customer when: at most one partner on each day.
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub records: Vec<RecordOf>,
    /// By whose links and codes customers came.
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub touches: Vec<Touch>,
    /// The accounts that belong to partners.
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub own_accounts: Vec<OwnAccount>,
    /// First sales before the lines that are given.
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub since: Vec<CustomerSince>,
}

impl CommissionFacts {
    /// Whether the rows can be used.
    ///
    /// # Errors
    /// [`FactError`] for the first that cannot, with its place in its list.
    ///
    /// ```
    /// use prm_core::incentive::commission::{CommissionFacts, FactError, Payment, RecordOf};
    /// let mut facts = CommissionFacts::default();
    /// facts.payments.push(Payment::new("SO-1".parse()?, "2025-02-20".parse()?, "10000".parse()?));
    /// assert!(facts.check().is_ok());
    /// let record = |partner: &str, from: &str| -> Result<RecordOf, Box<dyn std::error::Error>> {
    ///     Ok(RecordOf { account: "acme".parse()?, partner: partner.parse()?, from: from.parse()?, until: None })
    /// };
    /// facts.records = vec![record("alpine", "2025-01-01")?, record("summit", "2025-07-01")?];
    /// // Who has it from July on? The first record has to end.
    /// assert_eq!(facts.check(), Err(FactError::TwoRecords { account: "acme".parse()?, row: 2, other: 1 }));
    /// facts.records[0].until = Some("2025-07-01".parse()?);
    /// assert!(facts.check().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self) -> Result<(), FactError> {
        for (row, payment) in (1..).zip(&self.payments) {
            if payment.of.is_some_and(|of| of.is_zero() || of.is_negative()) {
                return Err(FactError::NothingToPay { document: payment.document.clone(), row });
            }
        }
        for (row, touch) in (1..).zip(&self.touches) {
            if touch.account.is_none() && touch.code.is_none() {
                return Err(FactError::NobodyTouched { partner: touch.partner.clone(), row });
            }
        }
        let mut by_account: BTreeMap<&AccountId, Vec<(&RecordOf, usize)>> = BTreeMap::new();
        for (row, record) in (1..).zip(&self.records) {
            if record.until.is_some_and(|until| until <= record.from) {
                return Err(FactError::EndsBefore { account: record.account.clone(), row });
            }
            by_account.entry(&record.account).or_default().push((record, row));
        }
        for (account, mut records) in by_account {
            records.sort_by_key(|(record, row)| (record.from, *row));
            let overlap = records.windows(2).find_map(|pair| match pair {
                [(one, other), (next, row)] if one.until.is_none_or(|until| next.from < until) => Some((*row, *other)),
                _ => None,
            });
            if let Some((row, other)) = overlap {
                return Err(FactError::TwoRecords { account: account.clone(), row, other });
            }
        }
        Ok(())
    }
}
