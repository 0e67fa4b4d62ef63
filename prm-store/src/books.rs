//! What receiving, settling, the feed and exports need of a database, beside records: one implementation for each.

mod archive;
mod money;
mod sales;

pub(crate) use archive::{Archive, ChangeRow, PersonRow, Taker};
pub(crate) use money::{AccountRow, CommonRow, EntryRow, Money, PostedRow, TransferRow, TrialRow};
pub use money::{EntryFilter, EntryPlace, JournalPage};
pub(crate) use sales::{DocumentRow, DocumentSumsRow, ReceiptRow, Sales, SumsRow};

/// All tables, in one transaction for one tenant.
pub(crate) trait Books: Sales + Money + Archive {}

impl<W: Sales + Money + Archive> Books for W {}
