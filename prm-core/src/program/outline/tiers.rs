//! The blocks of tiers and of the metrics that the host tells.

use super::NAMES;
use super::incentives::{DURING, MEASURES, MOTION_WORDS, SOLD_TO};
use super::sales::{CREDITED_PARTY, DATES, RETURN_PERIOD, STEP};
use crate::program::grammar::{Block, Entry, Kind, may, must};

static MOTIONS: Kind = Kind::Word(&MOTION_WORDS);
static COUNTS_FOR: [&str; 2] = ["partner", "family"];
static EVERY: [&str; 4] = ["month", "quarter", "half_year", "year"];

pub(super) static METRIC: Block = Block {
    name: "a metric",
    about: "What the host tells of partners beside sales.",
    keys: &[must(
        "is",
        Kind::Word(&["state", "sum"]),
        "`state`: a value is in force from its day on, until another comes. `sum`: amounts on days add up.",
    )],
};

pub(super) static TIERS: Block = Block {
    name: "`tiers`",
    about: "The tiers that partners stand in, what they require and what they give.",
    keys: &[
        may("counts_for", Kind::Word(&COUNTS_FOR), "Whose values requirements read. Default partner."),
        may(
            "sales_count",
            Kind::Word(&["next_day", "same_day"]),
            "From which day on what a day brings changes the tier. Default next_day.",
        ),
        may(
            "late_lines",
            Kind::Word(&["keep", "recompute"]),
            "Whether a recorded tier stays when sales or returns come late. Default keep.",
        ),
        may("review", Kind::Block(&REVIEW), "When partners rise and fall. Default: at once, and after each quarter."),
        must("levels", Kind::List(&Kind::Block(&LEVEL)), "The tiers, lowest first."),
    ],
};

static REVIEW: Block = Block {
    name: "`review`",
    about: "When partners rise and fall.",
    keys: &[
        may("every", Kind::Word(&EVERY), "The fiscal periods after which standing is reviewed. Default quarter."),
        may(
            "promote",
            Kind::Word(&["at_once", "at_review", "at_anniversary", "after_approval"]),
            "When a partner whose values suffice rises. Default at_once.",
        ),
        may("demote", Kind::Block(&DEMOTE), "When a partner whose values no longer suffice falls. Default: at review."),
    ],
};

static DEMOTE: Block = Block {
    name: "`demote`",
    about: "When a partner falls.",
    keys: &[
        may("at", Kind::Word(&["review", "anniversary", "never"]), "Default review."),
        may(
            "grace",
            Kind::Length(&["quarters", "months", "days"]),
            "How long after first falling short it stays. Default: it falls at once.",
        ),
    ],
};

static LEVEL: Block = Block {
    name: "a tier",
    about: "A tier.",
    keys: &[
        must("name", Kind::Name, "Its name."),
        may("requires", REQUIREMENT, "What it takes; the lowest takes nothing."),
        may(
            "benefits",
            Kind::Named(&Kind::Either(&Kind::Benefit, &Kind::Block(&ALLOWANCE))),
            "What it gives, by name: a rate, a length of time, yes or no, a number, or a counted allowance.",
        ),
    ],
};

static ALLOWANCE: Block = Block {
    name: "an allowance",
    about: "So many in each period.",
    keys: &[
        must("allowance", Kind::Whole(0, 1_000_000_000), "How many."),
        must("every", Kind::Word(&EVERY), "In each fiscal period of this length."),
    ],
};

const REQUIREMENT: Kind = Kind::Block(&REQUIRES);
static REQUIREMENT_BLOCK: Kind = Kind::Block(&REQUIRES);
const METRIC_NAME: Entry = may("metric", Kind::Name, "What is read: a word of measures, or a name of `metrics`.");
const CERTIFICATION: Entry = may("certification", Kind::Text, "Of a told metric: the certification that is meant.");
const OVER: Entry = may("over", Kind::Window, "The days over which it is read. Default for states: the day itself.");
const COUNTED: Entry = may("counts_for", Kind::Word(&COUNTS_FOR), "Whose values are read, if not as in `tiers`.");
const PRODUCTS: Entry = may("products", NAMES, "Of sales: only products in one of these sets.");
const DATE: Entry = may("counting_date", Kind::Word(&DATES), "Of sales: the date that counts, if not as in `sales`.");
const WITHIN: Entry = may("during", Kind::Block(&DURING), "Of sales: only those whose counting date lies here.");
const MOTION: Entry = may("motion", Kind::List(&MOTIONS), "Of sales: only these motions.");
const REGISTERED: Entry = may("registered", Kind::YesNo, "Of sales: only with a deal registration, or only without.");

static REQUIRES: Block = Block {
    name: "a requirement",
    about: "Exactly one of `all`, `any`, `points` and `metric`; a metric says what it must reach.",
    keys: &[
        may("all", Kind::List(&REQUIREMENT_BLOCK), "All of these requirements."),
        may("any", Kind::List(&REQUIREMENT_BLOCK), "One of these requirements."),
        may("points", Kind::Block(&POINTS), "A score of points."),
        METRIC_NAME,
        CERTIFICATION,
        OVER,
        may("at_least", Kind::Number, "It must be this or more."),
        may("more_than", Kind::Number, "It must be more than this."),
        COUNTED,
        PRODUCTS,
        DATE,
        STEP,
        CREDITED_PARTY,
        RETURN_PERIOD,
        WITHIN,
        MOTION,
        REGISTERED,
        SOLD_TO,
    ],
};

static POINTS: Block = Block {
    name: "`points`",
    about: "A score: the points of each item, added up.",
    keys: &[
        must("at_least", Kind::Number, "The points that are needed in all."),
        must("of", Kind::List(&Kind::Block(&ITEM)), "What gives points."),
    ],
};

static ITEM: Block = Block {
    name: "an item of points",
    about: "A metric that gives points.",
    keys: &[
        must("metric", Kind::Name, "What is read: a word of measures, or a name of `metrics`."),
        must("points", Kind::Number, "Points for each unit, or for each full `each`."),
        may("each", Kind::Number, "The size of a step; a part of a step gives nothing."),
        may("at_most", Kind::Number, "No more points than this."),
        may("floor", Kind::Number, "At least so many points are needed here, whatever the others give."),
        may("more_than", Kind::Number, "More points than this are needed here, whatever the others give."),
        CERTIFICATION,
        OVER,
        COUNTED,
        PRODUCTS,
        DATE,
        STEP,
        CREDITED_PARTY,
        RETURN_PERIOD,
        WITHIN,
        MOTION,
        REGISTERED,
        SOLD_TO,
    ],
};

/// The words of measures, which no told metric can bear.
pub(crate) fn measure_words() -> &'static [&'static str] {
    &MEASURES
}
