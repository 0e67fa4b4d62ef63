//! The blocks of marketing funds.

use super::incentives::{NUMBER, RATE};
use super::sales::RATE_KINDS;
use super::{NAMES, TEXTS, words};
use crate::clock::CLOCKS;
use crate::deal::policy::APPROVERS;
use crate::incentive::mdf::{CLAIM_FROM, CREATIVES, UNCLAIMED};
use crate::program::grammar::{Block, Entry, Kind, may, must};

static APPROVER_WORDS: [&str; 4] = words(&APPROVERS);
static CLOCK_WORDS: [&str; 3] = words(&CLOCKS);
static CREATIVE_WORDS: [&str; 3] = words(&CREATIVES);
static CLAIM_FROM_WORDS: [&str; 2] = words(&CLAIM_FROM);
static UNCLAIMED_WORDS: [&str; 2] = words(&UNCLAIMED);
static EVERY: [&str; 4] = ["month", "quarter", "half_year", "year"];
static AMOUNT_KIND: Kind = NUMBER;

pub(super) const LASTS: Kind = Kind::Length(&["days", "months"]);

pub(super) static FUND: Block = Block {
    name: "a fund",
    about: "A marketing fund: money that partners ask for before an activity, and claim after it.",
    keys: &[
        may("title", Kind::Text, "The title for people. Default: the name."),
        may("currency", Kind::Currency, "The currency of its money. Default: the program's."),
        may("every", Kind::Word(&EVERY), "The fiscal periods into which it is divided. Default year."),
        may(
            "shared",
            Kind::YesNo,
            "Whether all partners share its money: who is approved first is served first. Default no: each has its own.",
        ),
        may("for", Kind::Block(&FUND_FOR), "The partners that it is for. Default: every partner."),
        may("budget", NUMBER, "The most that is allocated for each period in all. Default: no limit."),
        may(
            "by_tier",
            Kind::Named(&AMOUNT_KIND),
            "What partners are given for each period without asking, by their tier.",
        ),
        may(
            "activities",
            Kind::Named(&Kind::Block(&ACTIVITY)),
            "The kinds of activity that it pays for. Default: any.",
        ),
        may("classes", NAMES, "Classes of goods with money of their own, which is not for another. Default: none."),
        may("request", Kind::Block(&REQUEST), "How money is asked for."),
        may("claim", Kind::Block(&FUND_CLAIM), "How what was spent is claimed."),
        may(
            "unclaimed",
            Kind::Word(&UNCLAIMED_WORDS),
            "Whether what was granted and not claimed can be granted again (`returns`, default) or lapses.",
        ),
        may(
            "year_end",
            Kind::Either(&Kind::Word(&["forfeits", "carries_over"]), &Kind::Block(&CARRIES)),
            "What becomes of what nobody was granted when a period ends: it is forfeited (default), goes on into the next one, or a \
             part of it does.",
        ),
        may(
            "exchange",
            Kind::Block(&FUND_EXCHANGE),
            "How spending in other currencies is converted: at the rate of the invoice's date. Default: as `exchange.sales`.",
        ),
    ],
};

static FUND_FOR: Block = Block {
    name: "`for` of a fund",
    about: "The partners for which every key given here holds on the day on which they ask.",
    keys: &[
        may("partner_type", NAMES, "Of one of these types."),
        may("territory", NAMES, "In one of these territories."),
        may("tier", NAMES, "In one of these tiers."),
        may("partner", TEXTS, "One of these partners."),
        may("except", TEXTS, "But not these partners."),
    ],
};

static ACTIVITY: Block = Block {
    name: "an activity",
    about: "A kind of activity that a fund pays for.",
    keys: &[
        may("title", Kind::Text, "The title for people. Default: the name."),
        may("at_most", NUMBER, "The most that one request for it can be granted."),
        may("proof", NAMES, "What must be shown for it, beside an invoice. Default: what the fund asks for."),
    ],
};

static APPROVER_WORD: Kind = Kind::Word(&APPROVER_WORDS);
static APPROVER_BLOCK: Kind = Kind::Block(&APPROVER);
static APPROVER_KIND: Kind = Kind::Either(&APPROVER_WORD, &APPROVER_BLOCK);
pub(super) const APPROVED_BY: Entry = may(
    "approvers",
    Kind::List(&APPROVER_KIND),
    "Who approves, one after the other; each by its role, or with the amount from which on it must. Default marketing.",
);

static APPROVER: Block = Block {
    name: "an approver",
    about: "Whose approval is needed from an amount on.",
    keys: &[
        must("role", Kind::Word(&APPROVER_WORDS), "As what somebody approves."),
        must("from", NUMBER, "From which amount on."),
    ],
};

pub(super) const ANSWER_DUE: Entry =
    may("answer", Kind::Block(&ANSWER), "How soon an answer is due. Default: when it is ready.");

pub(super) const PROOF: Entry = may("proof", NAMES, "What must be shown, by kinds of your own. Default: nothing.");
pub(super) const CORRECT: Entry =
    may("correct", LASTS, "How long a claim that was sent back can be corrected. Default 30 days.");

static ANSWER: Block = Block {
    name: "`answer`",
    about: "How soon an answer is due.",
    keys: &[
        must("within", Kind::Hours, "Within how many hours."),
        may(
            "clock",
            Kind::Word(&CLOCK_WORDS),
            "Which hours count: all (`calendar`, default), those of working days, or working hours.",
        ),
    ],
};

static REQUEST: Block = Block {
    name: "`request`",
    about: "How money is asked for.",
    keys: &[
        may("share", RATE, "The share of the cost that is paid. Default 100 %."),
        may("shares", Kind::List(&Kind::Block(&SHARE)), "Other shares: the first that matches decides."),
        may("at_least", NUMBER, "The least that can be asked for."),
        may("at_most", NUMBER, "The most that can be asked for."),
        may(
            "ask",
            LASTS,
            "How long before the activity begins it must be asked for. Default: not after its first day.",
        ),
        APPROVED_BY,
        ANSWER_DUE,
        may(
            "prepaid",
            Kind::Whole(0, 250),
            "Where the vendor pays in advance: how many working days after the approval the money can be used. Claims then show \
             what it was used for. Default: it pays what is claimed.",
        ),
    ],
};

static SHARE: Block = Block {
    name: "a share",
    about: "A share of the cost for some requests.",
    keys: &[
        must("when", Kind::Block(&SHARE_WHEN), "All of this must hold."),
        must("share", RATE, "The share of the cost."),
    ],
};

static SHARE_WHEN: Block = Block {
    name: "`when` of a share",
    about: "All of this must hold.",
    keys: &[
        may("activity", NAMES, "One of these kinds of activity."),
        may("creative", Kind::List(&Kind::Word(&CREATIVE_WORDS)), "What is shown was made by one of these."),
        may("tier", NAMES, "The partner is in one of these tiers on the day on which it asks."),
    ],
};

static FUND_CLAIM: Block = Block {
    name: "`claim` of a fund",
    about: "How what was spent is claimed.",
    keys: &[
        may("within", LASTS, "How long after the activity, or the invoice, it can be claimed. Default: without end."),
        may(
            "of",
            Kind::Word(&CLAIM_FROM_WORDS),
            "From when that counts: from the end of the activity (default), or the invoice.",
        ),
        may(
            "closes",
            LASTS,
            "How long before the end of the fund's period the last claims are taken. Default: they are also taken after it.",
        ),
        may(
            "after_leaving",
            LASTS,
            "How long after the activity it can be claimed by a partner that has left, if that is less.",
        ),
        may("at_most", Kind::Whole(1, 1_000), "How many claims a request can have. Default: any number."),
        PROOF,
        APPROVED_BY,
        ANSWER_DUE,
        CORRECT,
    ],
};

static CARRIES: Block = Block {
    name: "`year_end`",
    about: "A part of what nobody was granted goes on into the next period; the rest lapses.",
    keys: &[
        must("share", RATE, "The share that goes on."),
        may("at_most", NUMBER, "The most that goes on. Default: no limit."),
    ],
};

static FUND_EXCHANGE: Block = Block {
    name: "`exchange` of a fund",
    about: "How spending in other currencies is converted: at the rate of the invoice's date.",
    keys: &[
        must("table", Kind::Name, "The name of the exchange-rate table, given at run time."),
        must("rate", Kind::Word(&RATE_KINDS), "The kind of rate."),
        may("at_most", Kind::Length(&["days"]), "How far back a rate may come from. Default 7 days back."),
    ],
};
