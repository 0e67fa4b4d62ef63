//! The blocks of sales, and of conversions between currencies.

use super::{MODES, words};
use crate::fx::RateKind;
use crate::incentive::line::{CHANNEL_STEPS, COUNTING_DATES, CREDITS};
use crate::program::grammar::{Block, Entry, Kind, may, must};

pub(super) static RATE_KINDS: [&str; 3] = words(&RateKind::WORDS);
pub(super) static DATES: [&str; 5] = words(&COUNTING_DATES);
static STEPS: [&str; 3] = words(&CHANNEL_STEPS);
static AMOUNTS: [&str; 2] = ["net", "gross"];
static RETURNS: [&str; 2] = ["original_period", "current_period"];
static UNMATCHED: [&str; 2] = ["current_period", "reject"];
static EFFECTS: [&str; 3] = ["counts", "amount_only", "ignored"];
static PAYOUT_DATES: [&str; 2] = words(&crate::incentive::paying::PAYOUT_DATES);
static CHANGE_RATES: [&str; 2] = words(&crate::incentive::paying::CHANGE_RATES);
const CREDITED: Kind = Kind::Word(&CREDITS);

pub(super) static EXCHANGE: Block = Block {
    name: "`exchange`",
    about: "Conversions between currencies.",
    keys: &[
        may("sales", Kind::Block(&SALES_EXCHANGE), "From the sale's currency to the program's."),
        may("payout", Kind::Block(&PAYOUT_EXCHANGE), "From the program's currency to that in which a partner is paid."),
    ],
};

static PAYOUT_EXCHANGE: Block = Block {
    name: "`exchange.payout`",
    about: "How what is earned becomes owed in the currency in which a partner is paid: once, when it is first settled.",
    keys: &[
        must("table", Kind::Name, "The name of the exchange-rate table, given at run time."),
        must("rate", Kind::Word(&RATE_KINDS), "The kind of rate."),
        may(
            "on",
            Kind::Word(&PAYOUT_DATES),
            "The date of the rate: that of the settlement (`approval`, default), or `period_end`.",
        ),
        may("at_most", Kind::Length(&["days"]), "How far back a rate may come from. Default 7 days back."),
        may(
            "changes",
            Kind::Word(&CHANGE_RATES),
            "The rate at which later changes are converted: the `original` (default), or the one of their own day (`current`).",
        ),
        may("mode", Kind::Word(&MODES), "Which neighbour is taken. Default half_even."),
    ],
};

static SALES_EXCHANGE: Block = Block {
    name: "`exchange.sales`",
    about: "How a sale line's amount becomes an amount in the program's currency.",
    keys: &[
        must("table", Kind::Name, "The name of the exchange-rate table, given at run time."),
        must("rate", Kind::Word(&RATE_KINDS), "The kind of rate."),
        may("on", Kind::Word(&["counting_date"]), "The date of the rate. Default counting_date."),
        may("at_most", Kind::Length(&["days"]), "How far back a rate may come from. Default 7 days back."),
        may("round", Kind::Block(&CONVERSION_ROUNDING), "How a converted line is rounded. Default: as the measure is."),
    ],
};

static CONVERSION_ROUNDING: Block = Block {
    name: "`round`",
    about: "How a converted line is rounded.",
    keys: &[
        may("place", Kind::Word(&["line"]), "Where: each line."),
        may("digits", Kind::Whole(0, 9), "Digits that a converted line keeps. Default: those of the measure."),
        may("mode", Kind::Word(&MODES), "Which neighbour is taken. Default half_even."),
    ],
};

pub(super) static SALES: Block = Block {
    name: "`sales`",
    about: "What counts of a sale line, unless a measure says otherwise.",
    keys: &[
        may("counting_date", Kind::Word(&DATES), "The date that decides the period. Default: invoice, else order."),
        may(
            "amount",
            Kind::Word(&AMOUNTS),
            "What `revenue` means. Default net: after discount, without tax and freight.",
        ),
        STEP,
        CREDITED_PARTY,
        may(
            "roles",
            Kind::Named(&Kind::Rate),
            "The roles in which lines credit partners, each with its share where a line is divided (`split`) and says none. \
             Together they make 100 %.",
        ),
        RETURN_PERIOD,
        may("unmatched_returns", Kind::Word(&UNMATCHED), "A return whose sale is unknown. Default current_period."),
        may(
            "reopen_until",
            Kind::Length(&["months", "days"]),
            "How long after a period's end its returns reopen it; later they count now. Default 12 months.",
        ),
        may(
            "digits",
            Kind::Whole(0, 9),
            "Digits after the point that amounts keep. Default 6; more are rounded once on entry.",
        ),
        may("kinds", Kind::Block(&LINE_EFFECTS), "What each kind of line does to a measure."),
    ],
};

pub(super) const STEP: Entry = may("step", Kind::Word(&STEPS), "The channel step that counts. Default sell_in.");
pub(super) const CREDITED_PARTY: Entry = may(
    "credits",
    Kind::Either(&CREDITED, &IN_ROLE),
    "Who is credited: a party of the line (default buyer); everybody in its `credits`, by shares (`split`); or whoever \
     is there in one role, with all of it.",
);

const IN_ROLE: Kind = Kind::Block(&CREDITED_ROLE);

static CREDITED_ROLE: Block = Block {
    name: "a credited role",
    about: "Whoever is in the `credits` of a line in this role has all of it. Lines without the role do not count.",
    keys: &[must("role", Kind::Name, "A role of `sales.roles`.")],
};
pub(super) const RETURN_PERIOD: Entry = may(
    "returns",
    Kind::Word(&RETURNS),
    "Whether a return counts in its sale's period or its own. Default original_period.",
);

const EFFECT: Kind = Kind::Word(&EFFECTS);

static LINE_EFFECTS: Block = Block {
    name: "`kinds`",
    about: "Whether a kind of line counts in full, only with its amount, or not at all.",
    keys: &[
        may("sale", EFFECT, "Default counts."),
        may("return", EFFECT, "Default counts: it reduces amount and quantity."),
        may("price_correction", EFFECT, "Default amount_only."),
        may("rebill", EFFECT, "Default counts."),
        may("bad_debt", EFFECT, "Default amount_only."),
        may("free_goods", EFFECT, "Default ignored."),
    ],
};
