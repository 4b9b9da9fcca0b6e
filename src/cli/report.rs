//! `keypool report`: what tenants owe for a month.

use std::fs::File;
use std::io::{self, BufReader};

use clap::Args;
use keypool_domain::Inventory;
use keypool_domain::usage::DayRange;

use super::CommandError;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::ops::{self, AccessLogCalls, ChargeReport, ChargeRequest, listing};

/// Say what each tenant owes for a month: flat prices, and calls beyond those that are included
///
/// Calls with a tenant's own API keys are exact. Calls with keys that tenants share are known for the key alone: a
/// tenant's equal share is an estimate, written with ~, and never charged. An access log that names the tenant of each
/// call makes them exact. A month that is over is frozen when it is first reported.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The month, for example 2026-10
    #[arg(long, value_name = "MONTH", value_parser = DayRange::parse_month)]
    month: DayRange,
    /// An access log of API Gateway, a JSON object a line; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    access_log: Option<String>,
    /// Replace what was frozen by the figures of now
    #[arg(long)]
    refreeze: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl ReportArgs {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let log = self.access_log.as_deref().map(|file| self.read_log(file, session)).transpose()?;
        let inventory = session.read_inventory().await?;
        let asked = ChargeRequest {
            month: self.month,
            tariff: &session.settings.charging.tariff,
            log: log.as_ref().map(|read| &read.logged),
            refreeze: self.refreeze,
        };
        let charged = ops::charge(&session.aws, &inventory, &asked, &session.run).await;
        session.clear_progress();
        let charged = charged?;
        let format = self.output.output;
        output::list(&listing::charge_records(&charged.report, &inventory, format.form()), format)?;
        print_log_remarks(log.as_ref());
        print_remarks(&charged, &inventory);
        Ok(())
    }

    fn read_log(&self, file: &str, session: &Session) -> Result<AccessLogCalls, CommandError> {
        let field = &session.settings.charging.tenant_field;
        let read = match file {
            "-" => ops::read_access_log(io::stdin().lock(), field, self.month),
            file => File::open(file)
                .and_then(|file| ops::read_access_log(BufReader::new(file), field, self.month)),
        };
        read.map_err(|why| CommandError::Io { what: format!("the access log {file} cannot be read"), why })
    }
}

fn print_remarks(charged: &ChargeReport, inventory: &Inventory) {
    let report = &charged.report;
    for remark in &charged.remarks {
        output::note(&format!("note: {remark}"));
    }
    for key in &report.unattributed {
        let plan = inventory.plan_name(&key.plan);
        output::note(&format!(
            "note: {} calls in {plan} with API key {}, behind which nobody is known",
            key.used, key.api_key
        ));
    }
    for line in report.lines_of_left_plans(inventory) {
        let plan = inventory.plan_name(&line.plan);
        output::note(&format!(
            "note: {} has no key in {plan} any more: its calls there are told, the flat price is not owed",
            line.tenant
        ));
    }
    for (tenant, calls) in &report.unknown_tenants {
        output::note(&format!(
            "note: the log has {calls} calls of {tenant}, who is not known or sent another's own API key: they are in no line"
        ));
    }
    for difference in &charged.differences {
        output::note(&format!("difference: {difference}"));
    }
    if !charged.differences.is_empty() {
        output::note("hint: --refreeze puts the figures of now in the place of the frozen ones");
    }
    let frozen = match &charged.frozen {
        Some(frozen) => {
            format!(", frozen at {} UTC in {}", frozen.at.strftime("%Y-%m-%d %H:%M"), frozen.file.display())
        }
        None => ", not frozen".to_owned(),
    };
    output::note(&format!("total: {} {}{frozen}", report.total(), report.currency));
}

fn print_log_remarks(log: Option<&AccessLogCalls>) {
    let said = log.map(AccessLogCalls::remarks).unwrap_or_default();
    said.iter().for_each(|said| output::note(&format!("note: {said}")));
}
