//! What the console lists, written to a file of its own: the records of the command line's CSV and JSON, never a secret.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::charging::Report;
use keypool_domain::usage::Usage;
use keypool_domain::{Inventory, PlanId};
use serde_json::Value;

use super::listing::{
    self, FindingRecord, PlanRecord, PoolRecord, Record, RecordFormat, TenantKeyRecord, charge_records, usage,
};
use super::{DoctorReport, private_file};

/// What is written where.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    /// What is listed.
    pub list: ExportList,
    /// The file; its ending says how it is written.
    pub path: PathBuf,
    /// Whether a file that is there already is replaced.
    pub replace: bool,
}

/// A list, and what it is made from.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportList {
    /// All usage plans.
    Plans(Arc<Inventory>),
    /// The pool of a plan, or all pools.
    Pools(Arc<Inventory>, Option<PlanId>),
    /// Tenant keys, by their places in the inventory.
    Keys(Arc<Inventory>, Vec<u32>),
    /// What was used, as far as it was told at that time.
    Usage(Arc<Usage>, Arc<Inventory>, UsageGrouping, Timestamp),
    /// What tenants owe for a month.
    Charges(Report, Arc<Inventory>),
    /// What does not fit together.
    Findings(Arc<DoctorReport>),
}

/// What a line of usage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGrouping {
    /// An API key in a plan.
    Key,
    /// A tenant.
    Tenant,
    /// A usage plan.
    Plan,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Where.
    pub path: PathBuf,
    /// How many records it holds.
    pub records: usize,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The name does not say how.
    #[error("end the name of the file in .csv or .json: it says how the list is written")]
    UnknownExtension,
    /// Something is there, and was not to be replaced.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The system says no.
    #[error("{} cannot be written: {why}", path.display())]
    Write {
        /// the file
        path: PathBuf,
        /// the system's words
        why: String,
    },
}

impl ExportRequest {
    /// Whether the file's name says how the list is written.
    pub fn check_extension(&self) -> Result<(), ExportError> {
        parse_extension(&self.path).map(drop)
    }
}

/// Writes a file that nobody else may read.
pub fn export(export: &ExportRequest) -> Result<ExportedFile, ExportError> {
    let form = parse_extension(&export.path)?;
    let failed = |why: io::Error| ExportError::Write { path: export.path.clone(), why: why.to_string() };
    let path = std::path::absolute(&export.path).map_err(failed)?;
    let (text, records) = render_list(&export.list, form).map_err(failed)?;
    let write = if export.replace { private_file::replace } else { private_file::create_new };
    write(&path, &text).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => ExportError::Exists(path.clone()),
        _ => failed(why),
    })?;
    Ok(ExportedFile { path, records })
}

fn parse_extension(path: &Path) -> Result<RecordFormat, ExportError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    match ending.as_deref() {
        Some("csv") => Ok(RecordFormat::Csv),
        Some("json") => Ok(RecordFormat::Json),
        _ => Err(ExportError::UnknownExtension),
    }
}

/// The text, and how many records it holds.
fn render_list(listed: &ExportList, form: RecordFormat) -> io::Result<(String, usize)> {
    match listed {
        ExportList::Plans(inventory) => {
            render_records(form, inventory.plans().iter().map(|plan| PlanRecord::new(plan, inventory, form)))
        }
        ExportList::Pools(inventory, plan) => {
            let pools = inventory.pools().iter();
            let pools = pools.filter(|pool| plan.as_ref().is_none_or(|plan| *plan == pool.plan));
            render_records(form, pools.map(|pool| PoolRecord::new(pool, inventory, form)))
        }
        ExportList::Keys(inventory, places) => {
            let rows = places.iter().filter_map(|place| inventory.tenant_keys().get(*place as usize));
            render_records(form, rows.map(|row| TenantKeyRecord::new(row, inventory, form)))
        }
        ExportList::Usage(used, inventory, by, now) => match by {
            UsageGrouping::Key => render_records(form, usage::key_records(used, inventory, *now)),
            UsageGrouping::Tenant => render_records(form, usage::tenant_records(used, inventory, form)),
            UsageGrouping::Plan => render_records(form, usage::plan_records(used, inventory, *now)),
        },
        ExportList::Charges(report, inventory) => {
            render_records(form, charge_records(report, inventory, form))
        }
        ExportList::Findings(diagnosis) => {
            let findings = diagnosis.findings.iter();
            render_records(form, findings.map(|finding| FindingRecord::new(finding, &diagnosis.inventory)))
        }
    }
}

fn render_records<R: Record>(
    form: RecordFormat,
    records: impl IntoIterator<Item = R>,
) -> io::Result<(String, usize)> {
    let records: Vec<R> = records.into_iter().collect();
    let values = listing::to_values(&records)?;
    let text = match form {
        RecordFormat::Json => listing::to_json(&Value::Array(values))?,
        RecordFormat::Csv | RecordFormat::Table => listing::to_csv::<R>(&values, |cell| cell.into_owned())?,
    };
    Ok((text, records.len()))
}
