//! `keypool report`: what each tenant owes for a month.

use std::collections::BTreeSet;

use clap::Args;
use keypool_domain::Inventory;
use keypool_domain::text::pluralize_calls;
use keypool_domain::usage::DayRange;

use super::CommandError;
use super::log_source::{CLOUDWATCH, LogSource, count_stage_logs, print_unlisted};
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::ops::{self, AccessLogCalls, AccessLogFile, ChargeReport, ChargeRequest, listing};

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
    /// Count calls in an API Gateway access log: a file in JSON, also as CloudWatch exports it, - for
    /// standard input, or cloudwatch, which is the default, for the log groups of the plans' stages
    #[arg(long, visible_alias = "access-log", value_name = "FILE|-|cloudwatch", num_args = 0..=1,
          default_missing_value = CLOUDWATCH, value_parser = LogSource::parse)]
    from_log: Option<LogSource>,
    /// Replace the frozen figures with the current ones
    #[arg(long)]
    refreeze: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl ReportArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let file = match &self.from_log {
            Some(LogSource::Other(source)) => {
                let fields = session.settings.charging.access_log_fields.clone();
                let file = AccessLogFile { source: source.clone(), fields };
                Some(session.wait_for(file.read(self.month.into(), &session.run)).await?)
            }
            Some(LogSource::CloudWatch) | None => None,
        };
        let inventory = session.read_inventory().await?;
        let log = match &self.from_log {
            Some(LogSource::CloudWatch) => {
                Some(count_stage_logs(session, inventory.plans(), self.month.into()).await?.1)
            }
            Some(LogSource::Other(_)) | None => file,
        };
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
        let unpriced = result.report.tenants_with_unknown_prices();
        let uncounted = result.report.tenants_with_unknown_calls();
        match (left_out.len(), unpriced.len(), uncounted.len()) {
            (0, 0, 0) => Ok(()),
            (0, 0, count) => Err(CommandError::CallsUnknown(count)),
            (0, count, _) => Err(CommandError::PricesUnknown(count)),
            (count, ..) => Err(CommandError::TenantsLeftOut(count)),
        }
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
    print_unlisted(&report.unlisted, "not charged");
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
