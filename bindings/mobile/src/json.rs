//! The serialised forms: what a server sends, and what is kept.

use prm_core::deal::{Command, DealPartner, Event, Form, HostVerdict, KnownAccount, Registration};
use prm_core::incentive::claim::debit::FoundAuthorisation;
use prm_core::incentive::claim::{Claim, ClaimForm, Command as ClaimCommand, FoundPrice, SpiffBrings};
use prm_core::incentive::commission::CommissionAnswer;
use prm_core::incentive::explain::Explanation;
use prm_core::incentive::line::SaleLine;
use prm_core::incentive::mdf::FundPartner;
use prm_core::incentive::mdf::allocation::AllocationForm;
use prm_core::incentive::mdf::request::{Command as RequestCommand, Form as RequestForm, MdfRequest};
use prm_core::incentive::settlement::Entry;
use prm_core::incentive::spiff::SpiffAnswer;
use prm_core::incentive::worth::Worth;
use prm_core::partner::Partner;
use prm_core::phone::PrmError;
use prm_core::product::Product;
use prm_core::tier::TierChange;
use prm_core::tier::standing::Standing;

macro_rules! json {
    ($($ty:ident $what:literal $from:ident $to:ident)*) => {$(
        /// What a JSON text holds.
        ///
        /// # Errors
        /// `PrmError.Input` if the text is none.
        #[uniffi::export]
        pub fn $from(json: String) -> Result<$ty, PrmError> {
            serde_json::from_str(&json).map_err(|why| PrmError::input($what, &json, why))
        }

        /// The same as JSON.
        ///
        /// # Errors
        /// `PrmError.Input` for what cannot be read.
        #[uniffi::export]
        pub fn $to(of: $ty) -> Result<String, PrmError> {
            serde_json::to_string(&of).map_err(|why| PrmError::input($what, "", why))
        }
    )*};
}

json! {
    Registration "registration" registration_from_json registration_to_json
    Event "deal event" deal_event_from_json deal_event_to_json
    Form "deal form" deal_form_from_json deal_form_to_json
    Command "deal command" deal_command_from_json deal_command_to_json
    KnownAccount "known account" known_account_from_json known_account_to_json
    DealPartner "deal partner" deal_partner_from_json deal_partner_to_json
    Product "product" product_from_json product_to_json
    Explanation "explanation" explanation_from_json explanation_to_json
    Entry "settlement entry" settlement_entry_from_json settlement_entry_to_json
    SaleLine "sale line" sale_line_from_json sale_line_to_json
    Partner "partner" partner_from_json partner_to_json
    Standing "tier standing" tier_standing_from_json tier_standing_to_json
    TierChange "tier change" tier_change_from_json tier_change_to_json
    SpiffAnswer "SPIFF answer" spiff_answer_from_json spiff_answer_to_json
    CommissionAnswer "commission answer" commission_answer_from_json commission_answer_to_json
    Worth "worth of a tier" worth_from_json worth_to_json
    FundPartner "fund partner" fund_partner_from_json fund_partner_to_json
    AllocationForm "allocation form" allocation_form_from_json allocation_form_to_json
    MdfRequest "request" mdf_request_from_json mdf_request_to_json
    RequestForm "request form" request_form_from_json request_form_to_json
    RequestCommand "request command" request_command_from_json request_command_to_json
    Claim "claim" claim_from_json claim_to_json
    ClaimForm "claim form" claim_form_from_json claim_form_to_json
    ClaimCommand "claim command" claim_command_from_json claim_command_to_json
    FoundAuthorisation "authorisation" found_authorisation_from_json found_authorisation_to_json
    FoundPrice "price that changed" found_price_from_json found_price_to_json
    SpiffBrings "what a SPIFF brings" spiff_brings_from_json spiff_brings_to_json
    HostVerdict "host verdict" host_verdict_from_json host_verdict_to_json
}
