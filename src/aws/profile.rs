//! The profile in use: what the AWS config and credentials files say of it.

mod services;
mod sign_in;
mod unsupported_name;

use std::path::{Path, PathBuf};

use aws_config::Region;
use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::tls::TlsContext;
use aws_types::os_shim_internal::{Env, Fs};

pub use sign_in::Renewal;
pub(super) use sign_in::{AssumedRole, BaseCredentials, SignIn};

use super::endpoint::{ConfigSources, Service};
use super::failure::root_cause;
use super::{EndpointOrigin, Endpoints, Failure, Target};

const DEFAULT_PROFILE: &str = "default";

/// The two files, each with its variable and the place below the home.
const AWS_FILES: [(EnvConfigFileKind, &str, &str); 2] = [
    (EnvConfigFileKind::Config, "AWS_CONFIG_FILE", ".aws/config"),
    (EnvConfigFileKind::Credentials, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// What the user's files and variables say of the profile in use.
pub(super) struct Profile {
    /// Its name, where one was chosen.
    pub(super) name: Option<String>,
    /// What the files say, with this profile selected.
    pub(super) profiles: ProfileSet,
}

impl Profile {
    /// Reads the profile, or says that it is not there.
    pub(super) async fn read(target: &Target) -> Result<Self, Failure> {
        let files = config_files()?;
        let chosen = target.profile.clone().or_else(|| env_var("AWS_PROFILE"));
        let selected = chosen.clone().unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
        let set = aws_config::profile::load(&Fs::real(), &Env::real(), &files, Some(selected.clone().into()))
            .await
            .map_err(|why| {
                Failure::Setting(format!("the AWS configuration cannot be read: {}", root_cause_line(&why)))
            })?;
        let is_there = set.get_profile(&selected).is_some();
        let may_be_missing = target.profile.is_none() && selected == DEFAULT_PROFILE;
        if is_there || may_be_missing {
            return Ok(Self { name: chosen.filter(|_| !may_be_missing), profiles: set });
        }
        if let Some(failure) = unsupported_name::find_unsupported_name(&selected, &config_paths()) {
            return Err(failure);
        }
        let mut known: Vec<_> = set.profiles().map(str::to_owned).collect();
        known.sort_unstable();
        Err(Failure::NoProfile { name: selected, available: known })
    }

    /// What is configured, for whoever looks for a setting.
    pub(super) fn config_sources<'a>(&'a self, target: &'a Target) -> ConfigSources<'a> {
        ConfigSources { target, variable: &env_var, profiles: &self.profiles }
    }

    /// Where the calls of each service go; a `services` section that is asked for one has to be there.
    pub(super) fn endpoints(&self, target: &Target, region: &str) -> Result<Endpoints, Failure> {
        let configured = self.config_sources(target);
        let endpoints = configured.endpoints(region)?;
        let may_be_in_files = |service| {
            matches!(endpoints.get(service).origin, EndpointOrigin::Aws | EndpointOrigin::Profile(_))
        };
        if let Some(section) = configured.profile_setting("services")
            && Service::ALL.into_iter().any(may_be_in_files)
            && !configured.ignores_configured()?
        {
            services::check_section(
                section.trim(),
                &configured.describe_profile_setting("services"),
                &config_paths(),
            )?;
        }
        Ok(endpoints)
    }

    /// The region of the settings, the variables or the profile, or what is wrong with it and where it is written.
    pub(super) fn region(&self, target: &Target) -> Result<Option<Region>, Failure> {
        let place = || target.region_origin.clone().unwrap_or_else(|| "--region".to_owned());
        let ours = target.region.clone().map(|region| (region, place()));
        let of = |name: &str| Some((env_var(name)?, name.to_owned()));
        let found = ours.or_else(|| of("AWS_REGION")).or_else(|| of("AWS_DEFAULT_REGION"));
        let Some((region, place)) = found.or_else(|| self.profile_region()) else { return Ok(None) };
        let region = region.trim();
        if region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Ok(Some(Region::new(region.to_owned())));
        }
        let region = region.escape_debug();
        Err(Failure::Setting(format!("{place}: `{region}` is no region: write it as in eu-west-1")))
    }

    /// The region of the profile, or of the profile whose credentials it uses.
    fn profile_region(&self) -> Option<(String, String)> {
        let mut seen = Vec::new();
        let mut name = self.profiles.selected_profile();
        while !seen.contains(&name) {
            seen.push(name);
            let profile = self.profiles.get_profile(name)?;
            if let Some(region) = profile.get("region").filter(|text| !text.trim().is_empty()) {
                return Some((region.to_owned(), format!("region of profile {name}")));
            }
            name = profile.get("source_profile")?;
        }
        None
    }

    /// The authorities of the bundle that a setting, the variable or the profile names.
    pub(super) fn tls_context(&self, target: &Target) -> Result<TlsContext, Failure> {
        let configured = self.config_sources(target);
        let of_profile = || {
            Some((
                PathBuf::from(configured.profile_setting("ca_bundle")?),
                configured.describe_profile_setting("ca_bundle"),
            ))
        };
        let of_variable = || Some((PathBuf::from(env_var("AWS_CA_BUNDLE")?), "AWS_CA_BUNDLE".to_owned()));
        let place = || target.ca_bundle_origin.clone().unwrap_or_else(|| "--ca-bundle".to_owned());
        let ours = target.ca_bundle.clone().map(|path| (path, place()));
        match ours.or_else(of_variable).or_else(of_profile) {
            Some((path, place)) => super::http::tls_context(Some(&path), &place),
            None => super::http::tls_context(None, ""),
        }
    }
}

/// The region and where the calls of each service go, as far as that is known without a call.
pub async fn endpoints(target: &Target) -> Result<(String, Endpoints), Failure> {
    let profile = Profile::read(target).await?;
    let region = profile.region(target)?.ok_or(Failure::NoRegion)?.to_string();
    let endpoints = profile.endpoints(target, &region)?;
    Ok((region, endpoints))
}

/// A variable that is set; one that is empty is not.
pub(super) fn env_var(name: &str) -> Option<String> {
    Env::real().get(name).ok().filter(|text| !text.trim().is_empty())
}

/// The files for the SDK, which takes an empty variable for the name of a file.
pub(super) fn config_files() -> Result<EnvConfigFiles, Failure> {
    let mut builder = EnvConfigFiles::builder();
    for ((kind, name, _), path) in AWS_FILES.into_iter().zip(config_paths()) {
        check_readable(&path)?;
        let is_blank = Env::real().get(name).is_ok() && env_var(name).is_none();
        builder = match (is_blank, kind) {
            (true, kind) if path.exists() => builder.with_file(kind, path),
            (true, _) => builder,
            (false, EnvConfigFileKind::Config) => builder.include_default_config_file(true),
            (false, _) => builder.include_default_credentials_file(true),
        };
    }
    Ok(builder.build())
}

/// Where the files lie.
fn config_paths() -> Vec<PathBuf> {
    let home = env_var("HOME").or_else(|| env_var("USERPROFILE")).map(PathBuf::from).unwrap_or_default();
    let path = |(_, name, below): (EnvConfigFileKind, &str, &str)| match env_var(name) {
        Some(path) => path.strip_prefix("~/").map_or_else(|| PathBuf::from(&path), |rest| home.join(rest)),
        None => home.join(below),
    };
    AWS_FILES.into_iter().map(path).collect()
}

/// The SDK takes a file that it cannot read for an empty one.
fn check_readable(path: &Path) -> Result<(), Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::Setting(format!("the AWS configuration cannot be read: {}: {why}", path.display()))
    };
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(drop).map_err(|_| unreadable(&"it is not UTF-8")),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound && !is_dangling_link(path) => Ok(()),
        Err(why) => Err(unreadable(&why)),
    }
}

/// Whether a path is a link to nothing, or has one on its way.
fn is_dangling_link(path: &Path) -> bool {
    path.ancestors().any(|part| part.is_symlink() && !part.exists())
}

/// The innermost cause names the file and the line.
fn root_cause_line(why: &(dyn std::error::Error + 'static)) -> String {
    root_cause(why).split_whitespace().collect::<Vec<_>>().join(" ")
}
