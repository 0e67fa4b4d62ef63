//! A program: read and checked once, used by its handle.

use std::sync::Arc;

use prm_core::phone::PrmError;
use prm_core::program::{Program as Rules, ProgramRef};

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
