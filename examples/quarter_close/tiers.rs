//! The tiers that partners are in: followed by day, before anything is computed that is only for some of them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use prm_core::id::PartnerId;
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::program::Program;
use prm_core::tier::standing::{advance, standing};
use prm_core::tier::{Basis, TierHistory};

use crate::books::Books;

/// Everybody's changes before a day: as the books have them once they are followed so far, or by the sums alone.
pub(crate) fn follow(
    program: &Program,
    partners: &BTreeMap<PartnerId, Partner>,
    partials: &Partials,
    books: Option<&Books>,
    until: NaiveDate,
) -> Result<TierHistory> {
    if program.tiers().is_none() {
        return Ok(TierHistory::new());
    }
    if let Some(books) = books {
        return books.follow_tiers(program, partners, until);
    }
    let basis = Basis::new(program, partials, partners)?;
    let changes = partners.values().map(|partner| Ok((partner.id.clone(), advance(&basis, partner, &[], until)?)));
    changes.collect()
}

/// Writes every change to `tiers.csv`, and says how many stand where and how far the first of each tier but the highest has to
/// go.
pub(crate) fn tell(
    program: &Program,
    partners: &BTreeMap<PartnerId, Partner>,
    partials: &Partials,
    tiers: &TierHistory,
    (out, until): (&Path, NaiveDate),
) -> Result<()> {
    let Some(levels) = program.tiers() else { return Ok(()) };
    let mut file = csv::Writer::from_path(out.join("tiers.csv"))?;
    file.write_record(["partner", "on", "tier", "before"])?;
    for (partner, changes) in tiers.iter() {
        for change in changes {
            let name = |tier: &Option<prm_core::id::Name>| tier.as_ref().map_or_else(String::new, ToString::to_string);
            file.write_record([partner.as_str(), &change.on.to_string(), &name(&change.tier), &name(&change.before)])?;
        }
    }
    file.flush()?;
    let last = until.pred_opt().context("the first day of all")?;
    let basis = Basis::new(program, partials, partners)?;
    let mut counts = Vec::new();
    let mut examples = Vec::new();
    for level in levels.levels() {
        let is_in = |partner: &&Partner| tiers.tier_on(partner.id.as_str(), last) == Some(&level.name);
        counts.push(format!("{} {}", partners.values().filter(is_in).count(), level.name));
        if let Some(partner) = partners.values().find(is_in) {
            let standing = standing(&basis, partner, tiers.changes(partner.id.as_str()), last)?;
            examples.extend(standing.next.is_some().then(|| standing.to_string()));
        }
    }
    println!("tiers on {last}: {}", counts.join(", "));
    for example in examples {
        for line in example.lines() {
            println!("  {line}");
        }
    }
    Ok(())
}
