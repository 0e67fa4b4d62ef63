//! The blocks of incentives.

use super::sales::{CREDITED_PARTY, DATES, RETURN_PERIOD, STEP};
use super::{NAMES, ROUNDING, TEXTS};
use crate::program::grammar::{Block, Entry, Kind, may, must};

pub(super) static MEASURES: [&str; 5] = ["revenue", "net_revenue", "gross_revenue", "purchase_value", "units"];
static CADENCES: [&str; 4] = ["month", "quarter", "half_year", "year"];
static BASELINE_WORDS: [&str; 2] = super::words(&crate::incentive::reference::BASELINE_PERIODS);
static NEWCOMER_WORDS: [&str; 2] = super::words(&crate::incentive::reference::NEWCOMERS);
static GROWTH_BASE_WORDS: [&str; 2] = super::words(&crate::incentive::reference::GROWTH_BASES);
static HOW_WORDS: [&str; 4] = super::words(&crate::incentive::stacking::HOWS);
pub(super) static MOTION_WORDS: [&str; 5] = super::words(&crate::incentive::line::MOTIONS);
static TIER_AT_WORDS: [&str; 2] = super::words(&crate::incentive::rebate::TIER_AT);
static OWNERS: [&str; 2] = ["above", "below"];

pub(super) const RATE: Kind = Kind::Rate;
pub(super) const NUMBER: Kind = Kind::Number;
/// A number, or a rate where bounds are shares.
const BOUND: Kind = Kind::NumberOrRate;

pub(super) static INCENTIVE: Kind = Kind::Variant {
    tag: "kind",
    about: "What partners can earn. `kind` says which sort of incentive it is.",
    of: &[
        ("rebate", &REBATE),
        ("spiff", &super::spiff::SPIFF),
        ("commission", &super::commission::COMMISSION),
        ("mdf", &super::mdf_accrual::MDF),
    ],
};

static REBATE: Block = Block {
    name: "a rebate",
    about: "A payment for the volume of a period.",
    keys: &[
        may("title", Kind::Text, "The title on statements. Default: the name."),
        may("for", Kind::Block(&ELIGIBLE), "Who can earn it. Default: every partner."),
        must("measure", Kind::Block(&COUNTED), "What is counted to find the band."),
        may("during", Kind::Block(&DURING), "Only sales whose counting date lies here, in every measure of it."),
        may(
            "pays_on",
            Kind::Either(&Kind::Word(&GROWTH_BASE_WORDS), &Kind::Block(&MEASURE)),
            "What the rate is applied to, if not the measure itself; for growth `increment` (default) or `whole`.",
        ),
        must("every", Kind::Word(&CADENCES), "The length of its periods."),
        must("schedule", SCHEDULE, "How the measure becomes a payout."),
        may("cap", Kind::Block(&CAP), "Upper limits, per partner and period."),
        may("floor", Kind::Block(&FLOOR), "Lower limits, per partner and period."),
        may("guarantee", Kind::Block(&GUARANTEE), "What is paid at least."),
        may("budget", Kind::Block(&BUDGET), "What is paid to all partners together, for each period, at most."),
        may(
            "basket",
            Kind::List(&Kind::Block(&BASKET)),
            "What else must be sold in the period, for anything to be earned.",
        ),
        may("rounding", Kind::Block(&ROUNDING), "How this rebate is rounded, if not as the program."),
    ],
};

static BUDGET: Block = Block {
    name: "`budget`",
    about: "If all earn more, each gets its share in proportion, cut to whole minor units.",
    keys: &[must("payout", NUMBER, "For each period.")],
};

static BASKET: Block = Block {
    name: "an item of the basket",
    about: "A quantity of which there must be enough.",
    keys: &[
        must("of", Kind::Word(&MEASURES), "The quantity that is added up."),
        must("at_least", NUMBER, "How much there must be; with `distinct` how many sets."),
        DISTINCT,
        EACH_AT_LEAST,
        may("products", NAMES, "Only products in one of these sets."),
        may("counting_date", Kind::Word(&DATES), "The date that decides the period, if not as in `sales`."),
        STEP,
        CREDITED_PARTY,
        RETURN_PERIOD,
        may("motion", Kind::List(&Kind::Word(&MOTION_WORDS)), "Only sales of one of these motions."),
        may("registered", Kind::YesNo, "Only sales that belong to a deal registration (`yes`), or do not (`no`)."),
        SOLD_TO,
    ],
};

static GUARANTEE: Block = Block {
    name: "`guarantee`",
    about: "What is paid at least, per partner and period of its membership, whatever was sold.",
    keys: &[
        must("payout", NUMBER, "For each period."),
        may(
            "cumulative",
            Kind::YesNo,
            "Whether what earlier periods of the fiscal year earned beyond it counts towards it. Default no.",
        ),
    ],
};

pub(super) static ELIGIBLE: Block = Block {
    name: "`for`",
    about: "The partners for which every key given here holds.",
    keys: &[
        may("partner_type", NAMES, "Of one of these types."),
        may("territory", NAMES, "In one of these territories."),
        may(
            "tier",
            Kind::Either(&NAMES_KIND, &Kind::Block(&TIER_FILTER)),
            "In one of these tiers: a list, or a list with the day that decides.",
        ),
        may("partner", TEXTS, "One of these partners."),
        may("except", TEXTS, "But not these partners."),
    ],
};

static MEASURE: Block = Block {
    name: "a measure",
    about: "What is counted.",
    keys: &[
        must("of", Kind::Word(&MEASURES), "The quantity that is added up."),
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

/// Whose sales and where to.
pub(super) const SOLD_TO: Entry = may("sold_to", Kind::Block(&SOLD_TO_BLOCK), "Only sales to these end customers.");

static SOLD_TO_BLOCK: Block = Block {
    name: "`sold_to`",
    about: "The end customers for which every key given here holds.",
    keys: &[
        may("account", TEXTS, "One of these accounts, as the sale lines name them."),
        may("except", TEXTS, "But not these accounts."),
        may("territory", NAMES, "Where it was shipped to lies in one of these territories."),
    ],
};

const DISTINCT: Entry =
    may("distinct", NAMES, "Not how much, but of how many of these product sets something was sold in the period.");
const EACH_AT_LEAST: Entry =
    may("each_at_least", NUMBER, "How much must be sold of a set for it to count. Default: more than nothing.");

static COLUMNS_BY: Block = Block {
    name: "the second measure of a matrix",
    about: "What is counted, or of how many product sets it is counted.",
    keys: &[
        must("of", Kind::Word(&MEASURES), "The quantity that is added up."),
        DISTINCT,
        EACH_AT_LEAST,
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

pub(super) static DURING: Block = Block {
    name: "`during`",
    about: "A half-open range of dates.",
    keys: &[must("from", Kind::Date, "The first day."), must("until", Kind::Date, "The day after the last.")],
};

static COUNTED: Block = Block {
    name: "the measure of a rebate",
    about: "What is counted, and what it is held against: then bands begin at shares of that, such as `20 %`.",
    keys: &[
        may("of", Kind::Word(&MEASURES), "The quantity that is added up."),
        may("growth_of", Kind::Word(&MEASURES), "The quantity whose growth is measured."),
        may(
            "against",
            Kind::Either(&Kind::NumberOrWord(&BASELINE_WORDS), &Kind::Block(&FROM_TABLE)),
            "A target (a number, or the table that holds each partner's); for growth the period of the baseline.",
        ),
        may(
            "newcomer",
            Kind::Word(&NEWCOMER_WORDS),
            "What they earn for growth who sold nothing before. Default skip.",
        ),
        may(
            "freeze",
            Kind::Length(&["days", "months"]),
            "How long after its period's end late sales still change the baseline. Default: for ever.",
        ),
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

static CAP: Block = Block {
    name: "`cap`",
    about: "Upper limits.",
    keys: &[
        may("base", NUMBER, "No more than this is paid on. (The band is still found by the whole measure.)"),
        may("payout", NUMBER, "No more than this is paid."),
    ],
};

static FLOOR: Block = Block {
    name: "`floor`",
    about: "Lower limits.",
    keys: &[must("payout", NUMBER, "A payout above zero is raised to this.")],
};

static NAMES_KIND: Kind = NAMES;
static TIER_FILTER: Block = Block {
    name: "`tier`",
    about: "Tiers, and the day on which they are looked at.",
    keys: &[
        must("in", NAMES, "The tiers."),
        may(
            "at",
            Kind::Word(&TIER_AT_WORDS),
            "On the last day of the period, for all of it (`period_end`, default); or on the day of each sale (`sale_date`).",
        ),
    ],
};

pub(super) static STACK: Kind = Kind::Either(&Kind::List(&Kind::Name), &Kind::Block(&STACK_BLOCK));

static STACK_BLOCK: Block = Block {
    name: "a stack",
    about: "Incentives for the same sales, in the order in which they are looked at, and what they do to one another.",
    keys: &[
        must("order", NAMES, "The incentives."),
        may(
            "how",
            Kind::Word(&HOW_WORDS),
            "Nothing (`side_by_side`, default); each pays on what earlier ones left (`reducing`); only the first that pays \
             (`exclusive`); only the one that pays most (`best_of`).",
        ),
        may("never_deducted", NAMES, "In a reducing stack: those whose payment reduces nothing."),
        may("not_reduced", NAMES, "In a reducing stack: those whose base nothing reduces."),
    ],
};

pub(super) const SCHEDULE: Kind = Kind::Variant {
    tag: "shape",
    about: "How the measure becomes a payout. `shape` says in which way.",
    of: &[
        ("marginal", &MARGINAL),
        ("whole_volume", &WHOLE_VOLUME),
        ("sum_capped", &SUM_CAPPED),
        ("sum_whole", &SUM_WHOLE),
        ("interpolated", &INTERPOLATED),
        ("per_step", &PER_STEP),
        ("target", &TARGET),
        ("matrix", &MATRIX),
    ],
};

const BOUNDARY: Entry = may(
    "boundary",
    Kind::Word(&OWNERS),
    "Which band owns a value exactly on a bound: the one above it (default) or below.",
);
static BAND_BLOCK: Kind = Kind::Block(&BAND);
const BANDS: Entry = must("bands", Kind::List(&BAND_BLOCK), "The bands, lowest first.");

static MARGINAL: Block = Block {
    name: "a marginal schedule",
    about: "Each band pays on the part of the measure inside it.",
    keys: &[BOUNDARY, BANDS],
};
static WHOLE_VOLUME: Block = Block {
    name: "a whole-volume schedule",
    about: "The band that the measure reaches pays on the whole base, back to the first unit.",
    keys: &[BOUNDARY, BANDS],
};
static SUM_CAPPED: Block = Block {
    name: "a sum-capped schedule",
    about: "Every band reached pays on the base up to the band's own end, and the payments add up.",
    keys: &[BOUNDARY, BANDS],
};
static SUM_WHOLE: Block = Block {
    name: "a sum-whole schedule",
    about: "Every band reached pays on the whole base, and the payments add up.",
    keys: &[BOUNDARY, BANDS],
};

static BAND: Block = Block {
    name: "a band",
    about: "A range of the measure and what it pays: exactly one of rate, per_unit and amount.",
    keys: &[
        must("from", BOUND, "Where the band begins: a value of the measure, or a share of what it is held against."),
        may("until", BOUND, "Where it ends. Default: where the next begins; the last has no end."),
        may("rate", RATE, "A share of the base."),
        may("per_unit", NUMBER, "Money for each unit of the base."),
        may("amount", NUMBER, "Fixed money."),
        may("back_to_first", Kind::YesNo, "In a marginal schedule: once reached, this band pays from the first unit."),
    ],
};

static INTERPOLATED: Block = Block {
    name: "an interpolated schedule",
    about: "The rate rises in a straight line from point to point; nothing below the first, the last rate beyond the last.",
    keys: &[must("points", Kind::List(&Kind::Block(&POINT)), "The points, lowest first; at least two.")],
};
static POINT: Block = Block {
    name: "a point",
    about: "A value of the measure and the rate paid there.",
    keys: &[
        must("at", BOUND, "The value of the measure, or a share of what it is held against."),
        must("rate", RATE, "The share of the base paid there."),
    ],
};

static PER_STEP: Block = Block {
    name: "a per-step schedule",
    about: "Every full step of the base pays the same; a part of a step pays nothing.",
    keys: &[
        must("step", NUMBER, "The size of a step."),
        may("amount", NUMBER, "Money for each full step."),
        may("free_units", Kind::Whole(1, 1_000_000_000), "Free goods for each full step, instead of money."),
    ],
};

static TARGET: Block = Block {
    name: "a target schedule",
    about: "Nothing below the target; at the target and above it, one payment on the whole base.",
    keys: &[
        must(
            "target",
            Kind::Either(&NUMBER, &Kind::Block(&FROM_TABLE)),
            "The target, or the table that holds each partner's.",
        ),
        may("rate", RATE, "A share of the base."),
        may("per_unit", NUMBER, "Money for each unit of the base."),
        may("amount", NUMBER, "Fixed money."),
    ],
};
pub(super) static FROM_TABLE: Block = Block {
    name: "a look-up",
    about: "A value from a table. A partner without a row earns nothing, and the explanation says so.",
    keys: &[
        must("table", Kind::Name, "A table declared under `tables`, found by partner and, if it has that key, period."),
        must("column", Kind::Name, "The column that holds the value."),
    ],
};

static MATRIX: Block = Block {
    name: "a matrix schedule",
    about: "The measure chooses the row, a second measure the column, and their cell is the rate paid on the base.",
    keys: &[
        must("rows", Kind::List(&NUMBER), "Where each row begins, by the measure; lowest first."),
        must("columns", Kind::List(&NUMBER), "Where each column begins, by the second measure; lowest first."),
        must("columns_by", Kind::Block(&COLUMNS_BY), "The second measure."),
        must("rates", Kind::Rows(&RATE), "A row of rates for each row, a rate for each column."),
    ],
};
