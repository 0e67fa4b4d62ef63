//! The blocks of deals, and of the time in which people work.

use super::{NAMES, words};
use crate::clock::CLOCKS;
use crate::deal::conflict::WHOSE;
use crate::deal::policy::{APPROVERS, SCOPE_ACCOUNTS, SCOPE_PLACES, STARTS, TRANSFERS};
use crate::deal::sold::{LATES, OVERS};
use crate::deal::{DEAL_TYPES, FORM_FIELDS, LIKENESSES};
use crate::program::grammar::{Block, Kind, may, must};

static CLOCK_WORDS: [&str; 3] = words(&CLOCKS);
static WHOSE_WORDS: [&str; 3] = words(&WHOSE);
static APPROVER_WORDS: [&str; 4] = words(&APPROVERS);
static START_WORDS: [&str; 2] = words(&STARTS);
static TRANSFER_WORDS: [&str; 2] = words(&TRANSFERS);
static ACCOUNT_WORDS: [&str; 2] = words(&SCOPE_ACCOUNTS);
static PLACE_WORDS: [&str; 3] = words(&SCOPE_PLACES);
static TYPE_WORDS: [&str; 5] = words(&DEAL_TYPES);
static FIELD_WORDS: [&str; 19] = words(&FORM_FIELDS);
static LIKENESS_WORDS: [&str; 3] = words(&LIKENESSES);
static LATE_WORDS: [&str; 3] = words(&LATES);
static OVER_WORDS: [&str; 2] = words(&OVERS);
static DAYS: [&str; 7] = words(&crate::clock::WEEKDAYS);
static OUTCOMES: [&str; 7] = ["reject", "wait", "review", "allow", "reduce", "share", "non_exclusive"];

const FIELDS: Kind = Kind::List(&Kind::Word(&FIELD_WORDS));
const TYPES: Kind = Kind::List(&Kind::Word(&TYPE_WORDS));
const LASTS: Kind = Kind::Length(&["days", "months"]);
static LASTS_KIND: Kind = LASTS;
const CLOCK: Kind = Kind::Word(&CLOCK_WORDS);

pub(super) static WORKING_TIME: Block = Block {
    name: "`working_time`",
    about: "When those work who review: clocks that do not run through stand still otherwise.",
    keys: &[
        may("days", Kind::List(&Kind::Word(&DAYS)), "The days of the week. Default Monday to Friday."),
        may("from", Kind::TimeOfDay, "When a day begins. Default 09:00."),
        may("until", Kind::TimeOfDay, "When a day ends. Default 17:00."),
        may("holidays", Kind::List(&Kind::Date), "Days on which nobody works."),
    ],
};

pub(super) static DEALS: Block = Block {
    name: "`deals`",
    about: "How deals are registered, reviewed and protected, and what happens when two want the same.",
    keys: &[
        may(
            "required",
            FIELDS,
            "The fields that every registration needs, beside the account's name and the products.",
        ),
        may("required_by_type", Kind::Block(&REQUIRED_BY_TYPE), "The fields that a type of deal needs beside them."),
        may("minimum_value", Kind::Number, "The least value of all lines together, in the program's currency."),
        may("horizon", LASTS, "How far ahead a deal may be closed. Default: as far as one likes."),
        may("review", Kind::Block(&REVIEW), "Who decides, and how soon."),
        may("action", Kind::Block(&ACTION), "What a partner is asked to complete. Default: within 5 days, 3 times."),
        may("auto_approve", Kind::Block(&AUTO_APPROVE), "What is approved without a person. Default: nothing."),
        may("protection", Kind::Block(&PROTECTION), "From when and for how long nobody else may have it."),
        may(
            "transfer",
            Kind::Word(&TRANSFER_WORDS),
            "Whether a protection that is handed over goes on (`keeps`, default) or begins anew.",
        ),
        may("appeal", Kind::Block(&APPEAL), "How a rejection can be appealed. Default: it cannot."),
        may("sales", Kind::Block(&SALES_OF_DEALS), "Which sales belong to a registration."),
        may("scope", Kind::Block(&SCOPE), "How far a registration reaches. Default: its account, everywhere."),
        may("conflicts", Kind::List(&Kind::Block(&RULE)), "The rules of conflict: the first that matches decides."),
    ],
};

static SALES_OF_DEALS: Block = Block {
    name: "`deals.sales`",
    about: "Which sales belong to a registration, and which have its benefit.",
    keys: &[
        may("tail", LASTS, "How long after the end of a protection a sale still belongs to it. Default 30 days."),
        may(
            "received_before",
            LASTS,
            "How long before the order a registration must have been received. Default 0 days.",
        ),
        may(
            "late",
            Kind::Word(&LATE_WORDS),
            "What becomes of a sale whose registration came later: it does not belong to it (`refused`, default), or belongs to it \
             without the benefit, or is looked at.",
        ),
        may("over", Kind::Block(&OVER_APPROVED), "What becomes of a sale beyond what was approved."),
    ],
};

static OVER_APPROVED: Block = Block {
    name: "`deals.sales.over`",
    about: "How much more than approved may be sold, in amount and units, and what becomes of a sale beyond that.",
    keys: &[
        may("by", Kind::Rate, "How much more may be sold. Default 10 %."),
        may("then", Kind::Word(&OVER_WORDS), "Whether it loses the benefit (default), or is looked at."),
    ],
};

static REQUIRED_BY_TYPE: Block = Block {
    name: "`required_by_type`",
    about: "The fields that a type of deal needs.",
    keys: &[
        may("new", FIELDS, "Of new business."),
        may("expansion", FIELDS, "Of more with a customer that is there."),
        may("renewal", FIELDS, "Of going on with what is there."),
        may("public_tender", FIELDS, "Of a public tender, beside the tender itself."),
        may("vendor_led", FIELDS, "Of a deal that the vendor brings."),
    ],
};

static REVIEW: Block = Block {
    name: "`deals.review`",
    about: "Who decides on registrations, and how soon.",
    keys: &[
        may("within", Kind::Hours, "How long each step may take. Default: as long as it takes."),
        may("clock", CLOCK, "Which hours count: all (`calendar`, default), those of working days, or working hours."),
        may(
            "approvers",
            Kind::List(&Kind::Word(&APPROVER_WORDS)),
            "Who approves, one after the other. Default channel_manager.",
        ),
    ],
};

static ACTION: Block = Block {
    name: "`action`",
    about: "What a partner is asked to complete.",
    keys: &[
        may("within", LASTS, "How long it keeps its place meanwhile. Default 5 days."),
        may("at_most", Kind::Whole(0, 100), "How often a registration can be sent back. Default 3."),
    ],
};

static AUTO_APPROVE: Block = Block {
    name: "`auto_approve`",
    about: "What is approved without a person.",
    keys: &[must("when", Kind::Block(&AUTO_WHEN), "All of this must hold.")],
};

static AUTO_WHEN: Block = Block {
    name: "`auto_approve.when`",
    about: "All of this must hold.",
    keys: &[
        may(
            "no_conflict",
            Kind::YesNo,
            "Whether no rule of conflict may match at all. Without it the one that decides may not reject, wait or ask for a review.",
        ),
        may("tier", NAMES, "Only partners in these tiers."),
        may("type", TYPES, "Only these types of deal."),
        may("value_below", Kind::Number, "Only deals of less than this in all."),
    ],
};

static PROTECTION: Block = Block {
    name: "`protection`",
    about: "From when and for how long nobody else may have it. Of several lengths that apply the longest counts; a tier's \
            benefit `protection` is one of them.",
    keys: &[
        may(
            "starts",
            Kind::Word(&START_WORDS),
            "Whether it begins with the submission or the approval. Default approval.",
        ),
        may("lasts", LASTS, "How long it lasts, with the day on which it begins. Default 90 days."),
        may("by_products", Kind::Named(&LASTS_KIND), "How long for lines of a product set, by its name."),
        may("by_value", Kind::List(&Kind::Block(&BY_VALUE)), "How long from a value of all lines together on."),
        may("extend", Kind::Block(&EXTEND), "How it can be extended. Default: it cannot."),
        may("release_without_update", LASTS, "After how long without an update it is released. Default: never."),
    ],
};

static BY_VALUE: Block = Block {
    name: "an item of `by_value`",
    about: "How long deals are protected from a value on.",
    keys: &[must("from", Kind::Number, "The value."), must("lasts", LASTS, "How long.")],
};

static EXTEND: Block = Block {
    name: "`extend`",
    about: "How a protection can be extended.",
    keys: &[
        must("times", Kind::Whole(1, 100), "How often."),
        must("by", LASTS, "By how long."),
        may("ask", Kind::Length(&["days"]), "How long before its end a partner may ask. Default: at any time."),
    ],
};

static APPEAL: Block = Block {
    name: "`appeal`",
    about: "How a rejection can be appealed.",
    keys: &[
        must("within", LASTS, "How long after the rejection."),
        may("decide_within", Kind::Hours, "How long the decision may take. Default: as long as it takes."),
        may("clock", CLOCK, "Which hours count. Default calendar."),
    ],
};

static SCOPE: Block = Block {
    name: "`scope`",
    about: "How far a registration reaches.",
    keys: &[
        may("accounts", Kind::Word(&ACCOUNT_WORDS), "Its account alone, or all that parent links join to it."),
        may("places", Kind::Word(&PLACE_WORDS), "Everywhere (default), in its country, or at its site."),
    ],
};

static RULE: Block = Block {
    name: "a rule of conflict",
    about: "What follows when all of its conditions hold.",
    keys: &[
        must("when", Kind::Block(&WHEN), "When it matches: all that is said must hold."),
        must("then", Kind::Word(&OUTCOMES), "What follows."),
        must("code", Kind::Name, "What it is called, in answers and reports."),
        may("benefit", Kind::Rate, "With `reduce`: which part of the benefit is given."),
        may("share", Kind::Rate, "With `share`: which part of the deal is credited to this partner."),
    ],
};

static WHEN: Block = Block {
    name: "`when`",
    about: "Conditions, all of which must hold.",
    keys: &[
        may("pending_for", Kind::Word(&WHOSE_WORDS), "There is an earlier registration that waits for a decision."),
        may("protected_for", Kind::Word(&WHOSE_WORDS), "There is a registration that is protected."),
        may("match", Kind::List(&Kind::Word(&LIKENESS_WORDS)), "How like the account is that is meant. Default same."),
        may("products", Kind::Word(&["overlapping", "any"]), "Whether products must overlap. Default overlapping."),
        may("chain", Kind::Word(&["same", "other"]), "Whether both registrations have a partner in common."),
        may("named_account", Kind::YesNo, "The vendor works the account by name."),
        may("direct_only", Kind::YesNo, "The vendor alone may sell to the account."),
        may("existing_customer", Kind::YesNo, "The account is a customer."),
        may("incumbent", Kind::Word(&WHOSE_WORDS), "A partner has sold to the customer."),
        may("open_opportunity", Kind::Word(&["vendor"]), "The vendor has an open opportunity."),
        may("age_below", LASTS, "With `open_opportunity`: something was done for it within so long."),
        may("contact_within", LASTS, "The vendor had contact with the account within so long."),
        may(
            "territory",
            Kind::Word(&["inside", "outside"]),
            "Where the account lies, seen from the partner's territories.",
        ),
        may("authorised", Kind::YesNo, "The partner may sell the products."),
        may("customer_choice", Kind::Word(&WHOSE_WORDS), "For whom the customer's latest letter is."),
        may("host_verdict", Kind::Name, "A rule of the host's says this word."),
        may("type", TYPES, "The deal is of one of these types."),
        may("tier", NAMES, "The partner stands in one of these tiers."),
        may("value_below", Kind::Number, "The deal is worth less than this."),
        may("value_at_least", Kind::Number, "The deal is worth this or more."),
    ],
};
