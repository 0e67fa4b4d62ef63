//! A program: read and checked once, used by its handle.

use std::sync::Arc;

use prm_core::phone::PrmError;
use prm_core::program::finding::Finding;
use prm_core::program::{Program as Rules, ProgramRef};
use prm_core::rounding::RoundingMode;
use prm_core::scaled::Scaled;

/// A program document that was checked. It never changes.
#[derive(Debug, uniffi::Object)]
pub struct Program(pub(crate) Arc<Rules>);

#[uniffi::export]
impl Program {
    /// Reads a document in YAML or JSON.
    ///
    /// # Errors
    /// `PrmError.Input` with all that is wrong with it.
    #[uniffi::constructor]
    pub fn read(document: String) -> Result<Arc<Self>, PrmError> {
        let program = Rules::read(&document).map_err(|findings| PrmError::input("program", &document, findings))?;
        Ok(Arc::new(Self(Arc::new(program))))
    }

    /// Name, version and digest.
    #[must_use]
    pub fn identity(&self) -> ProgramRef {
        self.0.identity().clone()
    }
}

/// All that is wrong with a document, or worth knowing about it; a program comes out of it if none of it is an error.
///
/// # Errors
/// `PrmError.Input` for what cannot be read.
#[uniffi::export]
pub fn check_program(document: String) -> Result<Vec<Finding>, PrmError> {
    Ok(Rules::check(&document).findings.iter().cloned().collect())
}

/// A number with a certain number of digits after the point, rounded as programs round.
///
/// # Errors
/// `PrmError.Refused` if it does not fit.
#[uniffi::export]
pub fn rounded(number: Scaled, digits: u8, mode: RoundingMode) -> Result<Scaled, PrmError> {
    number.rounded(digits, mode).map_err(|why| PrmError::refused(&why))
}
