//! The tables that hold a tenant, with their columns: what an export holds, in this order.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    /// Up to 32 bits.
    Small,
    /// Up to 64 bits.
    Number,
    /// RFC 3339 in UTC with microseconds.
    Instant,
    Day,
    Uuid,
    /// Hexadecimal, in lower case, in exports.
    Bytes,
}

/// A table: its key, behind the tenant, comes first.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The schema that it came with: exports of earlier ones have no rows of it.
    pub(crate) since: i64,
    /// How many of the columns are the key.
    pub(crate) key: usize,
    pub(crate) columns: &'static [(&'static str, Holds)],
}

use Holds::{Bytes, Day, Instant, Number, Small, Text, Uuid};

/// Every table with a tenant; the columns beside it.
pub(crate) const TABLES: [Table; 26] = [
    Table {
        name: "record",
        since: 1,
        key: 2,
        columns: &[
            ("kind", Text),
            ("id", Text),
            ("version", Number),
            ("format", Small),
            ("stage", Text),
            ("subject", Text),
            ("deadline_at", Instant),
            ("changed_at", Instant),
            ("body", Text),
        ],
    },
    Table {
        name: "event",
        since: 1,
        key: 3,
        columns: &[
            ("kind", Text),
            ("id", Text),
            ("version", Number),
            ("format", Small),
            ("effective_at", Instant),
            ("received_at", Instant),
            ("recorded_at", Instant),
            ("actor", Text),
            ("body", Text),
            ("position", Number),
        ],
    },
    Table {
        name: "command",
        since: 1,
        key: 1,
        columns: &[
            ("key", Text),
            ("fingerprint", Text),
            ("kind", Text),
            ("id", Text),
            ("from_version", Number),
            ("to_version", Number),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "receipt",
        since: 2,
        key: 1,
        columns: &[
            ("receipt", Number),
            ("source", Text),
            ("batch", Text),
            ("revision", Small),
            ("part", Small),
            ("lines", Number),
            ("fingerprint", Text),
            ("replaced_by", Number),
            ("actor", Text),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "document",
        since: 2,
        key: 3,
        columns: &[("source", Text), ("document", Text), ("receipt", Number), ("lines", Text)],
    },
    Table { name: "reversal", since: 2, key: 3, columns: &[("source", Text), ("reversed", Text), ("document", Text)] },
    Table {
        name: "document_sums",
        since: 2,
        key: 4,
        columns: &[
            ("plan", Text),
            ("source", Text),
            ("document", Text),
            ("receipt", Number),
            ("cells", Text),
            ("idle", Text),
        ],
    },
    Table {
        name: "sums",
        since: 2,
        key: 3,
        columns: &[
            ("plan", Text),
            ("receipt", Number),
            ("counting", Small),
            ("program", Text),
            ("digits", Small),
            ("first_month", Day),
            ("last_month", Day),
            ("tally", Text),
            ("outcomes", Text),
            ("cells", Text),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "entry",
        since: 2,
        key: 5,
        columns: &[
            ("program", Text),
            ("partner", Text),
            ("incentive", Text),
            ("period", Text),
            ("settlement", Number),
            ("from_day", Day),
            ("until_day", Day),
            ("currency", Text),
            ("digits", Small),
            ("earned", Number),
            ("difference", Number),
            ("free_units", Number),
            ("explanation", Text),
            ("before", Text),
            ("recorded_at", Instant),
            ("paid", Text),
            ("paid_before", Text),
        ],
    },
    Table {
        name: "entry_common",
        since: 2,
        key: 3,
        columns: &[("settlement", Number), ("incentive", Text), ("period", Text), ("digest", Text), ("common", Text)],
    },
    Table {
        name: "account",
        since: 2,
        key: 3,
        columns: &[
            ("payee", Text),
            ("currency", Text),
            ("kind", Text),
            ("digits", Small),
            ("balance", Number),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "transfer",
        since: 2,
        key: 1,
        columns: &[
            ("id", Uuid),
            ("payee", Text),
            ("currency", Text),
            ("digits", Small),
            ("amount", Number),
            ("purpose", Text),
            ("debit", Text),
            ("credit", Text),
            ("source", Text),
            ("settlement", Number),
            ("effective_on", Day),
            ("actor", Text),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "person",
        since: 2,
        key: 1,
        columns: &[("id", Text), ("body", Text), ("changed_at", Instant), ("erased_at", Instant)],
    },
    Table {
        name: "tier_advance",
        since: 3,
        key: 2,
        columns: &[("program", Text), ("advance", Number), ("until_day", Day), ("recorded_at", Instant)],
    },
    Table {
        name: "tier",
        since: 3,
        key: 3,
        columns: &[
            ("program", Text),
            ("partner", Text),
            ("advance", Number),
            ("tier", Text),
            ("since_day", Day),
            ("changes", Text),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "accrual",
        since: 4,
        key: 6,
        columns: &[
            ("program", Text),
            ("partner", Text),
            ("incentive", Text),
            ("period", Text),
            ("currency", Text),
            ("accrual", Number),
            ("from_day", Day),
            ("until_day", Day),
            ("as_of", Day),
            ("digits", Small),
            ("amount", Number),
            ("difference", Number),
            ("settlement", Number),
            ("digest", Text),
            ("estimate", Text),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "award",
        since: 7,
        key: 6,
        columns: &[
            ("program", Text),
            ("incentive", Text),
            ("period", Text),
            ("partner", Text),
            ("payee", Text),
            ("settlement", Number),
            ("as_of", Day),
            ("currency", Text),
            ("digits", Small),
            ("earned", Number),
            ("difference", Number),
            ("recorded_at", Instant),
            ("paid", Text),
            ("paid_before", Text),
        ],
    },
    Table {
        name: "award_answer",
        since: 7,
        key: 3,
        columns: &[("settlement", Number), ("incentive", Text), ("period", Text), ("digest", Text), ("answer", Text)],
    },
    Table {
        name: "pot",
        since: 8,
        key: 1,
        columns: &[
            ("pot", Text),
            ("fund", Text),
            ("period", Text),
            ("class", Text),
            ("partner", Text),
            ("body", Text),
            ("currency", Text),
            ("digits", Small),
            ("allocated", Number),
            ("available", Number),
            ("reserved", Number),
            ("spent", Number),
            ("lapsed", Number),
            ("carried", Number),
            ("owed", Number),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "movement",
        since: 8,
        key: 1,
        columns: &[
            ("id", Uuid),
            ("pot", Text),
            ("kind", Text),
            ("currency", Text),
            ("digits", Small),
            ("amount", Number),
            ("source", Text),
            ("actor", Text),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "fund_accrual",
        since: 8,
        key: 4,
        columns: &[
            ("program", Text),
            ("incentive", Text),
            ("period", Text),
            ("partner", Text),
            ("currency", Text),
            ("digits", Small),
            ("amount", Number),
            ("times", Number),
            ("recorded_at", Instant),
        ],
    },
    Table { name: "evidence", since: 8, key: 1, columns: &[("evidence", Text), ("claim", Text)] },
    Table {
        name: "authorisation",
        since: 8,
        key: 1,
        columns: &[("id", Text), ("partner", Text), ("left_units", Text), ("body", Text), ("changed_at", Instant)],
    },
    Table {
        name: "given_up",
        since: 9,
        key: 4,
        columns: &[
            ("program", Text),
            ("payee", Text),
            ("currency", Text),
            ("concern", Text),
            ("digits", Small),
            ("floored", Number),
            ("written_off", Number),
            ("recorded_at", Instant),
        ],
    },
    Table {
        name: "account_known",
        since: 5,
        key: 1,
        columns: &[
            ("id", Text),
            ("number", Number),
            ("key_version", Small),
            ("registered", Small),
            ("profile", Bytes),
            ("keys", Bytes),
            ("body", Text),
            ("changed_at", Instant),
        ],
    },
    Table {
        name: "account_key",
        since: 5,
        key: 2,
        columns: &[("key", Number), ("account", Text), ("registered", Small), ("word", Text)],
    },
];

/// Columns that came after their table, with the schema that they came with: rows of earlier exports have nothing there.
const ADDED: [(&str, &str, i64); 5] = [
    ("document_sums", "idle", 3),
    ("entry", "paid", 3),
    ("entry", "paid_before", 3),
    ("award", "paid", 9),
    ("award", "paid_before", 9),
];

impl Table {
    /// Whether rows of an export of a schema have a column.
    pub(crate) fn has(&self, column: &str, schema: i64) -> bool {
        !ADDED.iter().any(|(table, added, since)| *table == self.name && *added == column && *since > schema)
    }

    /// The columns with a comma between them.
    pub(crate) fn list(&self, column: impl Fn(&str, Holds) -> String) -> String {
        self.columns.iter().map(|(name, holds)| column(name, *holds)).collect::<Vec<_>>().join(", ")
    }

    /// The key with a comma between its columns.
    pub(crate) fn order(&self) -> String {
        let key = self.columns.iter().take(self.key).map(|(name, _)| format!("\"{name}\""));
        key.collect::<Vec<_>>().join(", ")
    }
}
