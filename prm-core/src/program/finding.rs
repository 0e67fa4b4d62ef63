//! What `check` has to say about a document: one finding per mistake, all of them at once.

use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// It can be used, and probably says something that was not meant.
    Warning,
    /// A consequence that whoever signs the program should know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// Where something stands in the text, counted from 1. Columns count characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

#[cfg(feature = "program")]
impl Position {
    /// A place; a text is shorter than what is left out here.
    pub(crate) fn new(line: usize, column: usize) -> Self {
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Self { line: number(line), column: number(column) }
    }
}

/// One thing that is wrong with a document, or worth knowing about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable code in snake case, such as `unknown_key`.
    pub code: String,
    /// Where in the document's structure, such as `incentives.bikes.schedule.bands[1].rate`.
    pub path: String,
    /// Where in its text.
    #[serde(flatten)]
    pub position: Position,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub advice: String,
    /// What was probably meant, for a misspelt key, word or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, code, path, position, message, advice, suggestion } = self;
        write!(f, "{}:{}: {severity}[{code}]", position.line, position.column)?;
        if !path.is_empty() {
            write!(f, " {path}")?;
        }
        write!(f, ": {message}; {advice}")?;
        match suggestion {
            Some(suggestion) => write!(f, " (did you mean `{suggestion}`?)"),
            None => Ok(()),
        }
    }
}

/// All findings about one document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

#[cfg(feature = "program")]
impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        // A document of nothing but mistakes is not worth a gigabyte of findings.
        if self.0.len() < FINDINGS_MAX {
            self.0.push(finding);
        }
    }

    /// In the order of the text; errors first where they stand at the same place.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|finding| (finding.position, finding.severity));
    }
}

impl Findings {
    /// Whether any of them keeps the document from being used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The findings in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The most findings that one check reports.
pub const FINDINGS_MAX: usize = 1_000;

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
