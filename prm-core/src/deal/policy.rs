//! What a program says of deals: its `deals` block.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::conflict::ConflictRule;
use super::form::{DealType, FormField};
use super::sold::SalePolicy;
use crate::actor::VendorRole;
use crate::clock::ClockHours;
use crate::id::Name;
use crate::program::length::{Length, Unit};
use crate::scaled::Scaled;

/// How deals are registered, reviewed and protected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealPolicy {
    /// The fields that every registration needs.
    pub required: BTreeSet<FormField>,
    /// The fields that registrations of a type need beside them.
    pub required_by_type: BTreeMap<DealType, BTreeSet<FormField>>,
    /// The least value of all lines together, in the program's currency.
    pub minimum_value: Option<Scaled>,
    /// How far ahead a deal may be closed.
    pub horizon: Option<Length>,
    /// Who decides, and how soon.
    pub review: ReviewPolicy,
    /// How long a partner has to complete what it is asked for, and how often it may.
    pub action: ActionPolicy,
    /// What is approved without a person.
    pub auto_approve: Option<AutoApprove>,
    /// From when and for how long a registration is protected.
    pub protection: ProtectionPolicy,
    /// What becomes of the protection when a registration is transferred.
    pub transfer: Transfer,
    /// Whether and how a rejection can be appealed.
    pub appeal: Option<AppealPolicy>,
    /// Which sales belong to a registration.
    pub sales: SalePolicy,
    /// How far a registration reaches.
    pub scope: Scope,
    /// The rules of conflict, in order.
    pub rules: Vec<ConflictRule>,
}

/// Who decides on registrations, and how soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewPolicy {
    /// How many hours each step may take; `None` for as long as it takes.
    pub within_hours: Option<u32>,
    /// Which hours count.
    pub clock: ClockHours,
    /// Who approves, one after the other.
    pub approvers: Vec<VendorRole>,
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        Self { within_hours: None, clock: ClockHours::default(), approvers: vec![VendorRole::ChannelManager] }
    }
}

/// How a partner completes what it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionPolicy {
    /// How long it keeps its place meanwhile.
    pub within: Length,
    /// How often it can be asked.
    pub at_most: u32,
}

impl Default for ActionPolicy {
    /// Five days, three times.
    fn default() -> Self {
        Self { within: Length { count: 5, unit: Unit::Days }, at_most: 3 }
    }
}

/// What is approved without a person: all that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutoApprove {
    /// Whether no rule of conflict may match; without it the one that decides may not stand against it.
    pub no_conflict: bool,
    /// Only partners in these tiers; empty for all.
    pub tiers: BTreeSet<Name>,
    /// Only these types of deal; empty for all.
    pub types: BTreeSet<DealType>,
    /// Only deals of less than this in all.
    pub value_below: Option<Scaled>,
}

/// When a protection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starts {
    /// When the registration is submitted; of a line that has to wait, when that is approved.
    Submission,
    /// When it is approved.
    #[default]
    Approval,
}

/// The beginnings with the word that stands for each in documents.
pub const STARTS: [(&str, Starts); 2] = [("submission", Starts::Submission), ("approval", Starts::Approval)];

/// From when and for how long a registration is protected. Of several lengths the longest counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectionPolicy {
    /// When it begins.
    pub starts: Starts,
    /// How long it lasts.
    pub lasts: Length,
    /// How long for lines of a product set.
    pub by_products: BTreeMap<Name, Length>,
    /// How long from a value of the whole on, the least first.
    pub by_value: Vec<(Scaled, Length)>,
    /// How it can be extended.
    pub extend: Option<ExtendPolicy>,
    /// After how long without an update it is released.
    pub release_without_update: Option<Length>,
}

impl Default for ProtectionPolicy {
    /// Ninety days from approval.
    fn default() -> Self {
        Self {
            starts: Starts::default(),
            lasts: Length { count: 90, unit: Unit::Days },
            by_products: BTreeMap::new(),
            by_value: Vec::new(),
            extend: None,
            release_without_update: None,
        }
    }
}

/// How a protection can be extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendPolicy {
    /// How often.
    pub times: u32,
    /// By how long.
    pub by: Length,
    /// How long before its end a partner may ask; `None` for at any time.
    pub ask: Option<Length>,
}

/// What becomes of a protection when its registration is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// It goes on as it is.
    #[default]
    Keeps,
    /// It begins anew.
    Restarts,
}

/// The transfers with the word that stands for each in documents.
pub const TRANSFERS: [(&str, Transfer); 2] = [("keeps", Transfer::Keeps), ("restarts", Transfer::Restarts)];

/// How a rejection can be appealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppealPolicy {
    /// How long after the rejection.
    pub within: Length,
    /// How many hours the decision may take; `None` for as long as it takes.
    pub decide_within_hours: Option<u32>,
    /// Which hours count.
    pub clock: ClockHours,
}

/// How far a registration reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// Over which accounts.
    pub accounts: ScopeAccounts,
    /// Over which places of them.
    pub places: ScopePlaces,
}

/// Over which accounts a registration reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopeAccounts {
    /// The one that it names.
    #[default]
    Account,
    /// All that parent links join to it.
    Family,
}

/// The accounts with the word that stands for each in documents.
pub const SCOPE_ACCOUNTS: [(&str, ScopeAccounts); 2] =
    [("account", ScopeAccounts::Account), ("family", ScopeAccounts::Family)];

/// Over which places of an account a registration reaches. A place that is not known could be any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopePlaces {
    /// All of them.
    #[default]
    Everywhere,
    /// Those in its country.
    Country,
    /// Its site alone.
    Site,
}

/// The places with the word that stands for each in documents.
pub const SCOPE_PLACES: [(&str, ScopePlaces); 3] =
    [("everywhere", ScopePlaces::Everywhere), ("country", ScopePlaces::Country), ("site", ScopePlaces::Site)];

/// The approvers with the word that stands for each in documents.
pub const APPROVERS: [(&str, VendorRole); 4] = [
    ("administrator", VendorRole::Administrator),
    ("channel_manager", VendorRole::ChannelManager),
    ("finance", VendorRole::Finance),
    ("marketing", VendorRole::Marketing),
];

impl DealPolicy {
    /// The fields that a registration of a type needs.
    pub fn required(&self, of: DealType) -> impl Iterator<Item = FormField> {
        let tender = (of == DealType::PublicTender).then_some(FormField::Tender);
        let by_type = self.required_by_type.get(&of).into_iter().flatten().copied();
        // What a line sells can't be left open: it is what is decided on.
        let all: BTreeSet<_> = [FormField::AccountName, FormField::Products].into_iter().collect();
        all.into_iter()
            .chain(self.required.iter().copied())
            .chain(by_type)
            .chain(tender)
            .collect::<BTreeSet<_>>()
            .into_iter()
    }
}
