//! Files of accounts: `id,collection,name,domain,country,city,phone,tax_id`.

use std::path::Path;

use prm_core::account::{Account, AccountFacts};

/// One line of a file of records.
pub struct Record {
    /// The collection that it is of.
    pub collection: String,
    /// The account.
    pub account: Account,
}

/// Which fields a measurement may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// All of them.
    All,
    /// These two.
    NameAndCountry,
}

/// The fields of a line of CSV. Names hold no line ends.
fn fields(line: &str) -> Vec<String> {
    let (mut out, mut quoted, mut chars) = (vec![String::new()], false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            '\r' if !quoted => {}
            c => out.last_mut().unwrap().push(c),
        }
    }
    out
}

/// The rows of a file behind its header.
#[must_use]
pub fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().skip(1).map(fields).collect()
}

/// The accounts of a file.
#[must_use]
pub fn records(path: &Path, fields: Fields) -> Vec<Record> {
    let of = |row: Vec<String>| {
        let given = |at: usize| row.get(at).filter(|text| !text.is_empty()).cloned();
        let mut facts = AccountFacts::new(row[0].parse().unwrap(), row[2].clone());
        facts.country = given(4);
        if fields == Fields::All {
            facts.domain = given(3).filter(|text| text.contains('.'));
            facts.city = given(5);
            facts.phone = given(6);
            facts.tax_id = given(7);
        }
        let account = Account::new(facts.clone()).or_else(|_| {
            facts.domain = None;
            Account::new(facts)
        });
        account.ok().map(|account| Record { collection: row[1].clone(), account })
    };
    rows(path).into_iter().filter_map(of).collect()
}
