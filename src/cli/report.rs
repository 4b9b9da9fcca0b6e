//! `keypool report`: what tenants owe for a month.

use std::fs::File;
use std::io::{self, BufReader};

use clap::Args;
use keypool_domain::change::counted;
use keypool_domain::charging::{Line, Report};
use keypool_domain::usage::DayRange;
use keypool_domain::{Inventory, Price};
use serde::Serialize;
use serde_json::{Number, Value};

use super::Stop;
use super::output::{self, Format, OutputArgs, Record};
use super::session::Session;
use crate::ops::{self, Charged, Charging, LogRead};

/// Say what each tenant owes for a month: flat prices, and calls beyond those that are included
///
/// Calls with a tenant's own API keys are exact. Calls with keys that tenants share are known for the key alone: a
/// tenant's equal share is an estimate, written with ~, and never charged. An access log that names the tenant of each
/// call makes them exact. A month that is over is frozen when it is first reported.
#[derive(Debug, Args)]
pub struct ReportOf {
    /// The month, for example 2026-10
    #[arg(long, value_name = "MONTH", value_parser = DayRange::month)]
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

/// What a tenant owes for a plan: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineRecord {
    month: String,
    tenant: String,
    plan_id: String,
    plan: String,
    currency: String,
    /// The flat price.
    price: Option<Number>,
    /// Calls that are known to be the tenant's.
    calls: u64,
    /// Its equal share of shared keys.
    estimate: Value,
    /// The most tenants that share a key with it.
    shared_by: Option<usize>,
    included: Option<u64>,
    beyond: Option<u64>,
    metered: Option<Number>,
    total: Option<Number>,
}

impl Record for LineRecord {
    const FIELDS: &'static [&'static str] = &[
        "month", "tenant", "planId", "plan", "currency", "price", "calls", "estimate", "sharedBy",
        "included", "beyond", "metered", "total",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("tenant", "tenant"),
        ("plan", "plan"),
        ("price", "price"),
        ("calls", "calls"),
        ("shared, estimate", "estimate"),
        ("shared by", "sharedBy"),
        ("included", "included"),
        ("metered", "metered"),
        ("total", "total"),
    ];
}

impl ReportOf {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let log = self.access_log.as_deref().map(|file| self.read(file, session)).transpose()?;
        let inventory = session.inventory().await?;
        let asked = Charging {
            month: self.month,
            tariff: &session.settings.charging.tariff,
            log: log.as_ref().map(|read| &read.logged),
            refreeze: self.refreeze,
        };
        let charged = ops::charge(&session.aws, &inventory, &asked, &session.run).await;
        session.clear_progress();
        let charged = charged?;
        let format = self.output.output;
        let month = self.month.from().strftime("%Y-%m").to_string();
        let record = |line: &Line| record(line, &month, &charged.report, &inventory, format);
        output::list(&charged.report.lines.iter().map(record).collect::<Vec<_>>(), format)?;
        tell_log(log.as_ref());
        tell(&charged, &inventory);
        Ok(())
    }

    fn read(&self, file: &str, session: &Session) -> Result<LogRead, Stop> {
        let field = &session.settings.charging.tenant_field;
        let read = match file {
            "-" => ops::read_access_log(io::stdin().lock(), field, self.month),
            file => File::open(file)
                .and_then(|file| ops::read_access_log(BufReader::new(file), field, self.month)),
        };
        read.map_err(|why| Stop::Io { what: format!("the access log {file} cannot be read"), why })
    }
}

fn record(line: &Line, month: &str, report: &Report, inventory: &Inventory, format: Format) -> LineRecord {
    let estimate = line.estimate().map_or(Value::Null, |calls| match format {
        Format::Json => calls.into(),
        Format::Table | Format::Csv => format!("~{calls}").into(),
    });
    LineRecord {
        month: month.to_owned(),
        tenant: line.tenant.to_string(),
        plan_id: line.plan.to_string(),
        plan: inventory.plan_name(&line.plan).to_owned(),
        currency: report.currency.to_string(),
        price: line.flat.and_then(amount),
        calls: line.exact(),
        estimate,
        shared_by: line.shared.iter().map(|shared| shared.tenants).max(),
        included: line.rate.map(|rate| rate.included),
        beyond: line.beyond(),
        metered: line.metered().and_then(amount),
        total: amount(line.total()),
    }
}

/// The amount as it is written, without a float in between.
fn amount(price: Price) -> Option<Number> {
    price.to_string().parse().ok()
}

fn tell(charged: &Charged, inventory: &Inventory) {
    let report = &charged.report;
    for remark in &charged.remarks {
        output::note(&format!("note: {remark}"));
    }
    for key in &report.of_nobody {
        let plan = inventory.plan_name(&key.plan);
        output::note(&format!(
            "note: {} calls in {plan} with API key {}, behind which nobody is known",
            key.used, key.api_key
        ));
    }
    for (tenant, calls) in &report.strangers {
        output::note(&format!(
            "note: the log has {calls} calls of {tenant} with API keys that it does not send now"
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

fn tell_log(log: Option<&LogRead>) {
    let Some(log) = log else { return };
    for (number, why) in &log.named {
        output::note(&format!("note: line {number} of the access log is passed over: {why}"));
    }
    if log.bad > log.named.len() {
        output::note(&format!("note: {} more are passed over", counted(log.bad - log.named.len(), "line")));
    }
    let told = [
        (log.logged.refused, "calls were answered 403 or 429 and are not charged"),
        (log.other_months, "calls are of other months"),
        (log.nobodys, "calls have no API key or no tenant"),
        (log.undated, "calls do not say when they were (ts or requestTimeEpoch) and are counted"),
    ];
    for (count, what) in told.iter().filter(|(count, _)| *count > 0) {
        output::note(&format!("note: {count} {what}"));
    }
}
