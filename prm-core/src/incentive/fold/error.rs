//! Why a fold cannot begin, and why a line cannot be used.

use crate::currency::Currency;
use crate::fx::FxError;
use crate::id::{Name, PartnerId, Sku};
use crate::incentive::line::BatchKey;
use crate::incentive::partial::MergeError;
use crate::scaled::{NumberError, Scaled};
use crate::split::SharesError;

/// Why a fold cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// A measure names a product set, so the products must be known.
    #[error("the program names product sets, so products are needed")]
    NeedsProducts,
    /// The program names an exchange-rate table that was not given.
    #[error("the program needs exchange-rate table `{table}`, which was not given")]
    NeedsExchange {
        /// The table.
        table: String,
    },
    /// Another revision of the batch was folded here: fold the highest one alone.
    #[error("batch `{}` of `{}`: revision {folded} was folded, now comes revision {}", key.batch, key.source, key.revision)]
    OtherRevision {
        /// The batch.
        key: BatchKey,
        /// The revision that was folded.
        folded: u32,
    },
    /// The batch was already folded here.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The sums do not fit.
    #[error(transparent)]
    Number(#[from] NumberError),
}

/// Why a line cannot be used. Its money is reported with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The SKU is not among the products.
    #[error("unknown SKU `{sku}`")]
    UnknownSku {
        /// The SKU.
        sku: Sku,
    },
    /// The credited party is not among the partners.
    #[error("unknown partner `{partner}`")]
    UnknownPartner {
        /// The field that names it: buyer, seller, reseller or credits.
        field: &'static str,
        /// The party.
        partner: PartnerId,
    },
    /// A field that the program counts by is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A sale is negative or a return positive.
    #[error("`{field}` of a {kind} is {value}")]
    Sign {
        /// The field.
        field: &'static str,
        /// The kind of line.
        kind: &'static str,
        /// Its value.
        value: Scaled,
    },
    /// The currency is not the program's, and the program does not say how to convert.
    #[error("the program has no exchange policy for {currency}")]
    NoExchangePolicy {
        /// The line's currency.
        currency: Currency,
    },
    /// There is no exchange rate.
    #[error(transparent)]
    Exchange(#[from] FxError),
    /// A return whose sale is unknown, where the program rejects them.
    #[error("the sale that this {kind} takes back is unknown")]
    Unmatched {
        /// The kind of line.
        kind: &'static str,
    },
    /// It credits somebody in a role that the program does not have.
    #[error("unknown role `{role}` in `credits`")]
    UnknownRole {
        /// The role.
        role: Name,
    },
    /// Several are credited in one role, without shares of their own.
    #[error("`credits` has `{role}` more than once, without shares")]
    RoleTwice {
        /// The role.
        role: Name,
    },
    /// Some that are credited have a share, and this one has none.
    #[error("`credits` has no share for `{role}`, but for others")]
    ShareMissing {
        /// Its role.
        role: Name,
    },
    /// The shares of those who are credited do not make a whole.
    #[error("`credits`: {why}")]
    Shares {
        /// Why not.
        why: SharesError,
    },
    /// A date that no calendar reaches, or an amount that does not fit.
    #[error("`{field}` is out of range")]
    OutOfRange {
        /// The field.
        field: &'static str,
    },
}

impl LineError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownSku { .. } => "unknown_sku",
            Self::UnknownPartner { .. } => "unknown_partner",
            Self::Missing { .. } => "missing",
            Self::Sign { .. } => "sign",
            Self::NoExchangePolicy { .. } => "no_exchange_policy",
            Self::Exchange(_) => "no_rate",
            Self::Unmatched { .. } => "unmatched_return",
            Self::UnknownRole { .. } => "unknown_role",
            Self::RoleTwice { .. } => "role_twice",
            Self::ShareMissing { .. } => "share_missing",
            Self::Shares { .. } => "shares",
            Self::OutOfRange { .. } => "out_of_range",
        }
    }

    /// Whether the line could be used if more were known beside it: its product, its partner, an exchange rate.
    #[must_use]
    pub const fn is_missing_fact(&self) -> bool {
        matches!(self, Self::UnknownSku { .. } | Self::UnknownPartner { .. } | Self::Exchange(_))
    }

    /// The field of the line that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownSku { .. } => "sku",
            Self::UnknownPartner { field, .. }
            | Self::Missing { field }
            | Self::Sign { field, .. }
            | Self::OutOfRange { field } => field,
            Self::NoExchangePolicy { .. } | Self::Exchange(_) => "currency",
            Self::Unmatched { .. } => "reverses",
            Self::UnknownRole { .. } | Self::RoleTwice { .. } | Self::ShareMissing { .. } | Self::Shares { .. } => {
                "credits"
            }
        }
    }

    /// What it is about: the SKU, the partner, the field or the currency.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::UnknownSku { sku } => sku.to_string(),
            Self::UnknownPartner { partner, .. } => partner.to_string(),
            Self::Missing { field } | Self::Sign { field, .. } | Self::OutOfRange { field } => (*field).to_owned(),
            Self::NoExchangePolicy { currency } => currency.to_string(),
            Self::Exchange(FxError::NoRate { from, to, .. }) => format!("{from}/{to}"),
            Self::Exchange(error) => error.to_string(),
            Self::Unmatched { kind } => (*kind).to_owned(),
            Self::UnknownRole { role } | Self::RoleTwice { role } | Self::ShareMissing { role } => role.to_string(),
            Self::Shares { .. } => "credits".to_owned(),
        }
    }
}
