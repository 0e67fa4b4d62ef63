//! The outline of the program document: every block and key that exists, with its meaning.

mod claims;
mod commission;
mod deals;
mod incentives;
mod mdf;
mod mdf_accrual;
mod settlement;
mod spiff;
mod tiers;

use super::grammar::{Block, Entry, Kind, may, must};
use crate::fx::RateKind;
use crate::incentive::line::{CHANNEL_STEPS, COUNTING_DATES, CREDITS};
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
static RATE_KINDS: [&str; 3] = words(&RateKind::WORDS);
static DATES: [&str; 5] = words(&COUNTING_DATES);
static STEPS: [&str; 3] = words(&CHANNEL_STEPS);
const CREDITED: Kind = Kind::Word(&CREDITS);
static AMOUNTS: [&str; 2] = ["net", "gross"];
static RETURNS: [&str; 2] = ["original_period", "current_period"];
static UNMATCHED: [&str; 2] = ["current_period", "reject"];
static EFFECTS: [&str; 3] = ["counts", "amount_only", "ignored"];
static RUNNING: [&str; 3] = words(&super::RUNNING_PERIODS);
static MEMBER_SALES: [&str; 2] = words(&crate::incentive::membership::MEMBER_SALES);
static LEAVING: [&str; 2] = words(&crate::incentive::membership::LEAVING);
static SUSPENDED: [&str; 2] = words(&crate::incentive::membership::SUSPENDED);
static PAYOUT_DATES: [&str; 2] = words(&crate::incentive::paying::PAYOUT_DATES);
static CHANGE_RATES: [&str; 2] = words(&crate::incentive::paying::CHANGE_RATES);
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
        may("exchange", Kind::Block(&EXCHANGE), "How sales in other currencies are converted."),
        may("sales", Kind::Block(&SALES), "Which date, amount and channel step of a sale line count."),
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

static EXCHANGE: Block = Block {
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

static SALES: Block = Block {
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

const STEP: Entry = may("step", Kind::Word(&STEPS), "The channel step that counts. Default sell_in.");
const CREDITED_PARTY: Entry = may(
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
const RETURN_PERIOD: Entry = may(
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
