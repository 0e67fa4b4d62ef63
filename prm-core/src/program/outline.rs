//! The outline of the program document: every block and key that exists, with its meaning.

use super::grammar::{Block, Entry, Kind, may, must};
use crate::fx::RateKind;
use crate::incentive::line::{CHANNEL_STEPS, COUNTING_DATES, CREDITS};
use crate::rounding::{Place, RoundingMode};

const fn words<T: Copy, const N: usize>(table: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut out = [""; N];
    let mut at = 0;
    while at < N {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler; an index out of range would not build")]
        {
            out[at] = table[at].0;
        }
        at += 1;
    }
    out
}

static MODES: [&str; 7] = words(&RoundingMode::WORDS);
static PLACES: [&str; 3] = words(&Place::WORDS);
static RATE_KINDS: [&str; 3] = words(&RateKind::WORDS);
static DATES: [&str; 5] = words(&COUNTING_DATES);
static STEPS: [&str; 3] = words(&CHANNEL_STEPS);
static CREDITED: [&str; 3] = words(&CREDITS);
static AMOUNTS: [&str; 2] = ["net", "gross"];
static RETURNS: [&str; 2] = ["original_period", "current_period"];
static UNMATCHED: [&str; 2] = ["current_period", "reject"];
static EFFECTS: [&str; 3] = ["counts", "amount_only", "ignored"];
static MEASURES: [&str; 5] = ["revenue", "net_revenue", "gross_revenue", "purchase_value", "units"];
static CADENCES: [&str; 4] = ["month", "quarter", "half_year", "year"];
static OWNERS: [&str; 2] = ["above", "below"];
static MONTHS: [&str; 12] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
];

/// The number of a month's word, 1 to 12.
pub(crate) fn month_number(word: &str) -> Option<u32> {
    MONTHS.iter().position(|month| *month == word).and_then(|at| u32::try_from(at + 1).ok())
}

const NAMES: Kind = Kind::List(&Kind::Name);
const TEXTS: Kind = Kind::List(&Kind::Text);
const RATE: Kind = Kind::Rate;
const NUMBER: Kind = Kind::Number;

pub(crate) static DOCUMENT: Block = Block {
    name: "the program",
    about: "A partner program: who earns what for which sales, in one versioned document.",
    keys: &[
        must("format", Kind::Whole(1, 1), "The format of the document: 1."),
        must("program", Kind::Text, "The program's name, for people."),
        must("version", Kind::Text, "The version of the program, for people. Two versions differ in their digest."),
        must("effective", Kind::Block(&EFFECTIVE), "The sales that this version governs, by counting date."),
        must("currency", Kind::Currency, "The currency in which amounts are measured and, without more, paid."),
        may("time_zone", Kind::Zone, "Where days begin. Default UTC."),
        may("fiscal_year", Kind::Block(&FISCAL_YEAR), "The calendar of months, quarters and years. Default: from January."),
        may("rounding", Kind::Block(&ROUNDING), "How payouts are rounded. Default: half to even, on the total."),
        may("exchange", Kind::Block(&EXCHANGE), "How sales in other currencies are converted."),
        may("sales", Kind::Block(&SALES), "Which date, amount and channel step of a sale line count."),
        may("tables", Kind::Named(&Kind::Block(&TABLE)), "Tables that are given at run time, by name."),
        may("partner_types", NAMES, "The types of partner that this program knows."),
        may("territories", Kind::Named(&Kind::Block(&TERRITORY)), "Named territories."),
        may("products", Kind::Named(&Kind::Block(&PRODUCTS)), "Named sets of products."),
        may("incentives", Kind::Named(&INCENTIVE), "What partners can earn, by name."),
    ],
};

static EFFECTIVE: Block = Block {
    name: "`effective`",
    about: "A half-open range of dates.",
    keys: &[
        must("from", Kind::Date, "The first day."),
        may("until", Kind::Date, "The day after the last. Without it the version stands until another replaces it."),
    ],
};

static FISCAL_YEAR: Block = Block {
    name: "`fiscal_year`",
    about: "A year of months from any month; of weeks; or counted from an agreement's date.",
    keys: &[
        may("starts", Kind::Either(&Kind::Text, &Kind::Text), "A month's name, or with `weeks` the first day of any fiscal year."),
        may("weeks", Kind::Word(&["4-4-5", "4-5-4", "5-4-4"]), "How many weeks the months of a quarter have."),
        may("long_years", Kind::List(&Kind::Whole(1900, 2999)), "Fiscal years with a 53rd week, in their last month."),
        may("anchored_on", Kind::Date, "The agreement's date, from which months, quarters and years are counted."),
        may("month_ends", Kind::Word(&["stick", "keep"]), "Whether an anchor on a month's last day stays on last days."),
    ],
};

pub(crate) static ROUNDING: Block = Block {
    name: "`rounding`",
    about: "How payouts are rounded.",
    keys: &[
        may("mode", Kind::Word(&MODES), "Which neighbour is taken. Default half_even."),
        may("place", Kind::Word(&PLACES), "Where: each line, each band, or only the total. Default total."),
        may("digits", Kind::Whole(0, 9), "Digits that a payout keeps. Default and maximum: those of the currency."),
    ],
};

static EXCHANGE: Block = Block {
    name: "`exchange`",
    about: "Conversions between currencies.",
    keys: &[may("sales", Kind::Block(&SALES_EXCHANGE), "From the sale's currency to the program's.")],
};

static SALES_EXCHANGE: Block = Block {
    name: "`exchange.sales`",
    about: "How a sale line's amount becomes an amount in the program's currency.",
    keys: &[
        must("table", Kind::Name, "The name of the exchange-rate table, given at run time."),
        must("rate", Kind::Word(&RATE_KINDS), "The kind of rate."),
        may("on", Kind::Word(&["counting_date"]), "The date of the rate. Default counting_date."),
        may("at_most", Kind::Length(&["days"]), "How far back a rate may come from. Default 7 days back."),
        may("round", Kind::Block(&CONVERSION_ROUNDING), "How a converted line is rounded. Default: to the measure's digits, half even."),
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

static SALES: Block = Block {
    name: "`sales`",
    about: "What counts of a sale line, unless a measure says otherwise.",
    keys: &[
        may("counting_date", Kind::Word(&DATES), "The date that decides the period. Default: invoice, else order."),
        may("amount", Kind::Word(&AMOUNTS), "What `revenue` means. Default net: after discount, without tax and freight."),
        STEP,
        CREDITED_PARTY,
        RETURN_PERIOD,
        may("unmatched_returns", Kind::Word(&UNMATCHED), "A return whose sale is unknown. Default current_period."),
        may("reopen_until", Kind::Length(&["months", "days"]), "How long after a period's end its returns reopen it; later they count now. Default 12 months."),
        may("digits", Kind::Whole(0, 9), "Digits after the point that amounts keep. Default 6; more are rounded once on entry."),
        may("kinds", Kind::Block(&LINE_EFFECTS), "What each kind of line does to a measure."),
    ],
};

const STEP: Entry = may("step", Kind::Word(&STEPS), "The channel step that counts. Default sell_in.");
const CREDITED_PARTY: Entry = may("credits", Kind::Word(&CREDITED), "The party of the line that is credited. Default buyer.");
const RETURN_PERIOD: Entry =
    may("returns", Kind::Word(&RETURNS), "Whether a return counts in its sale's period or its own. Default original_period.");

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

static TABLE: Block = Block {
    name: "a table",
    about: "A table that is given at run time and fingerprinted in every explanation that used it.",
    keys: &[
        must("key", Kind::List(&Kind::Word(&["partner", "sku", "period"])), "What a row is found by."),
        must("columns", Kind::Named(&Kind::Word(&["money", "number", "rate"])), "The further columns and what they hold."),
    ],
};

static TERRITORY: Block = Block {
    name: "a territory",
    about: "A territory: partners in these countries and, if given, regions.",
    keys: &[
        must("countries", TEXTS, "Country codes, as in the partners' records."),
        may("regions", TEXTS, "Region or state codes, as in the partners' records."),
    ],
};

static PRODUCTS: Block = Block {
    name: "a product set",
    about: "The products for which every key given here holds.",
    keys: &[
        may("sku", TEXTS, "One of these stock keeping units."),
        may("category", TEXTS, "In one of these categories."),
        may("subcategory", TEXTS, "In one of these subcategories."),
        may("line", TEXTS, "Of one of these product lines."),
        may("except", Kind::Block(&PRODUCTS_EXCEPT), "But not these."),
    ],
};

static PRODUCTS_EXCEPT: Block = Block {
    name: "`except`",
    about: "The products for which any key given here holds are left out.",
    keys: &[
        may("sku", TEXTS, "One of these stock keeping units."),
        may("category", TEXTS, "In one of these categories."),
        may("subcategory", TEXTS, "In one of these subcategories."),
        may("line", TEXTS, "Of one of these product lines."),
    ],
};

static INCENTIVE: Kind = Kind::Variant {
    tag: "kind",
    about: "What partners can earn. `kind` says which sort of incentive it is.",
    of: &[("rebate", &REBATE)],
};

static REBATE: Block = Block {
    name: "a rebate",
    about: "A payment for the volume of a period.",
    keys: &[
        may("title", Kind::Text, "The title on statements. Default: the name."),
        may("for", Kind::Block(&ELIGIBLE), "Who can earn it. Default: every partner."),
        must("measure", Kind::Block(&MEASURE), "What is counted to find the band."),
        may("pays_on", Kind::Block(&MEASURE), "What the rate is applied to, if not the measure itself."),
        must("every", Kind::Word(&CADENCES), "The length of its periods."),
        must("schedule", SCHEDULE, "How the measure becomes a payout."),
        may("cap", Kind::Block(&CAP), "Upper limits, per partner and period."),
        may("floor", Kind::Block(&FLOOR), "Lower limits, per partner and period."),
        may("rounding", Kind::Block(&ROUNDING), "How this rebate is rounded, if not as the program."),
    ],
};

static ELIGIBLE: Block = Block {
    name: "`for`",
    about: "The partners for which every key given here holds.",
    keys: &[
        may("partner_type", NAMES, "Of one of these types."),
        may("territory", NAMES, "In one of these territories."),
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

const SCHEDULE: Kind = Kind::Variant {
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

const BOUNDARY: Entry = may("boundary", Kind::Word(&OWNERS), "Which band owns a value exactly on a bound: the one above it (default) or below.");
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
        must("from", NUMBER, "Where the band begins."),
        may("until", NUMBER, "Where it ends. Default: where the next begins; the last has no end."),
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
    keys: &[must("at", NUMBER, "The value of the measure."), must("rate", RATE, "The share of the base paid there.")],
};

static PER_STEP: Block = Block {
    name: "a per-step schedule",
    about: "Every full step of the measure pays the same; a part of a step pays nothing.",
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
        must("target", Kind::Either(&NUMBER, &Kind::Block(&FROM_TABLE)), "The target, or the table that holds each partner's."),
        may("rate", RATE, "A share of the base."),
        may("per_unit", NUMBER, "Money for each unit of the base."),
        may("amount", NUMBER, "Fixed money."),
    ],
};
static FROM_TABLE: Block = Block {
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
        must("columns_by", Kind::Block(&MEASURE), "The second measure."),
        must("rates", Kind::Rows(&RATE), "A row of rates for each row, a rate for each column."),
    ],
};
