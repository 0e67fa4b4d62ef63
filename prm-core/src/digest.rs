//! Fingerprints: SHA-256 over parts that are told apart, so that no two contents read alike.

use sha2::{Digest as _, Sha256};

/// A fingerprint in the making.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    /// A mark between parts, for structure.
    pub(crate) fn mark(&mut self, mark: u8) {
        self.0.update([mark]);
    }

    /// A text, with its length in front of it.
    pub(crate) fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// A number of known width.
    pub(crate) fn number(&mut self, number: i128) {
        self.0.update(number.to_le_bytes());
    }

    /// A text or its absence.
    pub(crate) fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.mark(1);
                self.text(text);
            }
            None => self.mark(0),
        }
    }

    pub(crate) fn bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// Lower-case hexadecimal.
    pub(crate) fn hex(self) -> String {
        self.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
