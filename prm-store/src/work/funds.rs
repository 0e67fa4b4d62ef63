//! What funds and claims need of a database.

use std::future::Future;

use chrono::{DateTime, Utc};

/// What stands in a pot of a fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PotRow {
    /// The pot, in one line.
    pub pot: String,
    /// The fund.
    pub fund: String,
    /// Its period.
    pub period: String,
    /// The class of goods, where the fund has classes.
    pub class: Option<String>,
    /// Whose, unless all partners share it.
    pub partner: Option<String>,
    /// The pot as JSON.
    pub body: String,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// Allocated, available, reserved, spent, lapsed, carried over and owed, in minor units.
    pub balances: [i64; 7],
    /// When it last changed.
    pub recorded_at: DateTime<Utc>,
}

/// A movement within a pot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRow {
    /// Its id.
    pub id: sqlx::types::Uuid,
    /// The pot, in one line.
    pub pot: String,
    /// What it does.
    pub kind: String,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// How much, in minor units.
    pub amount: i64,
    /// What caused it.
    pub source: String,
    /// Who, as JSON.
    pub actor: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// What an incentive accrued for a partner and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundAccrualRow {
    /// The program.
    pub program: String,
    /// The incentive.
    pub incentive: String,
    /// The period's label.
    pub period: String,
    /// The partner.
    pub partner: String,
    /// The currency.
    pub currency: String,
    /// Its digits.
    pub digits: u8,
    /// How much in all, in minor units.
    pub amount: i64,
    /// How often it changed.
    pub times: u64,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

/// An authorisation to sell below book price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationRow {
    /// Its id.
    pub id: String,
    /// Whose.
    pub partner: String,
    /// How many units of it are left.
    pub left_units: String,
    /// The authorisation with what it is held against, as JSON.
    pub body: String,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Pots of funds, what claims hold, and authorisations.
pub trait Funds: Send {
    /// A pot; the caller holds its lock where it will change.
    fn pot(&mut self, tenant: &str, pot: &str) -> impl Future<Output = sqlx::Result<Option<PotRow>>> + Send;

    /// The pots of a fund, of a partner, or all, in order.
    fn pots(
        &mut self,
        tenant: &str,
        fund: Option<&str>,
        partner: Option<&str>,
    ) -> impl Future<Output = sqlx::Result<Vec<PotRow>>> + Send;

    /// Writes a pot in the place of what was there, with the movements that change it.
    fn save_pot(
        &mut self,
        tenant: &str,
        row: &PotRow,
        movements: &[MovementRow],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The movement of that id.
    fn movement(
        &mut self,
        tenant: &str,
        id: sqlx::types::Uuid,
    ) -> impl Future<Output = sqlx::Result<Option<MovementRow>>> + Send;

    /// All movements of a pot, in the order in which they were recorded.
    fn movements(&mut self, tenant: &str, pot: &str) -> impl Future<Output = sqlx::Result<Vec<MovementRow>>> + Send;

    /// What an incentive accrued for a period, by partner.
    fn fund_accruals(
        &mut self,
        tenant: &str,
        of: (&str, &str, &str),
    ) -> impl Future<Output = sqlx::Result<Vec<FundAccrualRow>>> + Send;

    /// Writes what an incentive accrued in the place of what was there.
    fn save_fund_accrual(
        &mut self,
        tenant: &str,
        row: &FundAccrualRow,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Of some evidence what is held, and by which claim.
    fn evidence(
        &mut self,
        tenant: &str,
        keys: &[String],
    ) -> impl Future<Output = sqlx::Result<Vec<(String, String)>>> + Send;

    /// From now on a claim holds this evidence and no other.
    fn hold_evidence(
        &mut self,
        tenant: &str,
        claim: &str,
        keys: &[String],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The authorisation of that id; the caller holds its lock where it will change.
    fn authorisation(
        &mut self,
        tenant: &str,
        id: &str,
    ) -> impl Future<Output = sqlx::Result<Option<AuthorisationRow>>> + Send;

    /// Writes an authorisation in the place of what was there.
    fn save_authorisation(
        &mut self,
        tenant: &str,
        row: &AuthorisationRow,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}
