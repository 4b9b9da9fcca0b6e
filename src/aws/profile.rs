//! The selected profile, from the AWS config and credentials files.

mod services;
mod sign_in;
mod unsupported_name;

use std::path::{Path, PathBuf};

use aws_config::Region;
use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

pub use sign_in::Renewal;
pub(super) use sign_in::{AssumedRole, BaseCredentials, SignIn};

use super::endpoint::{ConfigSources, Service};
use super::failure::root_cause;
use super::http::Trust;
use super::{EndpointOrigin, Endpoints, Failure, Target};

const DEFAULT_PROFILE: &str = "default";

/// The config and credentials files: the variable that overrides each path, and the default path
/// below home.
const AWS_FILES: [(EnvConfigFileKind, &str, &str); 2] = [
    (EnvConfigFileKind::Config, "AWS_CONFIG_FILE", ".aws/config"),
    (EnvConfigFileKind::Credentials, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// The selected profile, with everything in the user's AWS files.
pub(super) struct Profile {
    /// `None` if no profile was chosen.
    pub(super) name: Option<String>,
    /// All profiles of the files, with this one selected.
    pub(super) profiles: ProfileSet,
}

impl Profile {
    /// Reads the profile; fails if it does not exist.
    pub(super) async fn read(target: &Target) -> Result<Self, Failure> {
        let files = config_files()?;
        let chosen = target.profile.clone().or_else(|| env_var("AWS_PROFILE"));
        let selected = chosen.clone().unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
        let profiles =
            aws_config::profile::load(&Fs::real(), &Env::real(), &files, Some(selected.clone().into()))
                .await
                .map_err(|error| {
                    Failure::Setting(format!(
                        "the AWS configuration cannot be read: {}",
                        root_cause_on_one_line(&error)
                    ))
                })?;
        let exists = profiles.get_profile(&selected).is_some();
        let may_be_missing = target.profile.is_none() && selected == DEFAULT_PROFILE;
        if exists || may_be_missing {
            return Ok(Self { name: chosen.filter(|_| !may_be_missing), profiles });
        }
        if let Some(failure) = unsupported_name::find_unsupported_name(&selected, &config_paths()) {
            return Err(failure);
        }
        let mut available: Vec<_> = profiles.profiles().map(str::to_owned).collect();
        available.sort_unstable();
        Err(Failure::NoProfile { name: selected, available })
    }

    pub(super) fn config_sources<'a>(&'a self, target: &'a Target) -> ConfigSources<'a> {
        ConfigSources { target, variable: &env_var, profiles: &self.profiles }
    }

    /// Resolves the endpoint of each service; fails if a `services` section they depend on is
    /// missing.
    pub(super) fn endpoints(&self, target: &Target, region: &str) -> Result<Endpoints, Failure> {
        let sources = self.config_sources(target);
        let endpoints = sources.endpoints(region)?;
        let would_use_section = |service| {
            matches!(endpoints.get(service).origin, EndpointOrigin::Aws | EndpointOrigin::Profile(_))
        };
        if let Some(section) = sources.profile_setting("services")
            && Service::ALL.into_iter().any(would_use_section)
            && !sources.ignores_configured_endpoints()?
        {
            services::check_section(
                section.trim(),
                &sources.describe_profile_setting("services"),
                &config_paths(),
            )?;
        }
        Ok(endpoints)
    }

    /// Returns the region from settings, variables or the profile; the error says what is wrong and
    /// where it is set.
    pub(super) fn region(&self, target: &Target) -> Result<Option<Region>, Failure> {
        let origin = || target.region_origin.clone().unwrap_or_else(|| "--region".to_owned());
        let from_target = target.region.clone().map(|region| (region, origin()));
        let from_variable = |name: &str| Some((env_var(name)?, name.to_owned()));
        let found = from_target
            .or_else(|| from_variable("AWS_REGION"))
            .or_else(|| from_variable("AWS_DEFAULT_REGION"));
        let Some((region, origin)) = found.or_else(|| self.profile_region()) else { return Ok(None) };
        let region = region.trim();
        if region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Ok(Some(Region::new(region.to_owned())));
        }
        let region = region.escape_debug();
        Err(Failure::Setting(format!("{origin}: `{region}` is not a region: use a name such as eu-west-1")))
    }

    /// Returns the region of the profile, or of its source profile.
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

    /// Trusts the CA bundle of the settings, the variable or the profile.
    pub(super) fn trust(&self, target: &Target) -> Result<Trust, Failure> {
        let sources = self.config_sources(target);
        let from_profile = || {
            Some((
                PathBuf::from(sources.profile_setting("ca_bundle")?),
                sources.describe_profile_setting("ca_bundle"),
            ))
        };
        let from_variable = || Some((PathBuf::from(env_var("AWS_CA_BUNDLE")?), "AWS_CA_BUNDLE".to_owned()));
        let origin = || target.ca_bundle_origin.clone().unwrap_or_else(|| "--ca-bundle".to_owned());
        let from_target = target.ca_bundle.clone().map(|path| (path, origin()));
        match from_target.or_else(from_variable).or_else(from_profile) {
            Some((path, origin)) => super::http::trust_bundle(Some(&path), &origin),
            None => super::http::trust_bundle(None, ""),
        }
    }
}

/// Resolves the region and the endpoints without any call.
pub async fn endpoints(target: &Target) -> Result<(String, Endpoints), Failure> {
    let profile = Profile::read(target).await?;
    let region = profile.region(target)?.ok_or(Failure::NoRegion)?.to_string();
    let endpoints = profile.endpoints(target, &region)?;
    Ok((region, endpoints))
}

/// Returns an environment variable; empty and blank ones count as unset.
pub(super) fn env_var(name: &str) -> Option<String> {
    Env::real().get(name).ok().filter(|text| !text.trim().is_empty())
}

/// Returns the files for the SDK, which would take an empty variable for a file name.
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

fn config_paths() -> Vec<PathBuf> {
    let home = env_var("HOME").or_else(|| env_var("USERPROFILE")).map(PathBuf::from);
    // A home such as /dev/null is like none: the empty path is no file.
    let home = home.filter(|home| home.is_dir() || !home.exists());
    let below_home = |rest: &str| home.as_ref().map(|home| home.join(rest)).unwrap_or_default();
    let path = |(_, name, below): (EnvConfigFileKind, &str, &str)| match env_var(name) {
        Some(path) => path.strip_prefix("~/").map_or_else(|| PathBuf::from(&path), below_home),
        None => below_home(below),
    };
    AWS_FILES.into_iter().map(path).collect()
}

/// Rejects unreadable files, because the SDK would treat them as empty.
fn check_readable(path: &Path) -> Result<(), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::Setting(format!("the AWS configuration cannot be read: {}: {error}", path.display()))
    };
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(drop).map_err(|_| unreadable(&"it is not UTF-8")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_dangling_link(path) => Ok(()),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Whether a path is a dangling link, or passes through one.
fn is_dangling_link(path: &Path) -> bool {
    path.ancestors().any(|part| part.is_symlink() && !part.exists())
}

/// Returns the innermost cause, which names the place in the file, without its line breaks.
fn root_cause_on_one_line(error: &(dyn std::error::Error + 'static)) -> String {
    root_cause(error).split_whitespace().collect::<Vec<_>>().join(" ")
}
