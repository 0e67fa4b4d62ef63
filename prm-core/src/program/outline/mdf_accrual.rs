//! The block of an incentive that fills a marketing fund.

use super::incentives::{DURING, ELIGIBLE, MEASURES, MOTION_WORDS, NUMBER, RATE, SCHEDULE, SOLD_TO};
use super::mdf::LASTS;
use super::sales::{CREDITED_PARTY, DATES, RETURN_PERIOD, STEP};
use super::{NAMES, words};
use crate::incentive::mdf::ACCRUAL_YEARS;
use crate::program::grammar::{Block, Kind, may, must};

static YEAR_WORDS: [&str; 2] = words(&ACCRUAL_YEARS);
static EVERY: [&str; 4] = ["month", "quarter", "half_year", "year"];
static RATE_KIND: Kind = RATE;

pub(super) static MDF: Block = Block {
    name: "an accrual",
    about: "A share of what is bought or sold that goes into a marketing fund.",
    keys: &[
        may("title", Kind::Text, "The title for people. Default: the name."),
        must("fund", Kind::Name, "The fund that it fills, one of `mdf`."),
        may("class", Kind::Name, "The class of goods that it is for, where the fund has classes."),
        may("for", Kind::Block(&ELIGIBLE), "Who accrues it. Default: every partner."),
        must("accrues", Kind::Block(&ACCRUES), "What accrues."),
    ],
};

static ACCRUES: Block = Block {
    name: "`accrues`",
    about: "What accrues of what: exactly one of rate and schedule.",
    keys: &[
        must("of", Kind::Word(&MEASURES), "The quantity that is added up."),
        may("rate", RATE, "A share of it."),
        may("by_tier", Kind::Named(&RATE_KIND), "Another share for partners in a tier, by its name."),
        may("schedule", SCHEDULE, "Bands, points or steps of it."),
        must("every", Kind::Word(&EVERY), "The length of its periods; none is longer than the fund's."),
        may(
            "counts",
            Kind::Word(&YEAR_WORDS),
            "Whether the sales of its own period count (`running`, default) or those of the period before (`previous`).",
        ),
        may("cut", LASTS, "How long before their end counting stops. Default: at their end."),
        may("at_least", NUMBER, "The least that must be counted for anything to accrue."),
        may("cap", NUMBER, "The most that a partner accrues in a period."),
        may("products", NAMES, "Only products in one of these sets."),
        may("counting_date", Kind::Word(&DATES), "The date that decides the period, if not as in `sales`."),
        STEP,
        CREDITED_PARTY,
        RETURN_PERIOD,
        may("during", Kind::Block(&DURING), "Only sales whose counting date lies here."),
        may("motion", Kind::List(&Kind::Word(&MOTION_WORDS)), "Only sales of one of these motions."),
        may("registered", Kind::YesNo, "Only sales that belong to a deal registration (`yes`), or do not (`no`)."),
        SOLD_TO,
    ],
};
