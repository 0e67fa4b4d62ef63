//! Benefits: what a tier gives, with its unit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::calendar::Every;
use crate::program::length::{Length, Unit};
use crate::rate::Rate;
use crate::scaled::Scaled;

/// What a benefit is.
///
/// ```
/// use prm_core::tier::Benefit;
/// assert_eq!("5 points".parse::<Benefit>()?.to_string(), "5 %");
/// assert_eq!("120 days".parse::<Benefit>()?.to_string(), "120 days");
/// assert!("a lot".parse::<Benefit>().is_err());
/// # Ok::<(), prm_core::tier::BenefitError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Benefit {
    /// Granted, or not.
    Flag(bool),
    /// A rate, such as a discount.
    Rate(Rate),
    /// A length of time, such as that of a protection.
    Lasts(Length),
    /// A number.
    Number(Scaled),
    /// So many in each period; what is used is told by the host.
    Allowance {
        /// How many.
        count: u32,
        /// In each period of this length.
        every: Every,
    },
}

/// Why a text is no benefit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a benefit such as `5 points`, `120 days`, `yes` or `3`")]
pub struct BenefitError {
    /// The text as given.
    pub text: String,
}

impl FromStr for Benefit {
    type Err = BenefitError;

    fn from_str(text: &str) -> Result<Self, BenefitError> {
        let refused = || BenefitError { text: text.chars().take(64).collect() };
        if let "yes" | "true" | "no" | "false" = text {
            return Ok(Self::Flag(matches!(text, "yes" | "true")));
        }
        if text.starts_with('-') {
            return Err(refused());
        }
        let length = text.parse::<Length>().ok().filter(|length| length.unit != Unit::Quarters);
        if let Some(length) = length {
            return Ok(Self::Lasts(length));
        }
        let rate = text.parse().map(Self::Rate).ok();
        rate.or_else(|| text.parse().map(Self::Number).ok()).ok_or_else(refused)
    }
}

impl fmt::Display for Benefit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(granted) => f.write_str(if *granted { "yes" } else { "no" }),
            Self::Rate(rate) => write!(f, "{rate}"),
            Self::Lasts(length) => write!(f, "{length}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Allowance { count, every } => write!(f, "{count} every {every}"),
        }
    }
}
