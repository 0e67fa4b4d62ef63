//! The blocks of a SPIFF.

use super::incentives::{DURING, ELIGIBLE, FROM_TABLE, MEASURES, MOTION_WORDS, NUMBER, RATE, SCHEDULE, SOLD_TO};
use super::sales::{CREDITED_PARTY, DATES, STEP};
use super::{NAMES, ROUNDING};
use crate::program::grammar::{Block, Kind, may, must};

/// What is added up, and the documents of which something was sold.
pub(in crate::program) static COUNTS: [&str; 6] =
    [MEASURES[0], MEASURES[1], MEASURES[2], MEASURES[3], MEASURES[4], "sales"];
static PAID_TO_WORDS: [&str; 3] = super::words(&crate::incentive::spiff::PAID_TO);
static PUBLIC_SECTOR: [&str; 2] = ["excluded", "included"];
static ONCE: [&str; 2] = ["line", "serial"];

pub(super) static SPIFF: Block = Block {
    name: "a SPIFF",
    about: "What a sale brings to the person who made it, to its partner, or to the partner's team, within a window.",
    keys: &[
        may("title", Kind::Text, "The title on statements. Default: the name."),
        may("for", Kind::Block(&ELIGIBLE), "The partners whose sales count. Default: every partner."),
        must("during", Kind::Block(&DURING), "The days on which a sale must lie."),
        must("of", Kind::Word(&COUNTS), "What is counted of each sale: a quantity, or how many documents (`sales`)."),
        may("products", NAMES, "Only products in one of these sets."),
        may("counting_date", Kind::Word(&DATES), "The date that decides, if not as in `sales`."),
        STEP,
        CREDITED_PARTY,
        may("motion", Kind::List(&Kind::Word(&MOTION_WORDS)), "Only sales of one of these motions."),
        may("registered", Kind::YesNo, "Only sales that belong to a deal registration (`yes`), or do not (`no`)."),
        SOLD_TO,
        must("pays", Kind::Block(&PAYS), "What is paid."),
        must("to", Kind::Word(&PAID_TO_WORDS), "Who is paid: the person who sold, the partner, or its team by shares."),
        may(
            "once",
            Kind::Word(&ONCE),
            "What pays once: each line of a sale (default), or each serial number; then every unit must have one.",
        ),
        may(
            "public_sector",
            Kind::Word(&PUBLIC_SECTOR),
            "Whether sales to the public sector count. Default no (`excluded`), nor do those to customers whose sector is unknown.",
        ),
        may(
            "consent",
            Kind::YesNo,
            "Whether the partner must have consented that its people are paid. Default yes, where they are.",
        ),
        may("cap", Kind::Block(&CAP), "Upper limits, over the window."),
        may("rounding", Kind::Block(&ROUNDING), "How what is earned is rounded, if not as the program."),
    ],
};

static CAP: Block = Block {
    name: "the cap of a SPIFF",
    about: "Upper limits, over the window. Sales that come first use them up.",
    keys: &[
        may("per_person", NUMBER, "The most that one person earns by it."),
        may("per_partner", NUMBER, "The most that one partner and its people earn by it together."),
    ],
};

static PAYS: Block = Block {
    name: "the pay of a SPIFF",
    about: "Exactly one of these.",
    keys: &[
        may(
            "each",
            Kind::Either(&NUMBER, &Kind::Block(&FROM_TABLE)),
            "Money for each unit or sale; or the table that holds the amount of each product, found by SKU.",
        ),
        may("rate", RATE, "A share of what was sold for."),
        may("schedule", SCHEDULE, "Bands of what was counted."),
        may("quota", Kind::Block(&QUOTA), "Target pay, by how much of a quota was sold."),
    ],
};

static QUOTA: Block = Block {
    name: "`quota`",
    about: "Target pay, with accelerators above the quota and decelerators below.",
    keys: &[
        must(
            "target",
            Kind::Either(&NUMBER, &Kind::Block(&FROM_TABLE)),
            "What is to be sold by each payee: a number, or the table that holds each partner's; a table with periods names the window, \
             `2025-06-02..2025-07-14`.",
        ),
        must("pays", NUMBER, "What is paid for all of it."),
        may(
            "below",
            Kind::List(&Kind::Block(&FACTOR)),
            "Below the quota: from which share on which factor is for everything. Default: factor 1.",
        ),
        may(
            "above",
            Kind::List(&Kind::Block(&FACTOR)),
            "Above it: from which share on which factor is for what lies above. Default: nothing more is paid.",
        ),
    ],
};

static FACTOR: Block = Block {
    name: "a factor",
    about: "A share of the quota and the factor from there on.",
    keys: &[must("from", RATE, "The share of the quota."), must("factor", NUMBER, "The factor.")],
};
