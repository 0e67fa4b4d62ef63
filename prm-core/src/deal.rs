//! Deal registration: who may work an account, for which products, until when, and why.
//!
//! A partner registers a deal before it sells, the vendor decides, and for a time no other partner may register the same
//! one. It owns the life of a registration, its protection and the rules of conflict. It does not own whether two accounts
//! are one ([`account`](crate::account)), nor what a sale pays ([`incentive`](crate::incentive)).
//!
//! ```text
//!  draft ─ submit ─▶ submitted ─ begin ─▶ under review ─ approve ─▶ approved ─ close ─▶ closed
//!    │                 │   ▲                  │   │
//!    │          ask for│   │ resubmit         │   └─ reject ─▶ rejected ─ appeal, upheld ─▶ submitted
//! withdraw       action▼   │                  │
//!    ▼               action required          └─ withdraw ─▶ withdrawn
//! withdrawn
//! ```
//!
//! A registration has **product lines**, and each is decided for itself: [`LineState`] says how its review stands, and
//! [`Protection`] from when until when nobody else may have it. The stage of the whole follows from its lines.
//!
//! **Place is not protection.** From receipt to decision a registration holds its place: of two that wait for a decision
//! the one that was received first is before the other ([`place`]). Protection begins with the submission or with the
//! approval, as the program says, and ends by its date, for want of an update, or by release. What time alone ends is
//! computed from dates and needs no job.
//!
//! **Which date means what.** Receipts order; a day is one in the program's time zone; a protection that lasts 90 days
//! holds on 90 days, the first of which is the one on which it begins.
//!
//! **Conflicts** are assessed ([`conflict::assess`]) by rules that are data of the program, when a registration is
//! submitted, resubmitted, approved, transferred, extended or appealed, and when one before it in line is decided. Each
//! answer is kept in the events. Partners see [`conflict::Assessment::redacted`].
mod after;
pub mod alike;
pub mod book;
mod check;
mod command;
pub mod conflict;
mod decide;
mod desk;
mod error;
mod event;
mod evolve;
mod facts;
mod form;
mod life;
pub mod place;
pub mod policy;
mod protection;
mod registration;
mod rules;
pub mod sold;

pub use command::{AppealDecision, CloseOutcome, Command};
pub use error::{FormError, RegistrationError};
pub use event::{Approval, Event, HandedIn, Happened, Lapsed, LineProtection, LineTerms};
pub use facts::{
    DealPartner, Found, FoundAccount, FoundRegistration, Given, HostVerdict, Incumbent, KnownAccount, LIKENESSES,
    Likeness, Matched, Opportunity,
};
pub use form::{DEAL_TYPES, DealLine, DealType, FORM_FIELDS, Form, FormField, Goods, Tender};
pub use protection::{Protection, ProtectionState, Released, ReleasedBy, Terms};
pub use registration::{
    Appeal, Choice, Judged, LineState, Receipt, Registered, Registration, SpecialPrice, SpecialPriceState, Stage,
};
