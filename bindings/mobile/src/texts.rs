//! Answers in English, for people.

use prm_core::incentive::claim::ClaimReason;
use prm_core::incentive::commission::{BackReason, CarriedReason, CommissionReason, CommissionTerms};
use prm_core::incentive::mdf::Pot;
use prm_core::incentive::rebate::{Payout, Reason};
use prm_core::incentive::spiff::SpiffReason;
use prm_core::phone::PrmError;
use prm_core::tier::Judged;
use prm_core::tier::standing::Standing;

/// A standing in English: the tier, what is missing for the next, and what it gives.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn standing_text(standing: Standing) -> Result<String, PrmError> {
    Ok(standing.to_string())
}

/// What is missing to meet a requirement, in English; none if nothing is.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn shortfall_text(requirement: Judged) -> Result<Option<String>, PrmError> {
    Ok(requirement.shortfall())
}

/// A payout in English: `30.00 USD`, `2 units`.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn payout_text(payout: Payout) -> Result<String, PrmError> {
    Ok(payout.to_string())
}

/// Why a sale brings nothing by a SPIFF, in English.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn spiff_reason_text(reason: SpiffReason) -> Result<String, PrmError> {
    Ok(reason.to_string())
}

/// What a sale is paid by, in English: `10 %`, `50.00 USD per document`.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn commission_terms_text(terms: CommissionTerms) -> Result<String, PrmError> {
    Ok(terms.to_string())
}

/// Why a sale brings no commission, or less than its terms say, in English.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn commission_reason_text(reason: CommissionReason) -> Result<String, PrmError> {
    Ok(reason.to_string())
}

/// Why a return takes back nothing of a commission, or not all, in English.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn commission_back_text(reason: BackReason) -> Result<String, PrmError> {
    Ok(reason.to_string())
}

/// Why a run of commissions does not pay what is due, in English.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn commission_carried_text(reason: CarriedReason) -> Result<String, PrmError> {
    Ok(reason.to_string())
}

/// What an answer to a claim follows from, in English.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn claim_reason_text(reason: ClaimReason) -> Result<String, PrmError> {
    Ok(reason.to_string())
}

/// A pot by its name: `marketing/2025/alpine`; with a class `coop/2025/furnaces/alpine`, with `*` where all partners share it.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn pot_text(pot: Pot) -> Result<String, PrmError> {
    Ok(pot.to_string())
}

/// Why nothing is paid, in English.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn unpaid_text(reason: Reason) -> Result<String, PrmError> {
    Ok(reason.to_string())
}
