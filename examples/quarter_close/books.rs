//! What is kept: batches, entries and the ledger, in a database of the user's.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use chrono::{NaiveDate, Utc};
use prm_core::actor::{Actor, VendorRole};
use prm_core::id::PartnerId;
use prm_core::incentive::fold::Facts;
use prm_core::incentive::line::{BatchKey, SaleLine};
use prm_core::incentive::partial::Partials;
use prm_core::partner::Partner;
use prm_core::period::Period;
use prm_core::program::Program;
use prm_core::program::version::{Command, Draft, ProgramVersion, VersionError};
use prm_core::tier::TierHistory;
use prm_store::{Action, ExecuteError, Listing, Meta, ReceiveError, Received, Settle, Settled, Stand, Store, Tenant};

use crate::facts::Loaded;

/// The one tenant of this program's databases.
const TENANT: &str = "vendor";

/// The store, and who acts in it.
pub(crate) struct Books {
    runtime: tokio::runtime::Runtime,
    store: Store,
    tenant: Tenant,
    finance: Actor,
    /// Whether a file that changed replaces what it was.
    revise: bool,
    leave_gone: bool,
    /// Batches that were known.
    pub(crate) known: usize,
    /// Batches that were not.
    pub(crate) new: usize,
}

/// How the books are kept.
pub(crate) struct Rules<'r> {
    pub(crate) drafted_by: &'r str,
    pub(crate) activated_by: &'r str,
    /// Whether another version of the program that governs the same days is retired.
    pub(crate) replace: bool,
    pub(crate) revise: bool,
    /// Whether what was settled for incentives that the program has no more stays as it is.
    pub(crate) leave_gone: bool,
}

impl Books {
    /// Opens the database, makes its tables if they are missing, and puts the program in force.
    pub(crate) fn open(url: &str, program: &Program, text: &str, rules: &Rules<'_>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let store = runtime.block_on(Store::create(url)).context("--db")?;
        let tenant = store.tenant(TENANT);
        let actor = |person: &str, role| Ok::<_, anyhow::Error>(Actor::Vendor { person: person.parse()?, role });
        let drafter = actor(rules.drafted_by, VendorRole::Administrator).context("--drafted-by")?;
        let finance = actor(rules.activated_by, VendorRole::Finance).context("--activated-by")?;
        runtime.block_on(put_in_force(&tenant, program, text, (&drafter, &finance), rules.replace))?;
        Ok(Self {
            runtime,
            store,
            tenant,
            finance,
            revise: rules.revise,
            leave_gone: rules.leave_gone,
            known: 0,
            new: 0,
        })
    }

    /// Receives a batch, once.
    pub(crate) fn receive(
        &mut self,
        program: &Program,
        facts: Facts<'_>,
        batch: &BatchKey,
        lines: &[SaleLine],
    ) -> Result<()> {
        let mut batch = batch.clone();
        loop {
            let received = self.tenant.receive(program, facts, &batch, lines, &self.finance);
            match self.runtime.block_on(received) {
                Ok(Received::Counted { .. } | Received::Recounted { .. }) => self.new += 1,
                Ok(Received::Known { .. }) => self.known += 1,
                // A changed file is looked for among its revisions, and is a new one behind them.
                Err(ReceiveError::Differs { .. }) | Ok(Received::Superseded { .. }) if self.revise => {
                    batch.revision += 1;
                    continue;
                }
                Err(ReceiveError::Differs { batch }) => {
                    bail!("`{}` was received with other lines before: --revise replaces them", batch.batch)
                }
                Ok(other) => bail!("`{}` is not in force any more: {other:?}", batch.batch),
                Err(error) => return Err(error.into()),
            }
            return Ok(());
        }
    }

    /// The sums of everything that was ever received.
    pub(crate) fn partials(&self, program: &Program) -> Result<Partials> {
        Ok(self.runtime.block_on(self.tenant.partials(program, None, None, &self.finance))?)
    }

    /// Follows the tiers of all partners up to a day, and gives all that is recorded of them.
    pub(crate) fn follow_tiers(
        &self,
        program: &Program,
        partners: &BTreeMap<PartnerId, Partner>,
        until: NaiveDate,
    ) -> Result<TierHistory> {
        let stand = Stand::new(program, partners, until);
        self.runtime.block_on(self.tenant.follow_tiers(stand, &self.finance))?;
        Ok(self.runtime.block_on(self.tenant.tiers(&program.identity().name, None, &self.finance))?)
    }

    /// Posts what is due now and was not before.
    pub(crate) fn settle(&self, program: &Program, facts: &Loaded, covers: Period) -> Result<Settled> {
        let settle = Settle::new(program, &facts.partners, &facts.tables, covers).exchange(&facts.exchange);
        let settle = if self.leave_gone { settle.leaving_gone() } else { settle };
        Ok(self.runtime.block_on(self.tenant.settle(settle, &self.finance, Utc::now()))?)
    }

    /// Whether the books balance, in one line.
    pub(crate) fn balance(&self) -> Result<String> {
        let trial = self.runtime.block_on(self.tenant.trial_balance(&self.finance))?;
        if !trial.holds() {
            bail!("the books do not balance: {trial:?}");
        }
        Ok("all accounts sum to zero, and each is the sum of its transfers".to_owned())
    }

    /// Leaves a file that is whole in itself.
    pub(crate) fn close(self) {
        self.runtime.block_on(self.store.close());
    }
}

/// Drafts and activates the program, unless this very document is in force.
async fn put_in_force(
    tenant: &Tenant,
    program: &Program,
    text: &str,
    (drafter, activator): (&Actor, &Actor),
    replace: bool,
) -> Result<()> {
    let identity = program.identity();
    let listing = Listing {
        subject: Some(identity.name.clone()),
        stage: Some("active".into()),
        limit: prm_store::PAGE_MAX,
        ..Listing::default()
    };
    let active = tenant.list::<ProgramVersion>(&listing, activator).await?.records;
    if active.iter().any(|version| version.record.program == *identity) {
        return Ok(());
    }
    let now = || Utc::now();
    for other in active.iter().filter(|_| replace) {
        let governs = other.record.effective;
        let first = governs.from.max(program.effective().from);
        if governs.contains(first) && program.effective().contains(first) {
            let reason = format!("replaced by version {}", identity.version);
            let retire = Action::<ProgramVersion>::Command(Command::Retire { reason });
            tenant.execute(&other.id, retire, &(), &Meta::new(drafter.clone(), now())).await?;
        }
    }
    // One record for each document, whatever its version says.
    let id = format!("program-{}", identity.digest.get(..16).unwrap_or(&identity.digest));
    let draft = Action::<ProgramVersion>::Open(Draft { text: text.to_owned() });
    match tenant.execute(&id, draft, &(), &Meta::new(drafter.clone(), now())).await {
        Ok(_) | Err(ExecuteError::Exists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let activate = Action::<ProgramVersion>::Command(Command::Activate);
    match tenant.execute(&id, activate, &(), &Meta::new(activator.clone(), now())).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Refused(refused @ VersionError::Overlap { .. })) => {
            Err(anyhow::Error::new(refused).context("the program changed: --replace-program retires the other version"))
        }
        Err(error) => Err(error.into()),
    }
}
