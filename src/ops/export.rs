//! What the console lists, written to a file of its own: the records of the command line's CSV and JSON, never a secret.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::charging::Report;
use keypool_domain::usage::Usage;
use keypool_domain::{Inventory, PlanId};
use serde_json::Value;

use super::listing::{self, FindingRecord, Form, KeyRecord, PlanRecord, PoolRecord, Record, charges, usage};
use super::{Diagnosis, private_file};

/// What is written where.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// What is listed.
    pub listed: Listed,
    /// The file; its ending says how it is written.
    pub path: PathBuf,
    /// Whether a file that is there already is replaced.
    pub replace: bool,
}

/// A list, and what it is made from.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// All usage plans.
    Plans(Arc<Inventory>),
    /// The pool of a plan, or all pools.
    Pools(Arc<Inventory>, Option<PlanId>),
    /// Tenant keys, by their places in the inventory.
    Keys(Arc<Inventory>, Vec<u32>),
    /// What was used, as far as it was told at that time.
    Usage(Arc<Usage>, Arc<Inventory>, UsageBy, Timestamp),
    /// What tenants owe for a month.
    Charges(Report, Arc<Inventory>),
    /// What does not fit together.
    Findings(Arc<Diagnosis>),
}

/// What a line of usage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageBy {
    /// An API key in a plan.
    Key,
    /// A tenant.
    Tenant,
    /// A usage plan.
    Plan,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Where.
    pub path: PathBuf,
    /// How many records it holds.
    pub records: usize,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotExported {
    /// The name does not say how.
    #[error("end the name of the file in .csv or .json: it says how the list is written")]
    Ending,
    /// Something is there, and was not to be replaced.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The system says no.
    #[error("{} cannot be written: {why}", path.display())]
    Failed {
        /// the file
        path: PathBuf,
        /// the system's words
        why: String,
    },
}

impl Export {
    /// Whether the file's name says how the list is written.
    pub fn fits(&self) -> Result<(), NotExported> {
        form(&self.path).map(drop)
    }
}

/// Writes a file that nobody else may read.
pub fn export(export: &Export) -> Result<Exported, NotExported> {
    let form = form(&export.path)?;
    let failed = |why: io::Error| NotExported::Failed { path: export.path.clone(), why: why.to_string() };
    let path = std::path::absolute(&export.path).map_err(failed)?;
    let (text, records) = written(&export.listed, form).map_err(failed)?;
    let write = if export.replace { private_file::replace } else { private_file::create_new };
    write(&path, &text).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => NotExported::Exists(path.clone()),
        _ => failed(why),
    })?;
    Ok(Exported { path, records })
}

fn form(path: &Path) -> Result<Form, NotExported> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    match ending.as_deref() {
        Some("csv") => Ok(Form::Csv),
        Some("json") => Ok(Form::Json),
        _ => Err(NotExported::Ending),
    }
}

/// The text, and how many records it holds.
fn written(listed: &Listed, form: Form) -> io::Result<(String, usize)> {
    match listed {
        Listed::Plans(inventory) => {
            text(form, inventory.plans().iter().map(|plan| PlanRecord::of(plan, inventory, form)))
        }
        Listed::Pools(inventory, plan) => {
            let pools = inventory.pools().iter();
            let pools = pools.filter(|pool| plan.as_ref().is_none_or(|plan| *plan == pool.plan));
            text(form, pools.map(|pool| PoolRecord::of(pool, inventory, form)))
        }
        Listed::Keys(inventory, places) => {
            let rows = places.iter().filter_map(|place| inventory.rows().get(*place as usize));
            text(form, rows.map(|row| KeyRecord::of(row, inventory, form)))
        }
        Listed::Usage(used, inventory, by, now) => match by {
            UsageBy::Key => text(form, usage::keys(used, inventory, *now)),
            UsageBy::Tenant => text(form, usage::tenants(used, inventory, form)),
            UsageBy::Plan => text(form, usage::plans(used, inventory, *now)),
        },
        Listed::Charges(report, inventory) => text(form, charges(report, inventory, form)),
        Listed::Findings(diagnosis) => {
            let findings = diagnosis.findings.iter();
            text(form, findings.map(|finding| FindingRecord::of(finding, &diagnosis.inventory)))
        }
    }
}

fn text<R: Record>(form: Form, records: impl IntoIterator<Item = R>) -> io::Result<(String, usize)> {
    let records: Vec<R> = records.into_iter().collect();
    let values = listing::values(&records)?;
    let text = match form {
        Form::Json => listing::json(&Value::Array(values))?,
        Form::Csv | Form::Table => listing::csv::<R>(&values, |cell| cell.into_owned())?,
    };
    Ok((text, records.len()))
}
