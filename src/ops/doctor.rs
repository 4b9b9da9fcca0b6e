//! The account looked over: everything that does not fit together, and what would mend it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keypool_domain::change::counted;
use keypool_domain::drift::{self, Finding, Kind, Observed, StageMethods};
use keypool_domain::{Inventory, StageRef};

use super::{Progress, Run};
use crate::aws::{Aws, Failure};

/// What was found, in the account as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// The account.
    pub inventory: Arc<Inventory>,
    /// What does not fit, in the order in which it is best mended.
    pub findings: Vec<Finding>,
    /// What could not be looked at, with the IAM action that is missing.
    pub remarks: Vec<String>,
}

/// Reads the account and what else the findings depend on; what may not be read is left out.
pub async fn diagnose(aws: &Aws, run: &Run) -> Result<Diagnosis, Failure> {
    let inventory = super::inventory(aws, run).await?;
    let mut missing = Missing::default();
    let looking = observe(aws, &inventory, run, &mut missing);
    let observed = run.cancel.run_until_cancelled(looking).await.ok_or(Failure::Cancelled)??;
    let findings = drift::findings(&inventory, &observed);
    let remarks = unread(&inventory).into_iter().chain(missing.remarks()).collect();
    Ok(Diagnosis { inventory: Arc::new(inventory), findings, remarks })
}

/// Plans whose keys may not be listed; what else is odd about the account is found or told elsewhere.
fn unread(inventory: &Inventory) -> Option<String> {
    let plans = inventory.plans().iter().filter(|plan| inventory.members(&plan.id).is_none()).count();
    let of = counted(plans, "usage plan");
    let seen =
        format!("not looked at: the API keys of {of} (IAM action apigateway:GET on their keys is missing)");
    (plans > 0).then_some(seen)
}

/// What may not be looked at, each once.
#[derive(Default)]
struct Missing(BTreeSet<(String, String)>);

impl Missing {
    /// Notes what IAM denies; like what is not there, it is not known.
    fn known<T>(&mut self, read: Result<T, Failure>) -> Result<Option<T>, Failure> {
        if let Err(Failure::Denied { action, resource }) = &read {
            self.0.insert((action.clone(), resource.clone()));
        }
        known(read)
    }

    fn remarks(&self) -> Vec<String> {
        let said = self.0.iter();
        said.map(|(action, resource)| format!("not looked at: {resource} (IAM action {action} is missing)"))
            .collect()
    }
}

async fn observe(
    aws: &Aws,
    inventory: &Inventory,
    run: &Run,
    missing: &mut Missing,
) -> Result<Observed, Failure> {
    let progress = |doing: &str| {
        (run.progress)(Progress { done: 0, total: None, doing: doing.to_owned() });
    };
    let tables = aws.tables().await?;
    progress("looking at tables and values");
    let (windows, _) = aws.shop_windows(&tables.plans).await?;
    let values = missing.known(aws.api_key_values().await)?.unwrap_or_default();
    let uncounted = match tables.pools.as_deref() {
        Some(table) => uncounted(aws, table).await?,
        None => BTreeSet::new(),
    };
    progress("looking at stages");
    Ok(Observed {
        windows: windows.into_iter().map(|(id, window)| (id, window.name)).collect(),
        values: values.into_iter().collect(),
        stages: stages(aws, inventory, missing).await?,
        uncounted,
        has_log_role: missing.known(aws.log_role().await)?.map(|role| role.is_some()),
        now: aws.now(),
    })
}

/// Pool keys without a counter.
async fn uncounted(aws: &Aws, table: &str) -> Result<BTreeSet<keypool_domain::ApiKeyId>, Failure> {
    let read = aws.pools(table).await?;
    let keys = read.pools.iter().flat_map(|pool| &pool.api_keys);
    Ok(keys.filter(|id| !read.counters.contains_key(*id)).cloned().collect())
}

/// The methods behind every stage that a plan covers.
async fn stages(
    aws: &Aws,
    inventory: &Inventory,
    missing: &mut Missing,
) -> Result<BTreeMap<StageRef, StageMethods>, Failure> {
    let covered: BTreeSet<&StageRef> = inventory.plans().iter().flat_map(|plan| &plan.stages).collect();
    let mut all = BTreeMap::new();
    for stage in covered {
        let edited = missing.known(aws.methods(&stage.api).await)?;
        let deployed = missing.known(aws.deployed_methods(stage).await)?;
        let (Some(edited), Some(deployed)) = (edited, deployed) else { continue };
        let edited =
            edited.into_iter().map(|method| (format!("{} {}", method.verb, method.path), method.needs_key));
        all.insert(stage.clone(), StageMethods { deployed, edited: edited.collect() });
    }
    Ok(all)
}

/// What may not be read, or is not there, is not known.
pub(super) fn known<T>(read: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// One finding that was mended, or why it could not be.
#[derive(Debug)]
pub struct Mended {
    /// What was found.
    pub finding: Finding,
    /// What became of it.
    pub outcome: Result<(), Failure>,
}

/// Mends the first kind of finding that has not been tried yet, one after the other; nothing where all were tried.
///
/// Findings of other kinds may look different afterwards: look again before mending on.
pub async fn mend_next(
    aws: &Aws,
    diagnosis: &Diagnosis,
    tried: &mut BTreeSet<(Kind, String)>,
    chosen: &(dyn Fn(&Finding) -> bool + Send + Sync),
    run: &Run,
) -> Vec<Mended> {
    let is_open = |finding: &&Finding| {
        finding.mend.is_some() && chosen(finding) && !tried.contains(&(finding.kind, finding.subject.clone()))
    };
    let open: Vec<&Finding> = diagnosis.findings.iter().filter(is_open).collect();
    let Some(kind) = open.first().map(|finding| finding.kind) else { return Vec::new() };
    let mut mended = Vec::new();
    for finding in open.into_iter().filter(|finding| finding.kind == kind) {
        tried.insert((finding.kind, finding.subject.clone()));
        let Some(change) = &finding.mend else { continue };
        let outcome = super::apply(aws, &diagnosis.inventory, change, run).await.map(drop);
        mended.push(Mended { finding: finding.clone(), outcome });
    }
    mended
}

/// Mends everything that is chosen, kind by kind, and looks again after each; `tell` hears of every finding at once.
pub async fn mend_all(
    aws: &Aws,
    mut diagnosis: Diagnosis,
    chosen: &(dyn Fn(&Finding) -> bool + Send + Sync),
    tell: &(dyn Fn(&Mended) + Send + Sync),
    run: &Run,
) -> Result<Diagnosis, Failure> {
    let mut tried = BTreeSet::new();
    loop {
        let mended = mend_next(aws, &diagnosis, &mut tried, chosen, run).await;
        if mended.is_empty() {
            return Ok(diagnosis);
        }
        mended.iter().for_each(tell);
        diagnosis = diagnose(aws, run).await?;
    }
}
