//! Tables: values per partner, SKU or period that a program refers to and that are given at run time.
//!
//! A program declares a table's key and columns; the rows are checked against that when they are given, and
//! the fingerprint of the rows stands in every explanation that used them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Program;
use crate::digest::Fingerprint;
use crate::id::Name;
use crate::rate::Rate;
use crate::scaled::Scaled;

/// What a row is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKey {
    /// A partner's id.
    Partner,
    /// A stock keeping unit.
    Sku,
    /// The label of a fiscal period, such as `2013-Q3`.
    Period,
}

impl TableKey {
    /// The column's name in files and the word in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Sku => "sku",
            Self::Period => "period",
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// An amount in the program's currency.
    Money,
    /// A number, such as units.
    Number,
    /// A rate with its unit.
    Rate,
}

/// A table as the program declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableOutline {
    /// Its name.
    pub name: Name,
    /// What a row is found by.
    pub key: Vec<TableKey>,
    /// Its further columns, by name.
    pub columns: BTreeMap<Name, ColumnKind>,
}

/// Why a table was refused. Rows are counted from 1, without the header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The program does not declare a table of this name.
    #[error("the program declares no table `{table}`")]
    Undeclared {
        /// The table.
        table: String,
    },
    /// The program needs a table that was not given.
    #[error("the program needs table `{table}`, which was not given")]
    NotGiven {
        /// The table.
        table: Name,
    },
    /// A declared column is missing, or an undeclared one is there.
    #[error("table `{table}`: columns are {given}, the program declares {declared}")]
    Columns {
        /// The table.
        table: Name,
        /// The columns given.
        given: String,
        /// The columns declared, key first.
        declared: String,
    },
    /// A row is shorter or longer than the header.
    #[error("table `{table}`, row {row}: {given} values for {needed} columns")]
    RowLength {
        /// The table.
        table: Name,
        /// The row.
        row: usize,
        /// How many values it has.
        given: usize,
        /// How many columns there are.
        needed: usize,
    },
    /// A value is not of the column's kind.
    #[error("table `{table}`, row {row}, column `{column}`: {why}")]
    Value {
        /// The table.
        table: Name,
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What is wrong with it.
        why: String,
    },
    /// The same key stands twice.
    #[error("table `{table}`, row {row}: key `{key}` stands in an earlier row")]
    KeyTwice {
        /// The table.
        table: Name,
        /// The later row.
        row: usize,
        /// The key.
        key: String,
    },
}

/// A table with its rows, checked.
///
/// Amounts and numbers are [`Scaled`]; a rate is kept as its fraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    outline: TableOutline,
    rows: BTreeMap<Vec<String>, BTreeMap<Name, Scaled>>,
    fingerprint: String,
}

impl Table {
    /// Checks rows of text against the outline; `header` may name the columns in any order.
    ///
    /// # Errors
    /// [`TableError`] with table, row and column: nothing is taken from a table that has a mistake.
    pub fn new(outline: &TableOutline, header: &[String], rows: &[Vec<String>]) -> Result<Self, TableError> {
        let table = || outline.name.clone();
        let place = |word: &str| header.iter().position(|column| column == word);
        let columns_error = || {
            let declared = outline.key.iter().map(|key| key.word().to_owned());
            let declared: Vec<_> = declared.chain(outline.columns.keys().map(Name::to_string)).collect();
            TableError::Columns { table: table(), given: header.join(", "), declared: declared.join(", ") }
        };
        let keys: Option<Vec<_>> = outline.key.iter().map(|key| place(key.word()).map(|at| (at, *key))).collect();
        let columns: Option<Vec<_>> =
            outline.columns.iter().map(|(name, kind)| place(name.as_str()).map(|at| (at, name, *kind))).collect();
        let (Some(keys), Some(columns)) = (keys, columns) else { return Err(columns_error()) };
        if header.len() != keys.len() + columns.len() {
            return Err(columns_error());
        }
        let mut checked: BTreeMap<Vec<String>, BTreeMap<Name, Scaled>> = BTreeMap::new();
        for (row, values) in rows.iter().enumerate().map(|(at, values)| (at + 1, values)) {
            if values.len() != header.len() {
                let (given, needed) = (values.len(), header.len());
                return Err(TableError::RowLength { table: table(), row, given, needed });
            }
            let at = |at: usize| values.get(at).map_or("", String::as_str);
            let key: Vec<String> = keys.iter().map(|(place, _)| at(*place).to_owned()).collect();
            let mut read = BTreeMap::new();
            for (place, name, kind) in &columns {
                let value = read_value(at(*place), *kind);
                let value =
                    value.map_err(|why| TableError::Value { table: table(), row, column: name.to_string(), why })?;
                read.insert((*name).clone(), value);
            }
            if checked.insert(key.clone(), read).is_some() {
                return Err(TableError::KeyTwice { table: table(), row, key: key.join(", ") });
            }
        }
        let fingerprint = fingerprint(outline, &checked);
        Ok(Self { outline: outline.clone(), rows: checked, fingerprint })
    }

    /// The outline it was checked against.
    #[must_use]
    pub const fn outline(&self) -> &TableOutline {
        &self.outline
    }

    /// SHA-256 over name, columns and rows, whatever their order in the file.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The value of a column in the row that `value_of` names the key of.
    pub fn find<'k>(&self, value_of: impl Fn(TableKey) -> &'k str, column: &Name) -> Option<Scaled> {
        let key: Vec<String> = self.outline.key.iter().map(|key| value_of(*key).to_owned()).collect();
        self.rows.get(&key)?.get(column).copied()
    }
}

fn read_value(text: &str, kind: ColumnKind) -> Result<Scaled, String> {
    let value = match kind {
        ColumnKind::Money | ColumnKind::Number => text.parse::<Scaled>().map_err(|error| error.to_string()),
        ColumnKind::Rate => text.parse::<Rate>().map(Rate::fraction).map_err(|error| error.to_string()),
    }?;
    if value.is_negative() { Err(format!("`{text}` is negative")) } else { Ok(value) }
}

fn fingerprint(outline: &TableOutline, rows: &BTreeMap<Vec<String>, BTreeMap<Name, Scaled>>) -> String {
    let mut print = Fingerprint::new();
    print.text(outline.name.as_str());
    for key in &outline.key {
        print.text(key.word());
    }
    for (key, values) in rows {
        print.mark(b'r');
        key.iter().for_each(|part| print.text(part));
        for (name, value) in values {
            print.text(name.as_str());
            print.text(&value.to_string());
        }
    }
    print.hex()
}

/// The tables given for a run, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables(BTreeMap<Name, Table>);

impl Tables {
    /// No tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table; one of the same name is replaced.
    pub fn insert(&mut self, table: Table) {
        self.0.insert(table.outline.name.clone(), table);
    }

    /// The table of that name.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<&Table> {
        self.0.get(name)
    }
}

impl Program {
    /// Checks the rows of one of the program's tables: [`Table::new`], and beyond it that amounts keep to the digits of
    /// measures and that periods are labels of the program's calendar. A misspelt period would never be found again.
    ///
    /// # Errors
    /// [`TableError`] with table, row and column.
    pub fn read_table(&self, name: &str, header: &[String], rows: &[Vec<String>]) -> Result<Table, TableError> {
        let outline = self.table(name).ok_or_else(|| TableError::Undeclared { table: name.to_owned() })?;
        let table = Table::new(outline, header, rows)?;
        let refuse = |row: usize, column: &str, why: String| {
            Err(TableError::Value { table: outline.name.clone(), row: row + 1, column: column.to_owned(), why })
        };
        for (place, column) in header.iter().enumerate() {
            let is_period = column == TableKey::Period.word();
            let kind = outline.columns.get(column.as_str());
            let is_amount = kind.is_some_and(|kind| *kind != ColumnKind::Rate);
            for (row, text) in rows.iter().enumerate().filter_map(|(row, values)| Some((row, values.get(place)?))) {
                if is_period && let Err(error) = self.calendar.parse_label(text) {
                    return refuse(row, column, error.to_string());
                }
                let amount = text.parse::<Scaled>().ok().filter(|_| is_amount);
                if let Some(Err(error)) = amount.map(|amount| amount.exactly(self.sales.digits)) {
                    return refuse(row, column, error.to_string());
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline() -> TableOutline {
        let name = |text: &str| Name::new(text).unwrap();
        TableOutline {
            name: name("targets"),
            key: vec![TableKey::Partner, TableKey::Period],
            columns: [(name("amount"), ColumnKind::Money), (name("rate"), ColumnKind::Rate)].into(),
        }
    }

    fn table(header: &str, rows: &[&str]) -> Result<Table, TableError> {
        let split = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
        Table::new(&outline(), &split(header), &rows.iter().map(|row| split(row)).collect::<Vec<_>>())
    }

    #[test]
    fn columns_stand_in_any_order_and_rows_are_found_by_key() {
        let one = table("period,rate,partner,amount", &["2013-Q3,2 %,p1,1000", "2013-Q3,3 %,p2,2000.50"]).unwrap();
        let two = table("partner,period,amount,rate", &["p2,2013-Q3,2000.5,3 %", "p1,2013-Q3,1000,2 %"]).unwrap();
        assert_eq!(one.fingerprint(), two.fingerprint());
        let find = |partner: &'static str, column: &str| {
            let key = |key| if key == TableKey::Partner { partner } else { "2013-Q3" };
            one.find(key, &Name::new(column).unwrap()).map(|value| value.to_string())
        };
        assert_eq!(find("p2", "amount").as_deref(), Some("2000.5"));
        assert_eq!(find("p1", "rate").as_deref(), Some("0.02"));
        assert_eq!(find("p3", "amount"), None);
    }

    #[test]
    fn mistakes_name_row_and_column() {
        let header = "partner,period,amount,rate";
        assert!(matches!(table("partner,period,amount", &[]), Err(TableError::Columns { .. })));
        assert!(matches!(table("partner,period,amount,rate,more", &[]), Err(TableError::Columns { .. })));
        assert!(matches!(table(header, &["p,q,1"]), Err(TableError::RowLength { row: 1, given: 3, needed: 4, .. })));
        let error = table(header, &["p,q,1,2 %", "r,q,x,2 %"]).unwrap_err();
        assert_eq!(error.to_string(), "table `targets`, row 2, column `amount`: `x` is not a decimal number");
        let error = table(header, &["p,q,1,2"]).unwrap_err();
        assert_eq!(error.to_string(), "table `targets`, row 1, column `rate`: `2` is not a rate such as `2.5 %`");
        assert!(matches!(table(header, &["p,q,-1,2 %"]), Err(TableError::Value { .. })));
        assert!(matches!(table(header, &["p,q,1,2 %", "p,q,1,2 %"]), Err(TableError::KeyTwice { row: 2, .. })));
    }
}
