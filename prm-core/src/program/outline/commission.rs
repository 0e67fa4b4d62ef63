//! The blocks of a commission.

use super::incentives::{DURING, ELIGIBLE, MEASURES, MOTION_WORDS, NUMBER, RATE, SOLD_TO};
use super::sales::{DATES, STEP};
use super::{NAMES, ROUNDING};
use crate::program::grammar::{Block, Kind, may, must};

/// What is counted of a sale: quantities of lines, or what they mean for a subscription.
pub(crate) static COUNTED: [&str; 11] = [
    MEASURES[0],
    MEASURES[1],
    MEASURES[2],
    MEASURES[3],
    MEASURES[4],
    "bookings",
    "billings",
    "acv",
    "tcv",
    "mrr",
    "consumption",
];
static CREDITED: [&str; 5] = ["buyer", "seller", "reseller", "partner_of_record", "affiliate"];
static FEE: [&str; 2] = ["included", "deducted"];
static RECURS: [&str; 2] = ["first_sale", "always"];
static CLAWBACK: [&str; 1] = ["until_paid"];
static PER: [&str; 3] = super::words(&crate::incentive::commission::PERS);
static RELEASED: [&str; 2] = super::words(&crate::incentive::commission::RELEASED);
static COVERS: [&str; 2] = super::words(&crate::incentive::commission::COVERS);

pub(super) static COMMISSION: Block = Block {
    name: "a commission",
    about: "What single sales to a customer bring to the partner that brought it, has it, or sold.",
    keys: &[
        may("title", Kind::Text, "The title on statements. Default: the name."),
        may("for", Kind::Block(&ELIGIBLE), "The partners whose sales count. Default: every partner."),
        may("during", Kind::Block(&DURING), "The days on which a sale must lie. Default: all of this version."),
        must(
            "of",
            Kind::Word(&COUNTED),
            "What is counted of each sale: a quantity of the line; `bookings` (what was ordered, by its date), `billings` (what was \
             invoiced), `consumption` (what was used); `acv`, `tcv` or `mrr`: what it comes to in a year, in the contract's term, or in \
             a month.",
        ),
        may("products", NAMES, "Only products in one of these sets."),
        may("counting_date", Kind::Word(&DATES), "The date that decides, if not as in `sales`."),
        STEP,
        may(
            "credits",
            Kind::Word(&CREDITED),
            "Who is credited: a party of the line, the customer's partner of record on that day, or the affiliate whose link or code \
             came last. Default: as in `sales`.",
        ),
        may("motion", Kind::List(&Kind::Word(&MOTION_WORDS)), "Only sales of one of these motions."),
        may("registered", Kind::YesNo, "Only sales that belong to a deal registration (`yes`), or do not (`no`)."),
        SOLD_TO,
        may("attribution", Kind::Block(&ATTRIBUTION), "For affiliates: how long a link or code counts."),
        may(
            "marketplace_fee",
            Kind::Word(&FEE),
            "Whether what a marketplace kept counts too (`included`, default), or not (`deducted`).",
        ),
        must("rates", Kind::List(&Kind::Block(&RATES)), "The rates, in order: the first that fits a sale decides."),
        must(
            "recurs",
            Kind::LengthOrWord(&["months"], &RECURS),
            "Which of a customer's sales pay: its first with the partner, those within so many months of that, or all.",
        ),
        may(
            "released",
            Kind::Word(&RELEASED),
            "What releases it: the `invoice` (default), or each `payment` of the customer its part.",
        ),
        may("hold", Kind::Length(&["days"]), "How long after its release it cannot be paid yet. Default: not at all."),
        must("runs", Kind::Block(&RUNS), "When it is paid."),
        may(
            "clawback",
            Kind::LengthOrWord(&["days"], &CLAWBACK),
            "How long after the sale a return takes back what was released; `until_paid`: until a run has paid it. Default: for ever.",
        ),
        may("cap", Kind::Block(&CAP), "Upper limits."),
        may("rounding", Kind::Block(&ROUNDING), "How it is rounded, if not as the program."),
    ],
};

static ATTRIBUTION: Block = Block {
    name: "`attribution`",
    about: "By which link or code a sale is an affiliate's: the last one within the window.",
    keys: &[must("window", Kind::Length(&["days"]), "How long before the sale it may lie.")],
};

static RATES: Block = Block {
    name: "a rate of a commission",
    about: "What is paid for the sales for which every other key given here holds: `rate`, or `fixed` with `per`.",
    keys: &[
        may("products", NAMES, "Products in one of these sets."),
        may("motion", Kind::List(&Kind::Word(&MOTION_WORDS)), "Sales of one of these motions."),
        may("tier", NAMES, "Sales of days on which the partner was in one of these tiers."),
        may("rate", RATE, "A share of what is counted."),
        may("fixed", NUMBER, "An amount, whatever the revenue."),
        may("per", Kind::Word(&PER), "What the amount is paid for: each customer, once; each document; or each unit."),
    ],
};

static RUNS: Block = Block {
    name: "`runs`",
    about: "Payment runs, one in each month.",
    keys: &[
        must("day", Kind::Whole(1, 31), "The day of the month; the last one where a month is shorter."),
        may(
            "covers",
            Kind::Word(&COVERS),
            "What a run covers: what can be paid by its day (`run_day`, default), or by the end of the month before.",
        ),
        may("minimum", NUMBER, "Less than this is not paid but carried to the next run. Default: everything is paid."),
    ],
};

static CAP: Block = Block {
    name: "the cap of a commission",
    about: "Upper limits. Sales that come first use them up; what comes back does not free them again.",
    keys: &[may("per_customer", NUMBER, "The most that a partner earns by it for one customer.")],
};
