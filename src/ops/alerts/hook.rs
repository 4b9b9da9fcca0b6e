//! Runs the user's command once for each new alert.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use keypool_domain::alert::{Alert, AlertKind};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::AlertReport;
use super::seen::SeenAlerts;
use crate::aws::{Aws, Failure};
use crate::ops::Run;
use crate::ops::listing::{self, AlertRecord, RecordFormat};
use crate::ops::usage::account_label;

/// Limit on one run of the command.
const HOOK_TIMEOUT: Duration = Duration::from_secs(60);
/// Runs a command line with its output on standard error: standard output has keypool's own.
const HOOK_SCRIPT: &str = r#"exec 1>&2; eval "$1""#;

/// How often the command ran, and for which alerts it failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookReport {
    pub succeeded: usize,
    /// One sentence for each failure. These alerts stay new.
    pub failures: Vec<String>,
}

/// Runs `command` with the JSON of each alert that no earlier run has reported.
pub async fn run_hook_for_new_alerts(
    aws: &Aws,
    report: &AlertReport,
    command: &str,
    run: &Run,
) -> Result<HookReport, Failure> {
    let folder = aws.state_folder().ok_or_else(|| {
        Failure::Setting("--exec needs a folder to remember what it reported: set HOME".to_owned())
    })?;
    let account = account_label(aws).await.ok_or_else(|| {
        Failure::Setting(
            "--exec needs the id of the account, which could not be read (IAM action sts:GetCallerIdentity)"
                .to_owned(),
        )
    })?;
    let mut seen = SeenAlerts::read(folder, &account).map_err(Failure::Setting)?;
    let not_remembered =
        |why: std::io::Error| Failure::Setting(format!("the reported alerts cannot be remembered: {why}"));
    let AlertReport { inventory, alerts, .. } = report;
    // What was not checked is not known to be over.
    if report.unchecked_count == 0 {
        let current: BTreeSet<String> = alerts.iter().map(Alert::id).collect();
        let is_unchecked = |id: &str| !report.has_counted_log && AlertKind::LoudNeighbour.is_of_id(id);
        seen.retain(|id| current.contains(id) || is_unchecked(id)).map_err(not_remembered)?;
    }
    let mut report = HookReport::default();
    for alert in alerts.iter().filter(|alert| !seen.contains(&alert.id())).collect::<Vec<_>>() {
        let record = serde_json::to_value(AlertRecord::new(alert, inventory, RecordFormat::Json))
            .map_err(std::io::Error::from);
        let json = record.and_then(|record| listing::to_json(&record));
        let json = json.map_err(|why| Failure::Setting(why.to_string()))?;
        let running = run.cancel.run_until_cancelled(run_command(command, &json));
        match running.await.ok_or(Failure::Cancelled)? {
            Ok(()) => {
                report.succeeded += 1;
                seen.add(alert.id()).map_err(not_remembered)?;
            }
            Err(why) => report.failures.push(format!("--exec failed for {}: {why}", alert.id())),
        }
    }
    Ok(report)
}

/// Runs the command with this text on its standard input. Dropping the future kills it.
async fn run_command(command: &str, text: &str) -> Result<(), String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", HOOK_SCRIPT, "sh", command]).stdin(Stdio::piped()).kill_on_drop(true);
    let mut child = shell.spawn().map_err(|why| format!("sh cannot be started: {why}"))?;
    let mut input = child.stdin.take();
    let work = async {
        if let Some(mut input) = input.take() {
            // A command that does not read its input ends before everything is written.
            let _ = input.write_all(text.as_bytes()).await;
        }
        child.wait().await
    };
    let status = timeout(HOOK_TIMEOUT, work)
        .await
        .map_err(|_| format!("it did not finish within {} s", HOOK_TIMEOUT.as_secs()))?
        .map_err(|why| why.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
}
