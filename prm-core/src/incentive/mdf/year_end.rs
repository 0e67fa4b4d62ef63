//! What becomes of a pot when its period is over: what nobody was granted lapses, or goes on into the next period.
//!
//! What is granted is not touched: it stays reserved until it is claimed or expires. What comes back after the end is
//! dealt with in the same way, by asking again: an answer depends on nothing but what is available.

use super::policy::{Fund, YearEnd};
use super::pot::{Balances, Movement, MovementKind, Pot, PotError};
use crate::money::{Money, MoneyError};
use crate::program::Program;
use crate::rounding::RoundingMode;

/// What is moved when the period of a pot is over.
///
/// The part that goes on is cut to whole minor units, and limited by what already went on; the rest lapses.
///
/// # Errors
/// [`PotError`] if the next period lies beyond the calendar, or an amount does not fit.
pub fn at_end(fund: &Fund, program: &Program, pot: &Pot, balances: &Balances) -> Result<Vec<Movement>, PotError> {
    let available = balances.available;
    let mut moves = Vec::new();
    let mut carried = Money::zero(available.currency());
    if let YearEnd::CarriesOver { share, at_most } = fund.year_end {
        let part = share.of(available.amount()).map_err(MoneyError::from)?;
        carried = Money::rounded(part, available.currency(), RoundingMode::TowardZero)?;
        if let Some(most) = at_most {
            let left = most.minus(balances.carried)?;
            if carried.minus(left)?.minor() > 0 {
                carried = if left.minor() < 0 { Money::zero(left.currency()) } else { left };
            }
        }
        let next = Pot { period: program.calendar().next(&pot.period)?, ..pot.clone() };
        moves.extend(Movement::of(MovementKind::CarryOver, pot, carried));
        moves.extend(Movement::of(MovementKind::Allocate, &next, carried));
    }
    moves.extend(Movement::of(MovementKind::Lapse, pot, available.minus(carried)?));
    Ok(moves)
}
