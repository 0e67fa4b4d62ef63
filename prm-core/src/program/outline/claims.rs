//! The blocks of claims.

use super::incentives::NUMBER;
use super::mdf::{ANSWER_DUE, APPROVED_BY, CORRECT, LASTS, PROOF};
use super::words;
use crate::incentive::claim::policy::PRICES_USED;
use crate::program::grammar::{Block, Entry, Kind, may, must};

static PRICE_WORDS: [&str; 3] = words(&PRICES_USED);

const CAP: Entry = may("cap", NUMBER, "The most that one claim brings. Default: no limit.");

pub(super) static CLAIMS: Block = Block {
    name: "`claims`",
    about: "Which claims are taken beside those of marketing funds. A kind that is not named is not.",
    keys: &[
        may("spiff", Kind::Block(&SPIFF_CLAIMS), "For sales that SPIFFs pay."),
        may("ship_and_debit", Kind::Block(&DEBIT), "For sales below book price that the vendor has authorised."),
        may("price_protection", Kind::Block(&PROTECTION), "For stock that lost value when the vendor lowered a price."),
    ],
};

static SPIFF_CLAIMS: Block = Block {
    name: "`claims.spiff`",
    about: "How SPIFFs are claimed.",
    keys: &[
        may("within", LASTS, "How long after a sale it can be claimed. Default: without end."),
        CAP,
        PROOF,
        APPROVED_BY,
        ANSWER_DUE,
        CORRECT,
    ],
};

static DEBIT: Block = Block {
    name: "`ship_and_debit`",
    about: "How the difference is claimed between a price and the contract price at which goods were sold.",
    keys: &[
        must(
            "price",
            Kind::Word(&PRICE_WORDS),
            "The price that is held against it: what the goods cost that were taken from stock, first in, first out; the book price \
             in the contract; or the book price on the day on which they were shipped.",
        ),
        may("within", LASTS, "How long after they were shipped it can be claimed. Default: without end."),
        CAP,
        PROOF,
        APPROVED_BY,
        ANSWER_DUE,
        CORRECT,
    ],
};

static PROTECTION: Block = Block {
    name: "`price_protection`",
    about: "How the difference is claimed for what was in stock when a price fell.",
    keys: &[
        may("within", LASTS, "How long after the notice it can be claimed. Default: without end."),
        may(
            "receipts",
            LASTS,
            "How long before the change goods may have been received to be protected. Default: at any time.",
        ),
        CAP,
        PROOF,
        APPROVED_BY,
        ANSWER_DUE,
        CORRECT,
    ],
};
