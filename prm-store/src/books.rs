//! What receiving, settling, the feed and exports need of a database, beside records: one implementation for each.

mod accruals;
mod archive;
mod awards;
mod debts;
mod money;
mod sales;
mod standings;

pub(crate) use accruals::{AccrualRow, Accruals};
pub(crate) use archive::{Archive, ChangeRow, PersonRow, Taker};
pub use awards::AwardFilter;
pub(crate) use awards::{AnswerRow, AwardRow, Awards};
pub(crate) use debts::{Debts, GivenUpRow};
pub(crate) use money::{AccountRow, CommonRow, EntryRow, Money, PostedRow, TransferRow, TrialRow};
pub use money::{EntryFilter, EntryPlace, JournalPage};
pub(crate) use sales::{DocumentRow, DocumentSumsRow, ReceiptRow, Sales, SumsRow};
pub(crate) use standings::{Standings, TierRow};

/// All tables, in one transaction for one tenant.
pub(crate) trait Books: Sales + Money + Debts + Accruals + Awards + Standings + Archive {}

impl<W: Sales + Money + Debts + Accruals + Awards + Standings + Archive> Books for W {}
