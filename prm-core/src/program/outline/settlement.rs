//! The blocks of settlements.

use super::words;
use crate::ledger::NEGATIVES;
use crate::program::grammar::{Block, Kind, may};

static POLICIES: [&str; 4] = words(&NEGATIVES);

pub(super) static SETTLEMENT: Block = Block {
    name: "`settlement`",
    about: "How what is settled becomes owed.",
    keys: &[may(
        "negative",
        Kind::Block(&NEGATIVE),
        "What becomes of what was paid and is not due any more, by returns say. Default: it is carried until it is settled.",
    )],
};

static NEGATIVE: Block = Block {
    name: "`settlement.negative`",
    about: "What was not paid yet is taken back under every policy; this is about what was paid.",
    keys: &[
        may(
            "policy",
            Kind::Word(&POLICIES),
            "It is a debt that is settled from what is earned next (`carry`, default); it is asked back, and nothing is set off \
             against it (`recover`); it is left to the payee (`floor`); or it is a debt that is given up at once (`write_off`).",
        ),
        may(
            "for",
            Kind::Length(&["days", "months", "quarters"]),
            "How long a debt is carried, from the day to which it belongs. The rest is then written off by the next settlement. \
             Default: until it is settled.",
        ),
    ],
};
