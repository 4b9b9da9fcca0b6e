//! Why a command ended without having done what was asked, and the exit status that says so.

use std::io;

use keypool_domain::{Refusal, Secret};
use keypool_local_aws::StartError;

use crate::aws::Failure;
use crate::settings::ConfigErrors;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// AWS, or our own rules, said no.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// What was configured is wrong.
    #[error("{told}", told = mistakes(.0))]
    Settings(#[from] ConfigErrors),
    /// The embedded AWS did not start.
    #[error(transparent)]
    Embedded(#[from] StartError),
    /// A write without a person to ask.
    #[error("this changes the account, and there is no terminal to ask at")]
    NeedsConfirmation,
    /// The person said no.
    #[error("nothing was changed")]
    Declined,
    /// The console without a terminal.
    #[error("the console needs a terminal for what it shows and for what is typed")]
    NoTerminal,
    /// What was asked for cannot be done.
    #[error("{what}")]
    Usage {
        /// What cannot be done.
        what: String,
        /// What can be done instead.
        hint: String,
    },
    /// What was given is the id of nothing.
    #[error("{what}")]
    UnknownId {
        /// What was given; it may be a value.
        given: Secret,
        /// What it is not.
        what: String,
        /// Where ids are found.
        hint: String,
        /// The exit status.
        exit_code: u8,
    },
    /// The value of a key was given where an id was expected.
    #[error("{what}")]
    ValueGiven {
        /// Whose value it is, masked.
        what: String,
        /// The exit status that an unknown id has there.
        exit_code: u8,
    },
    /// Nothing fits what was asked for.
    #[error("no key fits it; looked at {looked}")]
    NotFound {
        /// Where was looked.
        looked: String,
    },
    /// The doctor found something; the findings are the output.
    #[error("{0} findings are left")]
    Findings(usize),
    /// Calls that a link stands in the way of; the links are the output.
    #[error("{0} of the calls are not answered as they should be")]
    CallsFail(usize),
    /// Steps of the set-up are missing; they are the output.
    #[error("{0} steps are missing")]
    StepsMissing(usize),
    /// What `verify` expects does not hold; the expectations are the output.
    #[error("{0} expectations do not hold")]
    ExpectationsFail(usize),
    /// A tenant key is disabled, and its tenant calls on with the API key that it shares.
    #[error(
        "{tenant} is disabled and still calls: API Gateway cannot disable one tenant of a shared API key"
    )]
    SharedKeyStillWorks {
        /// The tenant.
        tenant: String,
        /// Its tenant key.
        tenant_key: String,
    },
    /// The doctor could not look.
    #[error("the account could not be looked over: {0}")]
    InspectionFailed(Box<Self>),
    /// Whoever read the output has gone.
    #[error("the output was closed")]
    ClosedPipe,
    /// A file or the terminal failed.
    #[error("{what}: {why}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's words.
        why: io::Error,
    },
}

/// The exit statuses, for `--help` and the manual.
pub(super) const EXIT_STATUS_HELP: &str = "\
Exit status:
  0    done
  1    failure, `doctor`/`explain`/`setup`/`usage` found something, `whose` nothing, `verify` fails
  2    wrong usage or settings, a refused change, nobody to answer, or one of these cannot look
  3    no credentials, or credentials that are expired or not accepted
  4    IAM does not allow it
  5    no connection to the endpoint
  6    a rate or another limit of AWS
  7    it was changed or removed by someone else meanwhile
  8    the tables are missing or ambiguous
  130  stopped by a person";

impl CommandError {
    /// What was given is the id of nothing, for wrong usage.
    pub(super) fn for_unknown_id(given: &str, what: String) -> Self {
        let hint = "`keypool keys list` and `keypool usage` list ids, `keypool whose` tells whose a key is";
        Self::UnknownId { given: Secret::new(given), what, hint: hint.to_owned(), exit_code: 2 }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Failure(Failure::NoSuchPlan(_)) => Some("`keypool plans` lists them".to_owned()),
            Self::Failure(Failure::Refused(Refusal::NoTenantKey(_))) => {
                Some("`keypool keys list` lists them".to_owned())
            }
            Self::Failure(failure) => failure.hint(),
            Self::InspectionFailed(stop) => stop.hint(),
            Self::Settings(_) => Some("`keypool config --sample` shows every setting".to_owned()),
            Self::NeedsConfirmation => Some("look at it with --dry-run, then give --yes".to_owned()),
            Self::NoTerminal => Some(
                "scripts use `keypool plans`, `keypool keys list` and the like: see `keypool help`"
                    .to_owned(),
            ),
            Self::Usage { hint, .. } | Self::UnknownId { hint, .. } => Some(hint.clone()),
            Self::ValueGiven { .. } => Some(
                "give the id; a value that stood on a command line is in the shell's history: rotate the key where \
                 others can read that"
                    .to_owned(),
            ),
            Self::Embedded(StartError::Listen { .. }) => {
                Some("choose another address with --listen".to_owned())
            }
            Self::SharedKeyStillWorks { tenant_key: row, .. } => {
                Some(format!("`keypool keys isolate {row}` gives it an API key of its own; disable that"))
            }
            Self::NotFound { .. } => {
                Some("the key may be of another account or region, or deleted".to_owned())
            }
            Self::Embedded(_)
            | Self::Declined
            | Self::ClosedPipe
            | Self::Findings(_)
            | Self::CallsFail(_)
            | Self::StepsMissing(_)
            | Self::ExpectationsFail(_)
            | Self::Io { .. } => None,
        }
    }

    /// The exit status that says what kind of end this is.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failure(failure) => failure.exit_code(),
            Self::Settings(_) | Self::NeedsConfirmation | Self::NoTerminal | Self::Usage { .. } => 2,
            Self::UnknownId { exit_code, .. } | Self::ValueGiven { exit_code, .. } => *exit_code,
            Self::Declined => 130,
            Self::InspectionFailed(_) => 2,
            Self::NotFound { .. }
            | Self::SharedKeyStillWorks { .. }
            | Self::Embedded(_)
            | Self::Findings(_)
            | Self::CallsFail(_)
            | Self::StepsMissing(_)
            | Self::ExpectationsFail(_)
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

fn mistakes(mistakes: &ConfigErrors) -> String {
    match mistakes.0.len() {
        1 => format!("the settings have a mistake\n{mistakes}"),
        count => format!("the settings have {count} mistakes\n{mistakes}"),
    }
}
