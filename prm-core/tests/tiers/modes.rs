//! Every way to rise and to fall, by day.

use super::world::{World, day, ladder, program, told};

#[test]
fn at_once_counts_from_the_next_day_or_the_same() {
    for (rules, on) in
        [("", "2013-03-11"), ("  sales_count: next_day", "2013-03-11"), ("  sales_count: same_day", "2013-03-10")]
    {
        let mut world = World::new(ladder(rules));
        world.sells("p", "2013-02-01", "60").sells("p", "2013-03-10", "40");
        assert_eq!(
            world.story("2013-07-01"),
            ["2013-01-01 registered joined".to_owned(), format!("{on} silver promoted")]
        );
    }
}

#[test]
fn one_cent_short_is_short_and_two_tiers_at_once_is_one_change() {
    let mut world = World::new(ladder(""));
    world.sells("p", "2013-02-01", "99.99");
    assert_eq!(world.story("2013-04-02"), ["2013-01-01 registered joined"]);
    world.sells("p", "2013-02-03", "100.01");
    assert_eq!(world.story("2013-04-02"), ["2013-01-01 registered joined", "2013-02-04 gold promoted"]);
}

#[test]
fn at_review_judges_the_last_day_of_the_period() {
    let mut world = World::new(ladder("  review: { every: quarter, promote: at_review }"));
    world.sells("p", "2013-01-10", "100").sells("p", "2013-04-01", "100");
    let expected = ["2013-01-01 registered joined", "2013-04-01 silver promoted", "2013-07-01 gold promoted"];
    assert_eq!(world.story("2013-07-02"), expected);
    // The end is without its day.
    assert_eq!(world.story("2013-07-01"), expected[..2]);
}

#[test]
fn demotion_comes_with_the_review_when_sales_leave_the_window() {
    let mut world = World::new(ladder(""));
    world.sells("p", "2013-02-01", "200").sells("p", "2013-08-01", "100");
    // At the end of 2013 all counts; at the end of March 2014 the first quarter of 2013 does not.
    assert_eq!(
        world.story("2014-12-31"),
        [
            "2013-01-01 registered joined",
            "2013-02-02 gold promoted",
            "2014-04-01 silver demoted",
            "2014-10-01 registered demoted"
        ]
    );
}

#[test]
fn a_year_from_july_and_weeks_move_the_reviews() {
    let rules = "  review: { every: half_year, promote: at_review }";
    let levels = "
  levels:
    - name: registered
    - { name: silver, requires: { metric: net_revenue, over: trailing 1 half_year, at_least: 100 } }
";
    for (calendar, sold, first, second) in [
        ("fiscal_year: { starts: august }", "2013-01-31", "2013-02-01", "2013-08-01"),
        ("fiscal_year: { weeks: 4-4-5, starts: 2012-12-31 }", "2013-06-30", "2013-07-01", "2013-12-30"),
    ] {
        let mut world = World::new(program(&format!("{calendar}\ntiers:\n{rules}{levels}")));
        world.sells("p", sold, "100");
        let expected = [
            "2013-01-01 registered joined".to_owned(),
            format!("{first} silver promoted"),
            format!("{second} registered demoted"),
        ];
        assert_eq!(world.story("2014-01-15"), expected, "{calendar}");
    }
}

#[test]
fn grace_is_seen_ends_or_demotes_at_the_first_review_after_it() {
    let rules = "  review: { every: quarter, demote: { at: review, grace: 2 quarters } }";
    let mut world = World::new(ladder(rules));
    world.sells("p", "2013-02-01", "100");
    assert_eq!(
        world.story("2015-01-01"),
        [
            "2013-01-01 registered joined",
            "2013-02-02 silver promoted",
            "2014-04-01 silver fell_short",
            "2014-10-01 registered demoted"
        ]
    );
}

#[test]
fn grace_of_days_waits_for_a_review_and_recovery_clears_it() {
    let rules = "  review: { every: quarter, demote: { at: review, grace: 100 days } }";
    let mut world = World::new(ladder(rules));
    world.sells("p", "2013-02-01", "100");
    // Short at the end of March 2014: grace until 10 July; the review of 1 July is too early.
    let short = ["2013-01-01 registered joined", "2013-02-02 silver promoted", "2014-04-01 silver fell_short"];
    assert_eq!(world.story("2014-10-01"), short);
    assert_eq!(told(&world.advance("p", &[], "2014-10-02"))[3], "2014-10-01 registered demoted");
    let grace = world.standing("p", &[], "2014-05-15").grace.unwrap();
    assert_eq!((grace.since, grace.until), (day("2014-04-01"), day("2014-07-10")));
    // Sold again within it.
    world.sells("p", "2014-05-05", "150");
    assert_eq!(told(&world.advance("p", &[], "2014-12-31"))[3..], ["2014-07-01 silver recovered"]);
    assert!(world.standing("p", &[], "2014-07-01").grace.is_none());
}

#[test]
fn never_demoted_means_never() {
    let mut world = World::new(ladder("  review: { demote: { at: never } }"));
    world.sells("p", "2013-02-01", "100").sells("p", "2013-02-05", "-100");
    assert_eq!(world.story("2020-01-01"), ["2013-01-01 registered joined", "2013-02-02 silver promoted"]);
}

#[test]
fn anniversaries_are_the_partners_own() {
    let rules = "  review: { promote: at_anniversary, demote: { at: anniversary } }";
    let mut world = World::new(ladder(rules));
    world.partner("p").joined = Some(day("2012-02-29"));
    world.sells("p", "2012-12-01", "100");
    // 28 February has no 29th beside it in 2013; the window of 27 February 2014 begins in April 2013.
    let expected = ["2012-02-29 registered joined", "2013-02-28 silver promoted", "2014-02-28 registered demoted"];
    assert_eq!(world.story("2015-01-01"), expected);
    world.partner("p").anniversary = Some(day("2010-06-15"));
    let expected = ["2012-02-29 registered joined", "2013-06-15 silver promoted", "2014-06-15 registered demoted"];
    assert_eq!(world.story("2015-01-01"), expected);
}

#[test]
fn approval_promotes_only_who_is_eligible_on_its_day() {
    let mut world = World::new(ladder("  review: { promote: after_approval }"));
    world.sells("p", "2013-02-01", "200").approves("p", "silver", "2013-02-01").approves("p", "silver", "2013-02-20");
    assert_eq!(world.story("2013-06-01"), ["2013-01-01 registered joined", "2013-02-20 silver approved"]);
    let standing = world.standing("p", &[], "2013-02-25");
    assert_eq!(standing.eligible_for.unwrap().as_str(), "gold");
    world.approves("p", "gold", "2013-03-01");
    assert_eq!(world.story("2013-06-01")[2], "2013-03-01 gold approved");
}

#[test]
fn who_has_not_joined_begins_with_its_first_sale_and_who_left_is_nowhere() {
    let mut world = World::new(ladder(""));
    world.partner("p").joined = None;
    assert_eq!(world.story("2014-01-01"), [""; 0]);
    world.sells("p", "2013-05-05", "150");
    world.partner("p").left = Some(day("2013-09-01"));
    let expected = ["2013-05-05 registered joined", "2013-05-06 silver promoted", "2013-09-01 - left"];
    assert_eq!(world.story("2015-01-01"), expected);
    assert_eq!(world.standing("p", &[], "2013-08-31").tier.unwrap().as_str(), "silver");
    assert_eq!(world.standing("p", &[], "2013-09-01").tier, None);
    assert_eq!(world.standing("p", &[], "2013-05-04").tier, None);
}

#[test]
fn states_are_those_of_the_day_or_of_the_best_day_of_a_window() {
    let blocks = |over: &str| {
        format!(
            "
metrics: {{ people: {{ is: state }} }}
tiers:
  review: {{ every: month, promote: at_review }}
  levels:
    - name: registered
    - {{ name: silver, requires: {{ metric: people, certification: road, {over}at_least: 2 }} }}
"
        )
    };
    for (over, ends) in [
        ("", "2013-04-01"),
        ("over: any day of trailing 2 months, ", "2013-06-01"),
        ("over: any day of trailing 30 days, ", "2013-05-01"),
    ] {
        let mut world = World::new(program(&blocks(over)));
        world.tells("p", "people/road", "2013-02-10", "2").tells("p", "people/road", "2013-03-20", "1");
        world.tells("p", "people/track", "2013-02-10", "9");
        let expected = [
            "2013-01-01 registered joined".to_owned(),
            "2013-03-01 silver promoted".to_owned(),
            format!("{ends} registered demoted"),
        ];
        assert_eq!(world.story("2013-12-31"), expected, "{over}");
    }
}

#[test]
fn a_rolling_window_of_days_lets_go_of_a_return_too() {
    let mut world = World::new(program(
        "
tiers:
  levels:
    - name: registered
    - { name: silver, requires: { metric: net_revenue, over: trailing 10 days, at_least: 100 } }
",
    ));
    // The return keeps the sum below until it falls out of the window, before the sale does.
    world.sells("p", "2013-02-01", "-50").sells("p", "2013-02-05", "100");
    assert_eq!(world.story("2013-03-01"), ["2013-01-01 registered joined", "2013-02-12 silver promoted"]);
}

#[test]
fn the_last_fiscal_year_promotes_when_the_year_begins() {
    let mut world = World::new(program(
        "
fiscal_year: { starts: july }
tiers:
  review: { demote: { at: never } }
  levels:
    - name: registered
    - { name: silver, requires: { metric: units, over: last fiscal year, at_least: 2 } }
",
    ));
    world.sells("p", "2013-01-05", "1").sells("p", "2013-06-30", "1");
    assert_eq!(world.story("2014-01-01"), ["2013-01-01 registered joined", "2013-07-02 silver promoted"]);
}

#[test]
fn a_quarter_of_grace_is_a_fiscal_one() {
    let mut world = World::new(program(
        "
fiscal_year: { weeks: 4-4-5, starts: 2012-12-31 }
tiers:
  review: { promote: at_review, demote: { at: review, grace: 1 quarter } }
  levels:
    - name: registered
    - { name: silver, requires: { metric: net_revenue, over: trailing 1 quarter, at_least: 100 } }
",
    ));
    world.sells("p", "2013-01-05", "100");
    // Three calendar months from 1 July end a day after the review of 30 September.
    let expected = [
        "2013-01-01 registered joined",
        "2013-04-01 silver promoted",
        "2013-07-01 silver fell_short",
        "2013-09-30 registered demoted",
    ];
    assert_eq!(world.story("2014-12-31"), expected);
}
