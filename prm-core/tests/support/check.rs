//! Topic `check`: what a check has to say about a program document.

use libtest_mimic::Failed;
use prm_core::program::Program;
use prm_core::program::finding::Finding;
use serde::Deserialize;
use serde_json::Value;

use super::{document, equal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    program: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    findings: Vec<Expected>,
}

/// What a case says of a finding. Texts and positions are not part of it: they may be improved.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    severity: String,
    code: String,
    path: String,
    suggestion: Option<String>,
}

impl From<&Finding> for Expected {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: finding.severity.to_string(),
            code: finding.code.clone(),
            path: finding.path.clone(),
            suggestion: finding.suggestion.clone(),
        }
    }
}

pub(crate) fn run(given: Value, expect: Value) -> Result<(), Failed> {
    let (given, expect): (Given, Expect) = (serde_json::from_value(given)?, serde_json::from_value(expect)?);
    let checked = Program::check(&document(&given.program)?);
    let found: Vec<Expected> = checked.findings.iter().map(Expected::from).collect();
    equal("findings", &expect.findings, &found)?;
    let usable = !expect.findings.iter().any(|finding| finding.severity == "error");
    equal("whether the program can be used", &usable, &checked.program.is_some())
}
