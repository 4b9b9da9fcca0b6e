//! Errors of commands, and their exit statuses.

use std::fmt::Display;
use std::io;
use std::path::Path;

use keypool_domain::text::pluralize;
use keypool_domain::{Refusal, Secret};
use keypool_local_aws::StartError;

use crate::aws::Failure;
use crate::ops::{AccessLogError, UnusableAccessLog};
use crate::settings::ConfigErrors;

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A failure of AWS, or a refusal by keypool's own rules.
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error("{message}", message = settings_message(.0))]
    Settings(#[from] ConfigErrors),
    #[error(transparent)]
    Embedded(#[from] StartError),
    /// A write without --yes and without a terminal.
    #[error("this changes the account, and there is no terminal to confirm it")]
    NeedsConfirmation { has_dry_run: bool },
    #[error("nothing was changed")]
    Declined,
    #[error("the console needs a terminal for input and output")]
    NoTerminal,
    #[error("{what}")]
    Usage { what: String, hint: String },
    #[error("{what}")]
    UnknownId {
        /// May be a key value.
        given: Secret,
        what: String,
        hint: String,
        exit_code: u8,
    },
    /// A key value was given instead of an id.
    #[error("{what}")]
    ValueGiven {
        /// Names the API key and its tenant keys, with the value masked.
        what: String,
        /// The same exit status as for an unknown id in this argument.
        exit_code: u8,
    },
    #[error("no key matches; searched {searched}")]
    NotFound { searched: String },
    /// Problems were found; they are the output.
    #[error("{0} problems remain")]
    Findings(usize),
    /// No problem was found in what could be checked; remarks name the rest.
    #[error("the check is unfinished: see the {} about what could not be read", pluralize(*.0, "note"))]
    Unchecked(usize),
    /// The log has no call of the tenant keys, which are the output.
    #[error("nothing was counted: the log has no call of these tenants in this time")]
    NothingCounted,
    /// Something is broken or about to be; it is the output.
    #[error("{}", pluralize(*.0, "alert"))]
    Alerts(usize),
    /// `alerts --exec` could not tell which alerts are new; all alerts are the output.
    #[error("the command of --exec was not run for every new alert: {0}")]
    HookNotRun(Failure),
    /// Keys are past their end and were not ended; notes say why.
    #[error("{} past the end not ended: see the notes above", pluralize(*.0, "key"))]
    KeysNotEnded(usize),
    /// Calls fail a check; the diagnoses are the output.
    #[error("{0} calls fail a check")]
    CallsFail(usize),
    /// Steps of the set-up are missing; they are the output.
    #[error("{0} steps are missing")]
    StepsMissing(usize),
    /// Expectations of `verify` failed; they are the output.
    #[error("{0} expectations failed")]
    ExpectationsFail(usize),
    /// Expectations of `verify` whose outcome cannot be known; they are the output.
    #[error("it is not known whether {} of the expectations hold", .0)]
    ExpectationsUnknown(usize),
    /// Tenants are missing from the report, which is the output.
    #[error("{} left out of the report", pluralize(*.0, "tenant"))]
    TenantsLeftOut(usize),
    /// Calls are missing from the report, which is the output.
    #[error("the report lacks calls of {}: they are unknown", pluralize(*.0, "tenant"))]
    CallsUnknown(usize),
    /// Prices are missing from the report, which is the output.
    #[error("the report lacks prices of {}: they are unknown", pluralize(*.0, "tenant"))]
    PricesUnknown(usize),
    /// A tenant key was disabled, but the shared API key still works for its tenant.
    #[error(
        "the key of {tenant} is disabled but still works: API Gateway cannot disable a shared API key for one tenant"
    )]
    SharedKeyStillWorks { tenant: String, tenant_key: String },
    #[error(transparent)]
    AccessLog(#[from] UnusableAccessLog),
    #[error("the account could not be checked: {0}")]
    InspectionFailed(Box<Self>),
    /// The reader of the output is gone.
    #[error("the output was closed")]
    ClosedPipe,
    #[error("{what}: {why}")]
    Io {
        /// What failed.
        what: String,
        why: io::Error,
    },
}

/// For `--help` and the manual.
pub(super) const EXIT_STATUS_HELP: &str = "\
Exit status:
  0    success
  1    failure, problems or alerts were found, no key for `whose`, or a due key was not ended
  2    wrong usage or settings, a refused change, no terminal to confirm, or an unfinished check
  3    no credentials, or expired or rejected ones
  4    denied by IAM
  5    no connection to the endpoint
  6    a rate limit or another limit of AWS is reached
  7    changed or deleted by another writer meanwhile
  8    tables are missing or ambiguous
  130  cancelled";

impl CommandError {
    pub(super) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), hint: hint.into() }
    }

    /// For a file, or another source of text, that cannot be read.
    pub(super) fn cannot_read(source: impl Display) -> impl FnOnce(io::Error) -> Self {
        move |why| Self::Io { what: format!("{source} cannot be read"), why }
    }

    /// For a file that cannot be written.
    pub(super) fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let what = format!("{} cannot be written", path.display());
        move |why| Self::Io { what, why }
    }

    /// An unknown id, with the exit status of wrong usage.
    pub(super) fn for_unknown_id(given: &str, what: String) -> Self {
        let hint =
            "`keypool keys list` and `keypool usage` list ids, `keypool whose` finds the owner of a key";
        Self::UnknownId { given: Secret::new(given), what, hint: hint.to_owned(), exit_code: 2 }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Failure(Failure::NoSuchPlan(_)) => Some("`keypool plans` lists them".to_owned()),
            Self::Failure(Failure::Refused(Refusal::NoTenantKey(_))) => {
                Some("`keypool keys list` lists them, in a large account with --plan or --tenant".to_owned())
            }
            Self::Failure(failure) | Self::HookNotRun(failure) => failure.hint(),
            Self::AccessLog(error) => error.cause.hint(),
            Self::InspectionFailed(error) => error.hint(),
            Self::Settings(_) => Some("`keypool config --sample` shows every setting".to_owned()),
            Self::NeedsConfirmation { has_dry_run: true } => {
                Some("check it with --dry-run, then run it with --yes".to_owned())
            }
            Self::NeedsConfirmation { has_dry_run: false } => {
                Some("--help says what it does; then run it with --yes".to_owned())
            }
            Self::NoTerminal => Some(
                "scripts use `keypool plans`, `keypool keys list` and the like: see `keypool help`"
                    .to_owned(),
            ),
            Self::Usage { hint, .. } | Self::UnknownId { hint, .. } => Some(hint.clone()),
            Self::ValueGiven { .. } => Some(
                "give the id instead; the value is now in the shell's history: rotate the key if \
                 others can read that"
                    .to_owned(),
            ),
            Self::Embedded(StartError::Listen { .. }) => {
                Some("choose another address with --listen".to_owned())
            }
            Self::SharedKeyStillWorks { tenant_key, .. } => Some(format!(
                "`keypool keys isolate {tenant_key}` gives it its own API key, which can be disabled"
            )),
            Self::NotFound { .. } => {
                Some("the key may belong to another account or region, or be deleted".to_owned())
            }
            Self::Embedded(_)
            | Self::Declined
            | Self::ClosedPipe
            | Self::Findings(_)
            | Self::Alerts(_)
            | Self::KeysNotEnded(_)
            | Self::Unchecked(_)
            | Self::CallsFail(_)
            | Self::StepsMissing(_)
            | Self::ExpectationsFail(_)
            | Self::ExpectationsUnknown(_)
            | Self::CallsUnknown(_)
            | Self::PricesUnknown(_)
            | Self::Io { .. } => None,
            Self::NothingCounted => Some(
                "check that it is the log of this account's stages, and that --last, --days or --month cover it"
                    .to_owned(),
            ),
            Self::TenantsLeftOut(_) => Some(
                "correct the price in the Plans table, e.g. with `keypool plans edit PLAN --price 199`"
                    .to_owned(),
            ),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failure(failure) => failure.exit_code(),
            Self::AccessLog(UnusableAccessLog { cause: AccessLogError::Cancelled, .. }) => 130,
            Self::Settings(_) | Self::NeedsConfirmation { .. } | Self::NoTerminal | Self::Usage { .. } => 2,
            Self::UnknownId { exit_code, .. } | Self::ValueGiven { exit_code, .. } => *exit_code,
            Self::Declined => 130,
            Self::InspectionFailed(_)
            | Self::Unchecked(_)
            | Self::NothingCounted
            | Self::ExpectationsUnknown(_) => 2,
            Self::AccessLog(_)
            | Self::NotFound { .. }
            | Self::SharedKeyStillWorks { .. }
            | Self::Embedded(_)
            | Self::Findings(_)
            | Self::Alerts(_)
            | Self::HookNotRun(_)
            | Self::KeysNotEnded(_)
            | Self::CallsFail(_)
            | Self::StepsMissing(_)
            | Self::ExpectationsFail(_)
            | Self::TenantsLeftOut(_)
            | Self::CallsUnknown(_)
            | Self::PricesUnknown(_)
            | Self::Io { .. } => 1,
        }
    }
}

impl From<io::Error> for CommandError {
    fn from(why: io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Io { what: "the result cannot be written".to_owned(), why },
        }
    }
}

fn settings_message(errors: &ConfigErrors) -> String {
    match errors.0.len() {
        1 => format!("the settings have an error\n{errors}"),
        count => format!("the settings have {count} errors\n{errors}"),
    }
}
