//! How a profile gets its credentials, and so how the user renews them.

use aws_config::profile::{Profile as Section, ProfileSet};

use crate::aws::Failure;

/// How the user renews expired credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Renewal {
    /// The source of the credentials is unknown.
    #[default]
    Unknown,
    /// The profile has its own access key.
    AccessKey(String),
    /// The profile signs in through IAM Identity Center.
    Sso(String),
    /// The profile uses a console session.
    Login(String),
    /// The profile runs a `credential_process`.
    Process(String),
    /// The profile assumes a role that requires an MFA code.
    Mfa(String),
}

impl Renewal {
    pub(in crate::aws) fn hint(&self) -> String {
        match self {
            Self::Unknown => "renew the credentials, then try again".to_owned(),
            Self::AccessKey(profile) => {
                format!(
                    "renew the credentials of profile {profile} (`aws configure --profile {profile}`), then \
                     try again"
                )
            }
            Self::Sso(profile) => format!("run `aws sso login --profile {profile}`, then try again"),
            Self::Login(profile) => format!("run `aws login --profile {profile}`, then try again"),
            Self::Process(profile) => format!(
                "check the credential_process of profile {profile} and sign in again: it runs on the \
                 terminal when a command starts, and in the console when you refresh"
            ),
            Self::Mfa(profile) => format!(
                "profile {profile} needs an MFA code, which keypool cannot ask for: run \
                 `eval \"$(aws configure export-credentials --profile {profile} --format env)\"`, then start keypool \
                 without --profile"
            ),
        }
    }
}

/// The source of a profile's credentials before any role is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) enum BaseCredentials {
    Process {
        /// May contain secrets.
        command: String,
        /// The account id, if the profile sets it.
        account: Option<String>,
        /// The profile that names the program.
        profile: String,
    },
    /// Any other source: the SDK handles it.
    Sdk,
}

/// A role assumed with the base credentials, or with those of the previous role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct AssumedRole {
    pub(in crate::aws) arn: String,
    pub(in crate::aws) external_id: Option<String>,
    pub(in crate::aws) session_name: Option<String>,
}

/// How the selected profile gets its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct SignIn {
    pub(in crate::aws) base: BaseCredentials,
    /// The roles, in the order they are assumed.
    pub(in crate::aws) roles: Vec<AssumedRole>,
    pub(in crate::aws) renewal: Renewal,
}

impl SignIn {
    /// Follows the selected profile to its credentials; fails if a source profile is missing.
    pub(in crate::aws) fn from_profiles(profiles: &ProfileSet) -> Result<Self, Failure> {
        let mut roles = Vec::new();
        let mut mfa_profile = None;
        let mut seen: Vec<&str> = Vec::new();
        let mut name = profiles.selected_profile();
        let Some(mut profile) = profiles.get_profile(name) else { return Ok(Self::unknown()) };
        loop {
            seen.push(name);
            let get = |key| setting(profile, key);
            let Some(role) = role(profile) else { break };
            mfa_profile = mfa_profile.or_else(|| get("mfa_serial").map(|_| name.to_owned()));
            roles.push(role);
            // The SDK reports invalid combinations when it loads the credentials.
            let Some(next) = get("source_profile").filter(|next| *next != name) else { break };
            if seen.contains(&next) {
                break;
            }
            profile =
                profiles.get_profile(next).ok_or_else(|| missing_source_profile(name, next, profiles))?;
            name = next;
            if has_keys(profile) {
                break;
            }
        }
        roles.reverse();
        let (base, renewal) = base_credentials(profile, name, seen.len() > 1);
        Ok(Self { base, roles, renewal: mfa_profile.map_or(renewal, Renewal::Mfa) })
    }

    /// The sign-in is unknown, for example because the credentials come from variables.
    pub(in crate::aws) fn unknown() -> Self {
        Self { base: BaseCredentials::Sdk, roles: Vec::new(), renewal: Renewal::Unknown }
    }
}

/// Returns a setting of a profile; empty ones count as unset.
fn setting<'a>(profile: &'a Section, key: &str) -> Option<&'a str> {
    profile.get(key).map(str::trim).filter(|text| !text.is_empty())
}

fn role(profile: &Section) -> Option<AssumedRole> {
    if setting(profile, "web_identity_token_file").is_some() {
        return None;
    }
    let text = |key| setting(profile, key).map(str::to_owned);
    Some(AssumedRole {
        arn: text("role_arn")?,
        external_id: text("external_id"),
        session_name: text("role_session_name"),
    })
}

fn has_keys(profile: &Section) -> bool {
    setting(profile, "aws_access_key_id").is_some() && setting(profile, "aws_secret_access_key").is_some()
}

/// Follows the SDK's order: in a source profile, an access key comes first.
fn base_credentials(profile: &Section, name: &str, is_source: bool) -> (BaseCredentials, Renewal) {
    let has = |key| setting(profile, key).is_some();
    let name = name.to_owned();
    if is_source && has_keys(profile) {
        (BaseCredentials::Sdk, Renewal::AccessKey(name))
    } else if has("credential_source") || has("web_identity_token_file") {
        (BaseCredentials::Sdk, Renewal::Unknown)
    } else if has("sso_session") || has("sso_start_url") {
        (BaseCredentials::Sdk, Renewal::Sso(name))
    } else if has("login_session") {
        (BaseCredentials::Sdk, Renewal::Login(name))
    } else if let Some(command) = setting(profile, "credential_process") {
        let account = setting(profile, "aws_account_id").map(str::to_owned);
        (
            BaseCredentials::Process { command: command.to_owned(), account, profile: name.clone() },
            Renewal::Process(name),
        )
    } else {
        (BaseCredentials::Sdk, Renewal::AccessKey(name))
    }
}

fn missing_source_profile(name: &str, source: &str, profiles: &ProfileSet) -> Failure {
    let mut existing: Vec<_> = profiles.profiles().collect();
    existing.sort_unstable();
    Failure::Setting(format!(
        "source_profile of profile {name}: profile `{source}` does not exist (existing: {})",
        existing.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
    use aws_types::os_shim_internal::{Env, Fs};

    use super::*;

    async fn sign_in(name: &str, config: &str) -> Result<SignIn, Failure> {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
        let profiles = aws_config::profile::load(&fs, &env, &files, Some(name.to_owned().into())).await;
        SignIn::from_profiles(&profiles.expect("profiles"))
    }

    const CONFIG: &str = "[profile keys]\naws_access_key_id = a\naws_secret_access_key = s\n\
        [profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n\
        [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n\
        [profile over-sso]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = sso\n\
        [profile process]\ncredential_process = /opt/helper --code 1234\naws_account_id = 111122223333\n\
        [profile own-process]\nrole_arn = arn:aws:iam::1:role/o\nsource_profile = own-process\ncredential_process = x\n\
        [profile two-roles]\nrole_arn = arn:aws:iam::1:role/last\nsource_profile = one-role\n\
        [profile one-role]\nrole_arn = arn:aws:iam::1:role/first\nexternal_id = e\nsource_profile = process\n\
        [profile mfa]\nrole_arn = arn:aws:iam::1:role/m\nmfa_serial = arn:aws:iam::1:mfa/x\nsource_profile = keys\n\
        [profile empty-process]\ncredential_process =\n\
        [profile lost]\nrole_arn = arn:aws:iam::1:role/m\nsource_profile = nowhere\n\
        [profile console]\nlogin_session = arn:aws:iam::1:user/x\n";

    #[tokio::test]
    async fn renewal_follows_the_kind_of_profile() {
        for (name, renewal, roles) in [
            ("keys", Renewal::AccessKey("keys".into()), 0),
            ("sso", Renewal::Sso("sso".into()), 0),
            ("over-sso", Renewal::Sso("sso".into()), 1),
            ("process", Renewal::Process("process".into()), 0),
            ("own-process", Renewal::Process("own-process".into()), 1),
            ("two-roles", Renewal::Process("process".into()), 2),
            ("mfa", Renewal::Mfa("mfa".into()), 1),
            ("empty-process", Renewal::AccessKey("empty-process".into()), 0),
            ("console", Renewal::Login("console".into()), 0),
            ("not-there", Renewal::Unknown, 0),
        ] {
            let sign_in = sign_in(name, CONFIG).await.expect(name);
            assert_eq!((sign_in.renewal, sign_in.roles.len()), (renewal, roles), "{name}");
        }
    }

    #[tokio::test]
    async fn innermost_role_is_assumed_first() {
        let sign_in = sign_in("two-roles", CONFIG).await.expect("a sign-in");
        let arns: Vec<_> = sign_in.roles.iter().map(|role| role.arn.as_str()).collect();
        assert_eq!(arns, ["arn:aws:iam::1:role/first", "arn:aws:iam::1:role/last"]);
        let command = "/opt/helper --code 1234".to_owned();
        let account = Some("111122223333".into());
        assert_eq!(sign_in.base, BaseCredentials::Process { command, account, profile: "process".into() });
    }

    #[tokio::test]
    async fn missing_source_profile_is_named() {
        let failure = sign_in("lost", CONFIG).await.expect_err("no source").to_string();
        assert!(
            failure.starts_with("source_profile of profile lost: profile `nowhere` does not exist"),
            "{failure}"
        );
    }

    #[test]
    fn sso_hint_names_the_exact_command() {
        let hint = Renewal::Sso("prod".into()).hint();
        assert!(hint.contains("`aws sso login --profile prod`"), "{hint}");
    }
}
