//! `keypool config`.

use clap::Args;
use serde::Serialize;

use super::Stop;
use super::output::{self, OutputArgs, Record};
use crate::settings::{Environment, InForce, Place, SAMPLE, Settings, Theme};

/// Show the settings in force and where each comes from
#[derive(Debug, Args)]
pub struct Config {
    /// Print the annotated sample of a config.toml instead
    #[arg(long)]
    sample: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Serialize)]
struct SettingRecord {
    setting: &'static str,
    value: Option<String>,
    from: String,
}

impl Record for SettingRecord {
    const FIELDS: &'static [&'static str] = &["setting", "value", "from"];
    const TABLE: &'static [(&'static str, &'static str)] =
        &[("setting", "setting"), ("value", "value"), ("from", "from")];
}

impl Config {
    pub(super) fn run(
        &self,
        settings: impl FnOnce() -> Result<Settings, Stop>,
        environment: &Environment,
    ) -> Result<(), Stop> {
        if self.sample {
            return output::text(SAMPLE);
        }
        if let Some(folder) = environment.config_dir() {
            output::note(&format!("note: config.toml, keys.toml and themes/ lie in {}", folder.display()));
        }
        output::note(&format!("note: there are the themes {}", Theme::names(environment).join(", ")));
        let records: Vec<_> = settings()?.in_force.into_iter().map(record).collect();
        output::list(&records, self.output.output)
    }
}

fn record(row: InForce) -> SettingRecord {
    let from = match (&row.value, &row.place) {
        (None, Place::Default) => "not set".to_owned(),
        (_, place) => place.to_string(),
    };
    SettingRecord { setting: row.name, value: row.value, from }
}
