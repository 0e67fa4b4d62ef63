//! Families: whose sales and people count together, and on which days.

use prm_core::partner::InFamily;

use super::world::{World, day, id, program};

fn world(counts_for: &str) -> World {
    let mut world = World::new(program(&format!(
        "
metrics: {{ people: {{ is: state }} }}
tiers:
  counts_for: {counts_for}
  levels:
    - name: registered
    - name: silver
      requires:
        all:
          - {{ metric: net_revenue, over: trailing 4 quarters, at_least: 100 }}
          - {{ metric: people, at_least: 2, counts_for: family }}
"
    )));
    for (name, from) in [("p", None), ("q", Some("2013-03-01"))] {
        let mut place = InFamily::new(id("group"));
        place.from = from.map(day);
        world.partner(name).families.push(place);
    }
    world.partner("stranger");
    world.sells("p", "2013-02-01", "60").sells("q", "2013-02-02", "40").sells("stranger", "2013-02-03", "500");
    world.tells("p", "people", "2013-01-05", "1").tells("q", "people", "2013-01-05", "1");
    world
}

#[test]
fn a_family_counts_together_from_the_day_on_which_it_is_one() {
    let story = world("family").story("2013-07-01");
    assert_eq!(story, ["2013-01-01 registered joined", "2013-03-02 silver promoted"]);
}

#[test]
fn each_requirement_may_say_whose_values_it_reads() {
    let mut world = world("partner");
    assert_eq!(world.story("2013-07-01"), ["2013-01-01 registered joined"]);
    // Alone it sells enough, but only with the other has it people enough.
    world.sells("p", "2013-02-05", "40");
    assert_eq!(world.story("2013-07-01")[1..], ["2013-03-02 silver promoted"]);
}

#[test]
fn the_partner_at_the_head_belongs_to_its_family() {
    let mut world = world("family");
    world.partner("group").joined = Some(day("2013-01-01"));
    let changes = world.advance("group", &[], "2013-07-01");
    assert_eq!(super::world::told(&changes), ["2013-01-01 registered joined", "2013-03-02 silver promoted"]);
}

#[test]
fn who_leaves_the_family_takes_its_sales_along() {
    let mut world = world("family");
    world.partner("q").families[0].until = Some(day("2013-05-10"));
    assert_eq!(world.story("2014-01-01")[1..], ["2013-03-02 silver promoted", "2013-07-01 registered demoted"]);
}
