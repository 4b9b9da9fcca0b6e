//! `keypool report`: what each tenant owes for a month.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use clap::Args;
use keypool_domain::text::{pluralize, pluralize_calls};
use keypool_domain::usage::DayRange;
use keypool_domain::{Inventory, Tenant};

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::ops::{
    self, AccessLogCalls, AccessLogFile, AccessLogSource, ChargeReport, ChargeRequest, listing,
};

/// Unknown tenants of a log that are named in notes.
const MAX_NAMED_TENANTS: usize = 10;

/// Show what each tenant owes for a month: flat prices, and calls beyond the included ones
///
/// Calls with a tenant's own API keys are exact. Calls with shared keys are only counted per key: each
/// tenant's equal share is an estimate, marked with ~, and never charged. An access log that names the
/// tenant of each call makes them exact. A month that is over is frozen when it is first reported.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Month, for example 2026-10
    #[arg(long, value_name = "MONTH", value_parser = DayRange::parse_month)]
    month: DayRange,
    /// API Gateway access log in JSON, also as CloudWatch exports it; - for standard input
    #[arg(long, value_name = "FILE")]
    access_log: Option<String>,
    /// Replace the frozen figures with the current ones
    #[arg(long)]
    refreeze: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl ReportArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let log = match &self.access_log {
            Some(file) => Some(self.read_log(file, session).await?),
            None => None,
        };
        let inventory = session.read_inventory().await?;
        let request = ChargeRequest {
            month: self.month,
            tariff: &session.settings.charging.tariff,
            log: log.as_ref().map(|log| &log.logged),
            refreeze: self.refreeze,
        };
        let calculation = ops::calculate_charges(&session.aws, &inventory, &request, &session.run);
        let result = session.wait_for(calculation).await?;
        let format = self.output.output;
        output::list(&listing::charge_records(&result.report, format.record_format()), format)?;
        output::remarks(log.iter().flat_map(AccessLogCalls::remarks));
        print_remarks(&result, &inventory);
        let left_out: BTreeSet<_> = result.report.unpriced.iter().map(|unpriced| &unpriced.tenant).collect();
        let unknown = result.report.tenants_with_unknown_calls();
        match (left_out.len(), unknown.len()) {
            (0, 0) => Ok(()),
            (0, count) => Err(CommandError::CallsUnknown(count)),
            (count, _) => Err(CommandError::TenantsLeftOut(count)),
        }
    }

    async fn read_log(&self, file: &str, session: &Session) -> Result<AccessLogCalls, CommandError> {
        let source = match file {
            "-" => AccessLogSource::StandardInput,
            path => AccessLogSource::File(path.into()),
        };
        let log = AccessLogFile { source, fields: session.settings.charging.access_log_fields.clone() };
        Ok(session.wait_for(log.read(self.month, &session.run)).await?)
    }
}

fn print_remarks(result: &ChargeReport, inventory: &Inventory) {
    let report = &result.report;
    output::remarks(report.unpriced.iter().map(ToString::to_string));
    output::remarks(&result.remarks);
    for key in &report.unattributed {
        let plan = inventory.plan_name(&key.plan);
        output::note(&format!(
            "note: unattributed: {} in {plan} with API key {}, which belongs to no known tenant",
            pluralize_calls(key.used),
            key.api_key
        ));
    }
    for line in report.lines_of_former_plans(inventory) {
        output::note(&format!(
            "note: {} has no key in {}: its calls are listed, but the flat price is not charged",
            line.tenant, line.plan_name
        ));
    }
    print_unknown_tenants(&report.unknown_tenants);
    for difference in &result.differences {
        output::note(&format!("difference: {difference}"));
    }
    if !result.differences.is_empty() {
        output::note("hint: --refreeze replaces the frozen figures with the current ones");
    }
    let frozen = match &result.frozen {
        Some(frozen) => {
            format!(", frozen at {} UTC in {}", frozen.at.strftime("%Y-%m-%d %H:%M"), frozen.file.display())
        }
        None => ", not frozen".to_owned(),
    };
    output::note(&format!("total: {} {}{frozen}", report.total(), report.currency));
}

/// Names the tenants with the most calls; the others are only counted.
fn print_unknown_tenants(tenants: &[(Tenant, u64)]) {
    let mut tenants: Vec<_> = tenants.iter().collect();
    tenants.sort_by_key(|(_, calls)| Reverse(*calls));
    let (named, others) = tenants.split_at(tenants.len().min(MAX_NAMED_TENANTS));
    for (tenant, calls) in named {
        output::note(&format!(
            "note: the log has {} of {tenant}, which is unknown or used another tenant's own API key: these calls are not listed",
            pluralize_calls(*calls)
        ));
    }
    if !others.is_empty() {
        let calls: u64 = others.iter().map(|(_, calls)| calls).sum();
        let others = pluralize(others.len(), "more such tenant");
        output::note(&format!(
            "note: the log has {} of {others}: they are not listed",
            pluralize_calls(calls)
        ));
    }
}
