//! `keypool config`.

use clap::Args;
use keypool_domain::StageRef;

use super::CommandError;
use super::output::{self, OutputArgs, records};
use crate::aws::{self, Endpoint, Service, TableNames, Target};
use crate::ops::REMEMBERED_FOLDER;
use crate::settings::{
    ApiHosts, ConfigOrigin, EffectiveSetting, Environment, SAMPLE, Settings, StageUrl, Theme,
};

/// Show the effective settings and where each comes from
#[derive(Debug, Args)]
pub struct Config {
    /// Print an annotated sample config.toml instead
    #[arg(long)]
    sample: bool,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct SettingRecord {
        setting: String => "setting",
        value: Option<String> => "value",
        from: String => "from",
    }
}

impl Config {
    pub(super) async fn run(
        &self,
        settings: impl FnOnce() -> Result<Settings, CommandError>,
        environment: &Environment,
    ) -> Result<(), CommandError> {
        if self.sample {
            return output::text(SAMPLE);
        }
        if let Some(folder) = environment.config_dir() {
            output::note(&format!("note: config.toml, keys.toml and themes/ are in {}", folder.display()));
        }
        output::note(&format!("note: available themes: {}", Theme::names(environment).join(", ")));
        let Settings { effective, target, demo, call_hosts, stage_urls, .. } = settings()?;
        let mut records = vec![source_record(&target)];
        records.extend(effective.into_iter().map(setting_record));
        records.extend(call_hosts.iter().map(hosts_record));
        records.extend(stage_urls.iter().map(stage_url_record));
        if !demo {
            output::remarks(remembered_note(&target));
            records.extend(endpoint_records(&target).await);
        }
        output::list(&records, self.output.output)
    }
}

/// Where the remembered inventories are, if they are kept.
fn remembered_note(target: &Target) -> Option<String> {
    let folder = target.state_folder.as_ref().filter(|_| target.cache)?.join(REMEMBERED_FOLDER);
    Some(format!(
        "what was read of accounts is kept, without values of keys, in {}: remove the folder to forget it",
        folder.display()
    ))
}

/// Where tenant keys come from, as far as the settings decide it.
fn source_record(target: &Target) -> SettingRecord {
    let (value, from) = if target.tables != TableNames::default() || target.pools.is_some() {
        ("DynamoDB tables", "[tables] or [pools]")
    } else {
        ("DynamoDB tables if the account has some, else API Gateway alone", "looked up in the account")
    };
    SettingRecord { setting: "source".to_owned(), value: Some(value.to_owned()), from: from.to_owned() }
}

/// The endpoint of each service, and the setting it comes from.
async fn endpoint_records(target: &Target) -> Vec<SettingRecord> {
    let endpoints = match aws::endpoints(target).await {
        Ok((_, endpoints)) => endpoints,
        Err(failure) => {
            output::note(&format!("note: the endpoints are unknown: {failure}"));
            return Vec::new();
        }
    };
    output::remarks(endpoints.describe_difference());
    let record = |service: Service| {
        let Endpoint { url, authority, origin, .. } = endpoints.get(service);
        SettingRecord {
            setting: format!("endpoint.{}", service.key()),
            value: Some(url.clone().unwrap_or_else(|| format!("https://{authority}"))),
            from: origin.to_string(),
        }
    };
    Service::ALL.map(record).into()
}

/// The hosts to which keys of an API may be sent.
fn hosts_record((api, allowed): (&String, &ApiHosts)) -> SettingRecord {
    SettingRecord {
        setting: format!("call.hosts.{api}"),
        value: Some(allowed.hosts.join(", ")),
        from: allowed.origin.to_string(),
    }
}

/// The address at which a stage is called.
fn stage_url_record((stage, address): (&StageRef, &StageUrl)) -> SettingRecord {
    SettingRecord {
        setting: format!("api.\"{stage}\".url"),
        value: Some(address.url.clone()),
        from: address.origin.to_string(),
    }
}

fn setting_record(setting: EffectiveSetting) -> SettingRecord {
    let from = match (&setting.value, &setting.origin) {
        (None, ConfigOrigin::Default) => "not set".to_owned(),
        (_, origin) => origin.to_string(),
    };
    SettingRecord { setting: setting.name.to_owned(), value: setting.value, from }
}
