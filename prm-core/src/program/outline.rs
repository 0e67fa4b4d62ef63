//! The outline of the program document: every block and key that exists, with its meaning.

mod claims;
mod commission;
mod deals;
mod incentives;
mod mdf;
mod mdf_accrual;
mod sales;
mod settlement;
mod spiff;
mod tiers;

use super::grammar::{Block, Kind, may, must};
use crate::rounding::{Place, RoundingMode};
pub(crate) use commission::COUNTED as COUNTED_BY_COMMISSIONS;
pub(crate) use tiers::measure_words;

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
static RUNNING: [&str; 3] = words(&super::RUNNING_PERIODS);
static MEMBER_SALES: [&str; 2] = words(&crate::incentive::membership::MEMBER_SALES);
static LEAVING: [&str; 2] = words(&crate::incentive::membership::LEAVING);
static SUSPENDED: [&str; 2] = words(&crate::incentive::membership::SUSPENDED);
static ACCRUAL_METHODS: [&str; 2] = words(&crate::incentive::accrual::ACCRUAL_METHODS);
static AFTER_CLOSE: [&str; 3] = words(&crate::incentive::periods::AFTER_CLOSE);
static LOWERING: [&str; 2] = words(&crate::incentive::periods::LOWERING);
static MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The number of a month's word, 1 to 12.
pub(crate) fn month_number(word: &str) -> Option<u32> {
    MONTHS.iter().position(|month| *month == word).and_then(|at| u32::try_from(at + 1).ok())
}

const NAMES: Kind = Kind::List(&Kind::Name);
const TEXTS: Kind = Kind::List(&Kind::Text);

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
        may(
            "fiscal_year",
            Kind::Block(&FISCAL_YEAR),
            "The calendar of months, quarters and years. Default: from January.",
        ),
        may("rounding", Kind::Block(&ROUNDING), "How payouts are rounded. Default: half to even, on the total."),
        may("exchange", Kind::Block(&sales::EXCHANGE), "How sales in other currencies are converted."),
        may("sales", Kind::Block(&sales::SALES), "Which date, amount and channel step of a sale line count."),
        may("periods", Kind::Block(&PERIODS), "What becomes of periods."),
        may("membership", Kind::Block(&MEMBERSHIP), "What joining, leaving and being suspended within a period mean."),
        may("accruals", Kind::Block(&ACCRUALS), "How periods that are still running are estimated."),
        may("settlement", Kind::Block(&settlement::SETTLEMENT), "How what is settled becomes owed."),
        may("tables", Kind::Named(&Kind::Block(&TABLE)), "Tables that are given at run time, by name."),
        may("partner_types", NAMES, "The types of partner that this program knows."),
        may("territories", Kind::Named(&Kind::Block(&TERRITORY)), "Named territories."),
        may("products", Kind::Named(&Kind::Block(&PRODUCTS)), "Named sets of products."),
        may(
            "metrics",
            Kind::Named(&Kind::Block(&tiers::METRIC)),
            "What the host tells of partners beside sales, by name.",
        ),
        may("tiers", Kind::Block(&tiers::TIERS), "The tiers that partners stand in."),
        may(
            "working_time",
            Kind::Block(&deals::WORKING_TIME),
            "When those work who review. Default: Monday to Friday from 9 to 17.",
        ),
        may("deals", Kind::Block(&deals::DEALS), "How deals are registered. Without it they are not."),
        may("mdf", Kind::Named(&Kind::Block(&mdf::FUND)), "The marketing funds, by name."),
        may("claims", Kind::Block(&claims::CLAIMS), "Which claims are taken beside those of marketing funds."),
        may("incentives", Kind::Named(&incentives::INCENTIVE), "What partners can earn, by name."),
        may(
            "stacking",
            Kind::List(&incentives::STACK),
            "What incentives for the same sales do to one another. Default: they stand side by side.",
        ),
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

static PERIODS: Block = Block {
    name: "`periods`",
    about: "When periods are closed and final, what becomes of what comes later, and who decides on those that have begun.",
    keys: &[
        may(
            "cut_off",
            Kind::Length(&["days", "months"]),
            "How long after its end a period is closed. Until then it is provisional. Default 15 days.",
        ),
        may(
            "after_close",
            Kind::Word(&AFTER_CLOSE),
            "What becomes of what comes after the close: it adjusts its period (`adjust`, default), counts in the one that is \
             running then (`current`), or does not count (`refuse`).",
        ),
        may(
            "final_after",
            Kind::Length(&["days", "months"]),
            "How long after its end a period is final: nothing changes any more. Default: never.",
        ),
        may(
            "lowering",
            Kind::Word(&LOWERING),
            "Whether another version may lower what was settled for a closed period: with an exception of two persons \
             (`approved`, default), or freely.",
        ),
        may(
            "running_periods",
            Kind::Word(&RUNNING),
            "Who decides on a period that has begun when a version begins or ends: each version on its own days (`split`, \
             default), the earlier one on all of it (`next`), the later one on all of it (`restate`).",
        ),
    ],
};

static MEMBERSHIP: Block = Block {
    name: "`membership`",
    about: "What joining, leaving and being suspended within a period mean for what is earned in it.",
    keys: &[
        may(
            "sales",
            Kind::Word(&MEMBER_SALES),
            "Which sales count: all (default), or those of days of membership. Of single sales too: what comes back comes back.",
        ),
        may(
            "prorated",
            Kind::YesNo,
            "Whether bounds, targets, fixed amounts, caps, floors and guarantees are reduced to the days of membership. Default no.",
        ),
        may(
            "leaving",
            Kind::Word(&LEAVING),
            "What is earned in the period within which a partner leaves. Default paid.",
        ),
        may(
            "suspended",
            Kind::Word(&SUSPENDED),
            "What becomes of what a partner earns that is suspended when it is settled. Default held.",
        ),
    ],
};

static ACCRUALS: Block = Block {
    name: "`accruals`",
    about: "How periods that are still running are estimated, for the vendor's own books.",
    keys: &[
        may(
            "method",
            Kind::Word(&ACCRUAL_METHODS),
            "By what was `reached` (default), or by the average that is expected of the whole period (`forecast`).",
        ),
        may(
            "average_digits",
            Kind::Whole(0, 9),
            "Digits to which the average of a forecast is rounded before it is applied. Default: only the result is rounded.",
        ),
    ],
};

static FISCAL_YEAR: Block = Block {
    name: "`fiscal_year`",
    about: "A year of months from any month; of weeks; or counted from an agreement's date.",
    keys: &[
        may(
            "starts",
            Kind::Either(&Kind::Text, &Kind::Text),
            "A month's name, or with `weeks` the first day of any fiscal year.",
        ),
        may("weeks", Kind::Word(&["4-4-5", "4-5-4", "5-4-4"]), "How many weeks the months of a quarter have."),
        may("long_years", Kind::List(&Kind::Whole(1900, 2999)), "Fiscal years with a 53rd week, in their last month."),
        may("anchored_on", Kind::Date, "The agreement's date, from which months, quarters and years are counted."),
        may(
            "month_ends",
            Kind::Word(&["stick", "keep"]),
            "Whether an anchor on a month's last day stays on last days.",
        ),
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

static TABLE: Block = Block {
    name: "a table",
    about: "A table that is given at run time and fingerprinted in every explanation that used it.",
    keys: &[
        must("key", Kind::List(&Kind::Word(&["partner", "sku", "period"])), "What a row is found by."),
        must(
            "columns",
            Kind::Named(&Kind::Word(&["money", "number", "rate"])),
            "The further columns and what they hold.",
        ),
    ],
};

static TERRITORY: Block = Block {
    name: "a territory",
    about: "A territory: partners, or end customers, in these countries and, if given, regions.",
    keys: &[
        must("countries", TEXTS, "Country codes, as in the records of partners and sales."),
        may("regions", TEXTS, "Region or state codes, as in the records of partners and sales."),
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
