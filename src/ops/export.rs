//! Exports the console's lists to files, with the same records as the command line's CSV and JSON.
//! The files never contain key values.

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
use super::{DoctorReport, RecentCalls, private_file};

#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    pub list: ExportList,
    /// The extension selects the format.
    pub path: PathBuf,
    /// Whether to replace an existing file.
    pub replace: bool,
}

/// A list and the data it is made from.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportList {
    Plans(Arc<Inventory>),
    /// The pool of a plan, or all pools.
    Pools(Arc<Inventory>, Option<PlanId>),
    /// Tenant keys, by their index in the inventory.
    Keys(Arc<Inventory>, Vec<u32>),
    Usage(Arc<Usage>, Arc<Inventory>, UsageGrouping, Timestamp),
    /// Calls counted in access logs.
    RecentCalls(Arc<RecentCalls>, Arc<Inventory>),
    Charges(Report),
    Findings(Arc<DoctorReport>),
}

/// What each record of usage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGrouping {
    Key,
    Tenant,
    Plan,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    pub path: PathBuf,
    pub records: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error("the file name must end in .csv or .json")]
    UnknownExtension,
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    #[error("{} cannot be written: {why}", path.display())]
    Write { path: PathBuf, why: String },
}

impl ExportRequest {
    pub fn check_extension(&self) -> Result<(), ExportError> {
        parse_extension(&self.path).map(drop)
    }
}

/// Writes a file that only its owner may read.
pub fn export(request: &ExportRequest) -> Result<ExportedFile, ExportError> {
    let format = parse_extension(&request.path)?;
    let write_error =
        |why: io::Error| ExportError::Write { path: request.path.clone(), why: why.to_string() };
    let path = std::path::absolute(&request.path).map_err(write_error)?;
    let (text, records) = render_list(&request.list, format).map_err(write_error)?;
    let write = if request.replace { private_file::replace } else { private_file::create_new };
    write(&path, &text).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => ExportError::Exists(path.clone()),
        _ => write_error(why),
    })?;
    Ok(ExportedFile { path, records })
}

fn parse_extension(path: &Path) -> Result<RecordFormat, ExportError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    match extension.as_deref() {
        Some("csv") => Ok(RecordFormat::Csv),
        Some("json") => Ok(RecordFormat::Json),
        _ => Err(ExportError::UnknownExtension),
    }
}

/// Returns the text and the number of records.
fn render_list(list: &ExportList, format: RecordFormat) -> io::Result<(String, usize)> {
    match list {
        ExportList::Plans(inventory) => render_records(
            format,
            inventory.plans().iter().map(|plan| PlanRecord::new(plan, inventory, format)),
        ),
        ExportList::Pools(inventory, plan) => {
            let pools = inventory.pools().iter();
            let pools = pools.filter(|pool| plan.as_ref().is_none_or(|plan| *plan == pool.plan));
            render_records(format, pools.map(|pool| PoolRecord::new(pool, inventory, format)))
        }
        ExportList::Keys(inventory, indexes) => {
            let tenant_keys = indexes.iter().filter_map(|&index| inventory.tenant_key_at(index));
            render_records(
                format,
                tenant_keys.map(|tenant_key| TenantKeyRecord::new(tenant_key, inventory, format)),
            )
        }
        ExportList::Usage(usage_data, inventory, grouping, now) => match grouping {
            UsageGrouping::Key => render_records(format, usage::key_records(usage_data, inventory, *now)),
            UsageGrouping::Tenant => {
                render_records(format, usage::tenant_records(usage_data, inventory, format))
            }
            UsageGrouping::Plan => render_records(format, usage::plan_records(usage_data, inventory, *now)),
        },
        ExportList::RecentCalls(counted, inventory) => {
            render_records(format, usage::logged_records(&counted.usage, inventory, format))
        }
        ExportList::Charges(report) => render_records(format, charge_records(report, format)),
        ExportList::Findings(report) => {
            let findings = report.findings.iter();
            render_records(format, findings.map(|finding| FindingRecord::new(finding, &report.inventory)))
        }
    }
}

fn render_records<R: Record>(
    format: RecordFormat,
    records: impl IntoIterator<Item = R>,
) -> io::Result<(String, usize)> {
    let records: Vec<R> = records.into_iter().collect();
    let values = listing::to_values(&records)?;
    let text = match format {
        RecordFormat::Json => listing::to_json(&Value::Array(values))?,
        RecordFormat::Csv | RecordFormat::Table => listing::to_csv::<R>(&values, |cell| cell.into_owned())?,
    };
    Ok((text, records.len()))
}
