//! What a standing says, as data and in words.

use prm_core::tier::standing::Standing;
use prm_core::tier::{Judged, Used};

use super::world::{World, day, id, program};

const BLOCKS: &str = "
metrics: { certified_people: { is: state }, won_deals: { is: sum } }
tiers:
  levels:
    - name: registered
      benefits: { deal_discount: 1 point }
    - name: silver
      requires: { metric: net_revenue, over: trailing 4 quarters, at_least: 1000 }
      benefits: { deal_discount: 5 points, mdf: yes, seats: { allowance: 3, every: quarter } }
    - name: gold
      requires:
        all:
          - { metric: net_revenue, over: trailing 4 quarters, at_least: 20000 }
          - { metric: certified_people, certification: road, at_least: 2 }
          - any: [{ metric: won_deals, over: trailing 2 quarters, at_least: 10 }, { metric: units, over: fiscal year, more_than: 3 }]
";

fn world() -> World {
    let mut world = World::new(program(BLOCKS));
    world.sells("p", "2013-02-01", "7600").tells("p", "certified_people/road", "2013-02-01", "1");
    world.tells("p", "won_deals", "2013-02-20", "4").sells("p", "2013-02-02", "0").sells("p", "2013-02-02", "0");
    world
}

#[test]
fn what_is_missing_is_said_in_words() {
    let standing = world().standing("p", &[], "2013-03-31");
    assert_eq!(
        standing.to_string(),
        "silver since 2013-02-02: requirements met\n\
         12,400.00 USD more net revenue in the trailing 4 quarters, and 1 more certified person (road), and \
         (6 more won deals in the trailing 2 quarters, or more than 3 units in the fiscal year), for gold\n\
         deal_discount: 5 %\nmdf: yes\nseats: 3 every quarter, 0 used, 3 left"
    );
    let Judged::All(parts) = &standing.next.as_ref().unwrap().requires else { panic!("all") };
    let Judged::Metric(revenue) = &parts[0] else { panic!("a metric") };
    assert_eq!((revenue.value.to_string(), revenue.missing.to_string()), ("7600".into(), "12400".into()));
    let json = serde_json::to_string(&standing).unwrap();
    assert_eq!(serde_json::from_str::<Standing>(&json).unwrap(), standing);
}

#[test]
fn what_would_be_lost_is_said_with_the_review() {
    let standing = world().standing("p", &[], "2013-12-31");
    assert_eq!((standing.falls_to.as_ref().unwrap().as_str(), standing.would_lose.len()), ("registered", 3));
    assert_eq!(standing.would_lose[0].then.as_ref().unwrap().to_string(), "1 %");
    assert_eq!(standing.next_review, Some(day("2014-01-01")));
    // On 1 April 2013 a return leaves too little for silver; the review of July will see it.
    let mut world = world();
    world.sells("p", "2013-04-01", "-7000");
    let text = world.standing("p", &[], "2013-04-02").to_string();
    let expected = "400.00 USD more net revenue in the trailing 4 quarters, to keep silver at the review of 2013-07-01; \
                    otherwise registered, without deal_discount 5 % (then 1 %), mdf yes, seats 3 every quarter";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn allowances_count_by_period() {
    let mut world = world();
    let used = |on: &str, count| Used { partner: id("p"), benefit: "seats".parse().unwrap(), on: day(on), count };
    world.used = vec![used("2013-03-31", 1), used("2013-04-01", 1), used("2013-05-01", 1), used("2013-06-01", 5)];
    let left = |as_of: &str| {
        let standing = world.standing("p", &[], as_of);
        let allowance = standing.benefits.iter().find_map(|granted| granted.allowance.clone()).unwrap();
        (allowance.used, allowance.left)
    };
    assert_eq!(left("2013-03-30"), (0, 3));
    assert_eq!(left("2013-03-31"), (1, 2));
    assert_eq!(left("2013-05-31"), (2, 1));
    assert_eq!(left("2013-06-01"), (7, 0));
    assert_eq!(left("2013-07-01"), (0, 3));
}

#[test]
fn points_tell_what_is_missing_of_the_sum_and_of_the_floors() {
    let mut world = World::new(program(
        "
metrics: { won_deals: { is: sum }, people: { is: state } }
tiers:
  levels:
    - name: registered
    - name: gold
      requires:
        points:
          at_least: 30
          of:
            - { metric: won_deals, over: always, each: 5, points: 2, at_most: 20, floor: 4 }
            - { metric: people, points: 10, at_most: 30, more_than: 0 }
",
    ));
    world.tells("p", "won_deals", "2013-01-05", "9.9");
    let shortfall =
        |world: &World| world.standing("p", &[], "2013-02-01").next.and_then(|next| next.requires.shortfall());
    let expected = "28 more points, and at least 4 points for won deals, and more than 0 points for people";
    assert_eq!(shortfall(&world).unwrap(), expected);
    world.tells("p", "won_deals", "2013-01-06", "0.1").tells("p", "people", "2013-01-10", "2.5");
    assert_eq!(shortfall(&world).unwrap(), "1 more point");
    world.tells("p", "people", "2013-01-11", "2.6");
    assert_eq!(world.standing("p", &[], "2013-02-01").tier.unwrap().as_str(), "gold");
}
