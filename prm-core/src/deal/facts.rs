//! What registrations are decided with: what the host tells, and what was found in the same transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::registration::Registration;
use crate::account::{Account, Relation, Verdict};
use crate::id::{AccountId, Name, PartnerId, RegistrationId, Sku};
use crate::partner::Partner;
use crate::product::Product;
use crate::program::Program;

/// What only the host knows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Given {
    /// The program in force.
    pub program: Arc<Program>,
    /// The partners that a form names; one that is missing is unknown.
    pub partners: BTreeMap<PartnerId, DealPartner>,
    /// The products that a form names by SKU; one that is missing is unknown.
    pub products: BTreeMap<Sku, Product>,
    /// What the host's own rules say.
    pub verdicts: Vec<HostVerdict>,
}

impl Given {
    /// Partners, under a program.
    #[must_use]
    pub fn new(program: Arc<Program>, partners: impl IntoIterator<Item = DealPartner>) -> Self {
        let partners = partners.into_iter().map(|known| (known.partner.id.clone(), known)).collect();
        Self { program, partners, products: BTreeMap::new(), verdicts: Vec::new() }
    }

    /// The same with products.
    #[must_use]
    pub fn selling(mut self, products: impl IntoIterator<Item = Product>) -> Self {
        self.products.extend(products.into_iter().map(|product| (product.sku.clone(), product)));
        self
    }
}

/// A partner as it registers a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct DealPartner {
    /// The partner.
    pub partner: Partner,
    /// The tier in which it stands today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub tier: Option<Name>,
    /// The product sets that it may sell; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub sells: Option<BTreeSet<Name>>,
    /// The territories in which it may sell; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub territories: Option<BTreeSet<Name>>,
}

impl DealPartner {
    /// A partner without a tier that may sell everything everywhere.
    #[must_use]
    pub const fn new(partner: Partner) -> Self {
        Self { partner, tier: None, sells: None, territories: None }
    }

    /// The same in a tier.
    #[must_use]
    pub fn in_tier(mut self, tier: Name) -> Self {
        self.tier = Some(tier);
        self
    }
}

/// What a rule of the host's says of the registration that is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostVerdict {
    /// Its word, which a rule of conflict can name.
    pub code: Name,
    /// The line that it is of, counted from 1; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub line: Option<u32>,
}

/// An account as the vendor knows it, whether a deal was registered for it or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct KnownAccount {
    /// What it is known by.
    pub account: Account,
    /// Whether nobody but a registration told of it: then the facts of the last one are what is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub by_registration: bool,
    /// Whether the vendor works it by name, with people of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub named: bool,
    /// Whether the vendor alone may sell to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub direct_only: bool,
    /// Who sold to it, if it is a customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub customer_of: Vec<Incumbent>,
    /// The vendor's own open opportunities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub opportunities: Vec<Opportunity>,
    /// The day of the vendor's last contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub last_contact: Option<NaiveDate>,
}

impl KnownAccount {
    /// An account of which a registration told.
    #[must_use]
    pub fn registered(account: Account) -> Self {
        Self { by_registration: true, ..Self::new(account) }
    }

    /// An account of which nothing more is known.
    #[must_use]
    pub const fn new(account: Account) -> Self {
        Self {
            account,
            by_registration: false,
            named: false,
            direct_only: false,
            customer_of: Vec::new(),
            opportunities: Vec::new(),
            last_contact: None,
        }
    }
}

/// Who has sold to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Incumbent {
    /// The partner; `None` for the vendor itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub partner: Option<PartnerId>,
    /// The product set; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub products: Option<Name>,
    /// The day after the last on which it counts; `None` for still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub until: Option<NaiveDate>,
}

/// An open opportunity of the vendor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Opportunity {
    /// Its id in the vendor's CRM.
    pub id: String,
    /// The day on which something was last done for it.
    pub touched_on: NaiveDate,
    /// The product set; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub products: Option<Name>,
}

/// What was found in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "DealFound"))]
#[non_exhaustive]
pub struct Found {
    /// The accounts that are, or may be, or are related to the one of the registration.
    pub accounts: Vec<FoundAccount>,
    /// The other registrations for those.
    pub registrations: Vec<FoundRegistration>,
}

/// An account that was found for another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct FoundAccount {
    /// The account.
    pub known: KnownAccount,
    /// How like it is.
    pub matched: Matched,
}

/// A registration that was found for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct FoundRegistration {
    /// Its id.
    pub id: RegistrationId,
    /// The registration.
    pub registration: Registration,
    /// How like its account is.
    pub matched: Matched,
}

/// How like two accounts are, with the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Matched {
    /// The verdict.
    pub likeness: Likeness,
    /// The score, in thousandths of log-odds.
    pub score: i32,
    /// Their parent links, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// The account that the vendor knows and that joins the two, if they were not found for one another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
}

impl Matched {
    /// How like an account of the same id is.
    pub const IDENTICAL: Self = Self { likeness: Likeness::Same, score: i32::MAX, relation: None, by: None };

    /// By a score, a verdict and parent links; `None` if nothing joins the two.
    #[must_use]
    pub fn of(score: i32, verdict: Verdict, relation: Option<Relation>) -> Option<Self> {
        let likeness = match (verdict, relation) {
            (Verdict::Same, _) => Likeness::Same,
            (Verdict::Probable, _) => Likeness::Probable,
            (Verdict::Different, Some(_)) => Likeness::Related,
            (Verdict::Different, None) => return None,
        };
        Some(Self { likeness, score, relation, by: None })
    }
}

/// How like two accounts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Likeness {
    /// They are one account.
    Same,
    /// They probably are.
    Probable,
    /// They are not, but parent links join them.
    Related,
}

/// The likenesses with the word that stands for each in documents.
pub const LIKENESSES: [(&str, Likeness); 3] =
    [("same", Likeness::Same), ("probable", Likeness::Probable), ("related", Likeness::Related)];
