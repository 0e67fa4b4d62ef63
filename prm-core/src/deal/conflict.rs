//! Conflicts: what stands against a registration, by the rules of the program.
//!
//! Rules are ordered, and judged for each line. The first that matches decides; every one that matches is told, with what
//! it matched on. Without a match a line is allowed. The order in which accounts and registrations were found changes
//! nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::facts::{Found, Likeness, Matched};
use super::form::{DealType, Form, Goods};
use super::place;
use super::policy::DealPolicy;
use super::registration::{Choice, Judged, Receipt};
use super::rules;
use crate::id::{AccountId, Name, PartnerId, RegistrationId};
use crate::program::length::Length;
use crate::program::{Program, ProgramRef};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// A rule of conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRule {
    /// When it matches: all that is said must hold.
    pub when: When,
    /// What follows.
    pub then: Outcome,
    /// What it is called.
    pub code: Name,
}

/// What follows from a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "ConflictOutcome"))]
#[serde(tag = "then", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The line is rejected.
    Reject,
    /// The line waits until the one before it is decided.
    Wait,
    /// A person decides.
    Review,
    /// Nothing stands against it.
    Allow,
    /// It is allowed with a part of the benefit.
    Reduce {
        /// Which part.
        benefit: Rate,
    },
    /// It is allowed, and the deal is credited to both.
    Share {
        /// This partner's part.
        share: Rate,
    },
    /// It is allowed, and keeps nobody away.
    NonExclusive,
}

impl Outcome {
    /// Whether the line can be approved.
    #[must_use]
    pub const fn permits(&self) -> bool {
        !matches!(self, Self::Reject | Self::Wait)
    }
}

/// Whose something is, seen from the partner of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Its own.
    SamePartner,
    /// Another partner's.
    AnotherPartner,
    /// Anybody's.
    AnyPartner,
}

/// The owners with the word that stands for each in documents.
pub const WHOSE: [(&str, Whose); 3] = [
    ("same_partner", Whose::SamePartner),
    ("another_partner", Whose::AnotherPartner),
    ("any_partner", Whose::AnyPartner),
];

/// When a rule matches. What is not said is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct When {
    /// There is an earlier registration that waits for a decision.
    pub pending_for: Option<Whose>,
    /// There is a registration that is protected.
    pub protected_for: Option<Whose>,
    /// How like its account is; empty for the same one only.
    pub matches: BTreeSet<Likeness>,
    /// Whether its products need not overlap.
    pub any_products: bool,
    /// Whether both registrations must, or must not, have a partner in common: a distributor, or one that submits for another.
    pub same_chain: Option<bool>,
    /// Whether the vendor works the account by name.
    pub named_account: Option<bool>,
    /// Whether the vendor alone may sell to the account.
    pub direct_only: Option<bool>,
    /// Whether the account is a customer.
    pub existing_customer: Option<bool>,
    /// Who sold to the customer.
    pub incumbent: Option<Whose>,
    /// The vendor has an open opportunity.
    pub open_opportunity: bool,
    /// For which something was done within so long.
    pub age_below: Option<Length>,
    /// The vendor had contact within so long.
    pub contact_within: Option<Length>,
    /// Whether the account lies inside the partner's territories.
    pub inside_territory: Option<bool>,
    /// Whether the partner may sell the products.
    pub authorised: Option<bool>,
    /// The customer chose, by the latest letter.
    pub customer_choice: Option<Whose>,
    /// A rule of the host's says this.
    pub host_verdict: Option<Name>,
    /// The deal is of one of these types; empty for any.
    pub types: BTreeSet<DealType>,
    /// The partner stands in one of these tiers; empty for any.
    pub tiers: BTreeSet<Name>,
    /// The deal is worth less than this.
    pub value_below: Option<Scaled>,
    /// The deal is worth this or more.
    pub value_at_least: Option<Scaled>,
}

/// What is assessed.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The form.
    pub form: &'a Form,
    /// The partner and the rest that is known of it.
    pub judged: &'a Judged,
    /// Its place in the order of receipts; `None` for behind all.
    pub receipt: Option<Receipt>,
    /// What the customer chose on it.
    pub choice: Option<&'a Choice>,
}

/// What it is assessed by.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The program.
    pub program: &'a Program,
    /// What it says of deals.
    pub policy: &'a DealPolicy,
    /// What was found.
    pub found: &'a Found,
    /// As of when.
    pub at: DateTime<Utc>,
    /// The day in the program's time zone.
    pub today: NaiveDate,
}

/// What the rules say of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "ConflictAssessment"))]
#[non_exhaustive]
pub struct Assessment {
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// The document whose rules were used.
    pub program: ProgramRef,
    /// Each line, in the order of the form.
    pub lines: Vec<LineAnswer>,
}

/// What the rules say of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct LineAnswer {
    /// What follows.
    pub outcome: Outcome,
    /// The code of the rule that decided; `None` if none matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Name>,
    /// Its place in line, counted from 1: how many are before it, and itself.
    pub place: u32,
    /// Every rule that matched, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<RuleMatch>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct RuleMatch {
    /// Which, counted from 1.
    pub rule: u32,
    /// What it is called.
    pub code: Name,
    /// What would follow from it.
    pub outcome: Outcome,
    /// On what it matched.
    pub because: Vec<Cause>,
}

/// What a rule matched on. For partners what is another's is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum), uniffi(name = "ConflictCause"))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// Another registration.
    Registration {
        /// How it stands.
        standing: Standing,
        /// How like its account is.
        likeness: Likeness,
        /// Which it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other: Option<Box<Other>>,
    },
    /// What the vendor knows of the account.
    Account {
        /// What.
        fact: AccountFact,
        /// How like the account is.
        likeness: Likeness,
        /// Which it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<Box<Known>>,
    },
    /// Where the account lies.
    Territory {
        /// Whether inside the partner's territories.
        inside: bool,
    },
    /// Whether the partner may sell the products.
    Authorised {
        /// Whether it may.
        authorised: bool,
    },
    /// The customer's choice.
    CustomerChoice {
        /// For whom.
        of: Whose,
        /// The date of the letter.
        dated: NaiveDate,
    },
    /// What a rule of the host's says.
    HostVerdict {
        /// Its word.
        code: Name,
    },
    /// The deal itself: its type, its value, the partner's tier.
    Deal,
}

/// How another registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was received earlier and waits for a decision.
    Pending,
    /// It is protected.
    Protected,
}

/// Another registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "OtherRegistration"))]
#[non_exhaustive]
pub struct Other {
    /// Its id.
    pub id: RegistrationId,
    /// Whose it is.
    pub partner: PartnerId,
    /// The account's id.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// How like it is.
    pub matched: Matched,
    /// The lines that count here.
    pub goods: Vec<Goods>,
    /// Its place in the order of receipts.
    pub receipt: Option<Receipt>,
    /// When its protection ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

/// What the vendor knows of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountFact {
    /// It is worked by name, or it is not.
    NamedAccount,
    /// The vendor alone may sell to it, or not alone.
    DirectOnly,
    /// It is a customer, or it is not.
    ExistingCustomer,
    /// Somebody sold to it.
    Incumbent,
    /// The vendor has an open opportunity.
    OpenOpportunity,
    /// The vendor had contact.
    Contact,
}

/// An account that the vendor knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record), uniffi(name = "OtherAccount"))]
#[non_exhaustive]
pub struct Known {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// How like it is.
    pub matched: Matched,
    /// Who sold to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incumbent: Option<PartnerId>,
    /// The opportunity's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<String>,
    /// The day on which something was last done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
}

/// Assesses a registration: what the rules say of each of its lines, and why.
#[must_use]
pub fn assess(candidate: &Candidate<'_>, ground: &Ground<'_>) -> Assessment {
    let found = ground.found.sorted();
    let ground = Ground { found: &found, ..*ground };
    let lines = (1..).zip(&candidate.form.lines).map(|(number, line)| {
        let rules = (1..).zip(&ground.policy.rules);
        let matches: Vec<RuleMatch> = rules
            .filter_map(|(at, rule)| {
                let because = rules::causes(&rule.when, (number, line), candidate, &ground)?;
                Some(RuleMatch { rule: at, code: rule.code.clone(), outcome: rule.then.clone(), because })
            })
            .collect();
        let decided = matches.first();
        LineAnswer {
            outcome: decided.map_or(Outcome::Allow, |first| first.outcome.clone()),
            code: decided.map(|first| first.code.clone()),
            place: place::place(line, candidate, &ground),
            matches,
        }
    });
    Assessment { as_of: ground.at, program: ground.program.identity().clone(), lines: lines.collect() }
}

impl Assessment {
    /// The same as a partner may see it: what decided and why, without which registration, account or partner it was.
    ///
    /// ```
    /// use prm_core::deal::conflict::Assessment;
    /// let full: Assessment = serde_json::from_str(
    ///     r#"{ "as_of": "2025-01-01T00:00:00Z", "program": { "name": "P", "version": "1", "digest": "d" }, "lines": [{
    ///          "outcome": { "then": "reject" }, "code": "already_protected", "place": 1, "matches": [{
    ///            "rule": 1, "code": "already_protected", "outcome": { "then": "reject" }, "because": [{
    ///              "kind": "registration", "standing": "protected", "likeness": "same", "other": {
    ///                "id": "r-1", "partner": "rival", "account": "a-1", "account_name": "Contoso",
    ///                "matched": { "likeness": "same", "score": 4200 }, "goods": [], "receipt": null } }] }] }] }"#,
    /// )?;
    /// let seen = serde_json::to_string(&full.redacted())?;
    /// assert!(seen.contains("already_protected") && !seen.contains("rival") && !seen.contains("Contoso"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn redacted(self) -> Self {
        Self { lines: self.lines.into_iter().map(LineAnswer::redacted).collect(), ..self }
    }

    /// The answer for a line, counted from 1.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&LineAnswer> {
        usize::try_from(number).ok().and_then(|number| self.lines.get(number.checked_sub(1)?))
    }
}

impl LineAnswer {
    /// The same as a partner may see it.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        for cause in self.matches.iter_mut().flat_map(|found| &mut found.because) {
            match cause {
                Cause::Registration { other, .. } => *other = None,
                Cause::Account { known, .. } => *known = None,
                _ => {}
            }
        }
        self
    }
}

impl Found {
    /// The same in an order of its own, whatever the order in which it was found.
    fn sorted(&self) -> Self {
        let mut found = self.clone();
        found.accounts.sort_by(|a, b| a.known.account.id().cmp(b.known.account.id()));
        found.registrations.sort_by(|a, b| (a.registration.receipt, &a.id).cmp(&(b.registration.receipt, &b.id)));
        found
    }
}
