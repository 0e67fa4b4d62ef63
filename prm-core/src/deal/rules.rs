//! Whether a rule of conflict matches a line, and on what.

use chrono::NaiveDate;

use super::conflict::{AccountFact, Candidate, Cause, Ground, Known, Other, Standing, When, Whose};
use super::facts::{FoundAccount, FoundRegistration, Likeness};
use super::form::{DealLine, Goods};
use super::place::{blocks, goods_overlap, in_scope, is_before, is_same, is_within, other_lines, overlap};
use super::protection::Protection;
use super::registration::{Choice, Registered};
use crate::id::{Name, PartnerId};
use crate::scaled::Scaled;

/// A question about one line.
struct Question<'a> {
    when: &'a When,
    line: &'a DealLine,
    number: u32,
    candidate: &'a Candidate<'a>,
    ground: &'a Ground<'a>,
}

/// On what a rule matches a line; `None` if it does not.
pub(super) fn causes(
    when: &When,
    (number, line): (u32, &DealLine),
    candidate: &Candidate<'_>,
    ground: &Ground<'_>,
) -> Option<Vec<Cause>> {
    let question = Question { when, line, number, candidate, ground };
    let mut causes = Vec::new();
    question.deal(&mut causes)?;
    question.partner(&mut causes)?;
    question.accounts(&mut causes)?;
    question.registrations(&mut causes)?;
    question.choice(&mut causes)?;
    Some(causes)
}

/// `None` unless it holds.
fn holds(it: bool) -> Option<()> {
    it.then_some(())
}

impl Question<'_> {
    fn partner_id(&self) -> &PartnerId {
        &self.candidate.form.partner
    }

    fn is(&self, whose: Whose, partner: &PartnerId) -> bool {
        match whose {
            Whose::SamePartner => partner == self.partner_id(),
            Whose::AnotherPartner => partner != self.partner_id(),
            Whose::AnyPartner => true,
        }
    }

    /// Whether an account that is so like counts.
    fn counts(&self, likeness: Likeness) -> bool {
        let meant = &self.when.matches;
        if is_same(likeness, self.ground) && (meant.is_empty() || meant.contains(&Likeness::Same)) {
            return true;
        }
        meant.contains(&likeness)
    }

    /// The type and the value of the deal, and the partner's tier.
    fn deal(&self, causes: &mut Vec<Cause>) -> Option<()> {
        let When { types, tiers, value_below, value_at_least, .. } = self.when;
        holds(types.is_empty() || types.contains(&self.candidate.form.deal_type))?;
        let tier = self.candidate.judged.partner.tier.as_ref();
        holds(tiers.is_empty() || tier.is_some_and(|tier| tiers.contains(tier)))?;
        if value_below.is_some() || value_at_least.is_some() {
            // A deal whose value nobody knows is neither small nor large.
            let value = self.candidate.form.value().ok()??.amount();
            holds(value_below.is_none_or(|limit: Scaled| value < limit))?;
            holds(value_at_least.is_none_or(|limit: Scaled| value >= limit))?;
        }
        let looked = !types.is_empty() || !tiers.is_empty() || value_below.is_some() || value_at_least.is_some();
        causes.extend(looked.then_some(Cause::Deal));
        Some(())
    }

    /// Territory, authorisation, and what the host says.
    fn partner(&self, causes: &mut Vec<Cause>) -> Option<()> {
        let partner = &self.candidate.judged.partner;
        if let Some(wanted) = self.when.inside_territory {
            let (country, region) = (&self.candidate.form.account.country, &self.candidate.form.region);
            let covers = |name: &Name| {
                let territory = self.ground.program.territories().get(name);
                territory.is_some_and(|territory| territory.covers(country.as_deref(), region.as_deref()))
            };
            let inside = partner.territories.as_ref().is_none_or(|own| own.iter().any(covers));
            holds(inside == wanted)?;
            causes.push(Cause::Territory { inside });
        }
        if let Some(wanted) = self.when.authorised {
            let sells = |name: &Name| is_within((&self.line.goods, self.candidate.judged), name, self.ground.program);
            let authorised = partner.sells.as_ref().is_none_or(|sets| sets.iter().any(sells));
            holds(authorised == wanted)?;
            causes.push(Cause::Authorised { authorised });
        }
        if let Some(code) = &self.when.host_verdict {
            let verdicts = &self.candidate.judged.verdicts;
            let said = |line: Option<u32>| line.is_none_or(|line| line == self.number);
            holds(verdicts.iter().any(|verdict| verdict.code == *code && said(verdict.line)))?;
            causes.push(Cause::HostVerdict { code: code.clone() });
        }
        Some(())
    }

    /// What the vendor knows of the account.
    fn accounts(&self, causes: &mut Vec<Cause>) -> Option<()> {
        let When { named_account, direct_only, existing_customer, .. } = self.when;
        self.flag(*named_account, AccountFact::NamedAccount, |of| of.known.named, causes)?;
        self.flag(*direct_only, AccountFact::DirectOnly, |of| of.known.direct_only, causes)?;
        let sold = |of: &FoundAccount| of.known.customer_of.iter().any(|by| self.still(by.until, by.products.as_ref()));
        self.flag(*existing_customer, AccountFact::ExistingCustomer, sold, causes)?;
        if let Some(whose) = self.when.incumbent {
            let mut facts = Vec::new();
            for of in self.accounts_that_count() {
                let by = of.known.customer_of.iter().filter(|by| self.still(by.until, by.products.as_ref()));
                for partner in by.filter_map(|by| by.partner.as_ref()).filter(|partner| self.is(whose, partner)) {
                    let known = Known { incumbent: Some(partner.clone()), ..known(of) };
                    facts.push(fact(AccountFact::Incumbent, of, Some(known)));
                }
            }
            holds(!facts.is_empty())?;
            causes.append(&mut facts);
        }
        if self.when.open_opportunity {
            let mut facts = Vec::new();
            for of in self.accounts_that_count() {
                for open in &of.known.opportunities {
                    let young = self.when.age_below.is_none_or(|age| self.within(open.touched_on, age, false));
                    if young && self.is_about(open.products.as_ref()) {
                        let on = Some(open.touched_on);
                        let known = Known { opportunity: Some(open.id.clone()), on, ..known(of) };
                        facts.push(fact(AccountFact::OpenOpportunity, of, Some(known)));
                    }
                }
            }
            holds(!facts.is_empty())?;
            causes.append(&mut facts);
        }
        if let Some(within) = self.when.contact_within {
            let recent = |of: &&FoundAccount| of.known.last_contact.is_some_and(|on| self.within(on, within, true));
            let facts: Vec<_> = self.accounts_that_count().filter(recent).collect();
            holds(!facts.is_empty())?;
            causes.extend(facts.into_iter().map(|of| {
                let known = Known { on: of.known.last_contact, ..known(of) };
                fact(AccountFact::Contact, of, Some(known))
            }));
        }
        Some(())
    }

    /// A fact that must hold of some account, or of none.
    fn flag(
        &self,
        wanted: Option<bool>,
        of: AccountFact,
        is: impl Fn(&FoundAccount) -> bool,
        causes: &mut Vec<Cause>,
    ) -> Option<()> {
        let Some(wanted) = wanted else { return Some(()) };
        let mut facts: Vec<_> = self
            .accounts_that_count()
            .filter(|found| is(found))
            .map(|found| fact(of, found, Some(known(found))))
            .collect();
        holds(facts.is_empty() != wanted)?;
        if !wanted {
            facts.push(Cause::Account { fact: of, likeness: Likeness::Same, known: None });
        }
        causes.append(&mut facts);
        Some(())
    }

    fn accounts_that_count(&self) -> impl Iterator<Item = &FoundAccount> {
        self.ground.found.accounts.iter().filter(|of| self.counts(of.matched.likeness))
    }

    /// Whether something of a product set, or of all products, is about the line.
    fn is_about(&self, products: Option<&Name>) -> bool {
        let about = |name: &Name| {
            let theirs = Goods::Products(name.clone());
            goods_overlap((&self.line.goods, Some(self.candidate.judged)), (&theirs, None), self.ground.program)
        };
        self.when.any_products || products.is_none_or(about)
    }

    fn still(&self, until: Option<NaiveDate>, products: Option<&Name>) -> bool {
        until.is_none_or(|until| self.ground.today < until) && self.is_about(products)
    }

    /// Whether a day lies less than so long ago; `inclusive` counts the day itself too.
    fn within(&self, day: NaiveDate, ago: crate::program::length::Length, inclusive: bool) -> bool {
        ago.after(day).is_ok_and(|end| if inclusive { self.ground.today <= end } else { self.ground.today < end })
    }

    /// Other registrations.
    fn registrations(&self, causes: &mut Vec<Cause>) -> Option<()> {
        let asked = [(Standing::Pending, self.when.pending_for), (Standing::Protected, self.when.protected_for)];
        let asked: Vec<_> = asked.into_iter().filter_map(|(standing, whose)| Some((standing, whose?))).collect();
        if asked.is_empty() {
            return Some(());
        }
        let mut others = Vec::new();
        for other in &self.ground.found.registrations {
            for (standing, whose) in &asked {
                others.extend(self.registration(other, *standing, *whose));
            }
        }
        holds(!others.is_empty())?;
        causes.append(&mut others);
        Some(())
    }

    fn registration(&self, other: &FoundRegistration, standing: Standing, whose: Whose) -> Option<Cause> {
        let (registration, ground) = (&other.registration, self.ground);
        holds(self.counts(other.matched.likeness))?;
        holds(self.is(whose, &registration.form.partner))?;
        holds(in_scope(self.candidate, other, ground))?;
        holds(self.is(Whose::SamePartner, &registration.form.partner) || blocks(other))?;
        if let Some(wanted) = self.when.same_chain {
            let same = registration.form.partners().any(|one| self.candidate.form.partners().any(|mine| mine == one));
            holds(same == wanted)?;
        }
        let stands = |state: &Registered| match standing {
            Standing::Pending => {
                state.review.is_undecided()
                    && registration.holds_place(ground.at)
                    && is_before(registration.receipt, self.candidate.receipt)
            }
            Standing::Protected => {
                let keeps_away = state.terms.as_ref().is_none_or(|terms| terms.exclusive);
                keeps_away && state.protection.as_ref().is_some_and(|protection| protection.at(ground.at).holds())
            }
        };
        let same_goods = |theirs: &DealLine| {
            self.when.any_products || overlap(self.line, self.candidate.judged, theirs, Some(other), ground.program)
        };
        let lines: Vec<_> = other_lines(other).filter(|(theirs, state)| stands(state) && same_goods(theirs)).collect();
        holds(!lines.is_empty())?;
        let ends = lines.iter().filter_map(|(_, state)| state.protection.as_ref()).map(Protection::ends_at).max();
        let account = &registration.form.account;
        Some(Cause::Registration {
            standing,
            likeness: other.matched.likeness,
            other: Some(Box::new(Other {
                id: other.id.clone(),
                partner: registration.form.partner.clone(),
                account: account.id.clone(),
                account_name: account.name.clone(),
                matched: other.matched.clone(),
                goods: lines.iter().map(|(line, _)| line.goods.clone()).collect(),
                receipt: registration.receipt,
                ends_at: ends.filter(|_| standing == Standing::Protected),
            })),
        })
    }

    /// What the customer chose, by the latest letter.
    fn choice(&self, causes: &mut Vec<Cause>) -> Option<()> {
        let Some(whose) = self.when.customer_choice else { return Some(()) };
        let others = self.ground.found.registrations.iter().filter(|other| self.counts(other.matched.likeness));
        let choices = others.filter_map(|other| other.registration.choice.as_ref()).chain(self.candidate.choice);
        let latest: &Choice = choices.max_by_key(|choice| (choice.dated, &choice.letter))?;
        holds(self.is(whose, &latest.partner))?;
        causes.push(Cause::CustomerChoice { of: whose, dated: latest.dated });
        Some(())
    }
}

fn known(of: &FoundAccount) -> Known {
    let account = &of.known.account;
    Known {
        id: account.id().clone(),
        name: account.facts().name.clone(),
        matched: of.matched.clone(),
        incumbent: None,
        opportunity: None,
        on: None,
    }
}

fn fact(fact: AccountFact, of: &FoundAccount, known: Option<Known>) -> Cause {
    Cause::Account { fact, likeness: of.matched.likeness, known: known.map(Box::new) }
}
