//! The command line: one file per subcommand. Data goes to stdout, everything else to stderr; each kind
//! of failure has its own exit status.

mod alerts;
mod announcement;
mod apply;
mod audit;
mod call;
mod change_args;
mod completions;
mod config;
mod doctor;
mod embedded;
mod exit;
mod explain;
mod iam;
mod key_values;
mod keys;
mod log;
mod log_source;
mod man;
mod output;
mod plans;
mod pools;
mod report;
mod retire_due;
mod serve;
mod session;
mod setup;
mod stages;
mod stop_signals;
mod subcommands;
mod usage;
mod verify;
mod whose;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use stop_signals::StopSignals;

use crate::aws::{CredentialProcess, Failure, Target};
use crate::settings::{self, BindableActions, Environment, Flags, Settings};

pub use audit::audit_trail;
pub use embedded::EmbeddedAws;
pub use exit::CommandError;
pub use key_values::parse_command_line;
pub use output::{Format, OutputArgs};

/// Manage Amazon API Gateway usage plans and API keys, in a console or from scripts
///
/// Without a command, keypool opens the console. `keypool --demo` opens it on a local AWS with
/// sample data; it needs no account and reads none of your AWS files. The commands do the same without
/// a screen, for scripts.
#[derive(Debug, Parser)]
#[command(name = "keypool", version, after_help = exit::EXIT_STATUS_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Plans(plans::Plans),
    Pools(pools::Pools),
    Keys(keys::Keys),
    Whose(whose::Whose),
    Doctor(doctor::Doctor),
    Alerts(alerts::Alerts),
    Verify(verify::Verify),
    Explain(explain::Explain),
    Call(call::CallArgs),
    Usage(usage::UsageArgs),
    Report(report::ReportArgs),
    Audit(audit::Audit),
    Setup(setup::Setup),
    Iam(iam::Iam),
    Serve(serve::Serve),
    Config(config::Config),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Everything needed to start the console or a command.
pub struct Startup {
    /// The effective settings. With `--demo`, the target is the local AWS.
    pub settings: Settings,
    /// The local AWS of `--demo`, which stops when this is dropped.
    pub embedded: Option<EmbeddedAws>,
}

/// Runs a command and returns its exit status.
pub async fn run(
    flags: &Flags,
    command: Command,
    environment: &Environment,
    actions: &BindableActions,
) -> ExitCode {
    let settings = || load_settings(flags, environment, actions);
    let result = match command {
        Command::Serve(serve) => serve.run().await,
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
        Command::Audit(audit) => audit.run(environment),
        Command::Config(config) => config.run(settings, environment).await,
        Command::Plans(plans) => run_in_session(settings(), async |session| plans.run(session).await).await,
        Command::Pools(pools) => run_in_session(settings(), async |session| pools.run(session).await).await,
        Command::Keys(keys) => run_in_session(settings(), async |session| keys.run(session).await).await,
        Command::Whose(whose) => run_in_session(settings(), async |session| whose.run(session).await).await,
        Command::Doctor(doctor) => {
            let result = run_in_session(settings(), async |session| doctor.run(session).await);
            result.await.map_err(doctor::as_inspection_failure)
        }
        Command::Alerts(alerts) => {
            let result = run_in_session(settings(), async |session| alerts.run(session).await);
            result.await.map_err(doctor::as_inspection_failure)
        }
        Command::Explain(explain) => {
            let result = run_in_session(settings(), async |session| explain.run(session).await);
            result.await.map_err(doctor::as_inspection_failure)
        }
        Command::Verify(verify) => {
            run_in_session(settings(), async |session| verify.run(session).await).await
        }
        Command::Call(call) => run_in_session(settings(), async |session| call.run(session).await).await,
        Command::Iam(iam) => run_in_session(settings(), async |session| iam.run(session).await).await,
        Command::Usage(usage) => {
            let is_warning_only = usage.is_warning_only();
            let result = run_in_session(settings(), async |session| usage.run(session).await);
            result
                .await
                .map_err(|error| if is_warning_only { doctor::as_inspection_failure(error) } else { error })
        }
        Command::Report(report) => {
            run_in_session(settings(), async |session| report.run(session).await).await
        }
        Command::Setup(setup) => run_in_session(settings(), async |session| setup.run(session).await).await,
    };
    exit_with(result)
}

/// Loads the settings, and prints warnings about former names in the user's files.
fn load_settings(
    flags: &Flags,
    environment: &Environment,
    actions: &BindableActions,
) -> Result<Settings, CommandError> {
    let settings = settings::load(flags, environment, actions)?;
    settings.warnings.iter().for_each(|warning| output::note(&format!("warning: {warning}")));
    Ok(settings)
}

/// Prepares the console: checks for a terminal, loads settings, opens the log, and starts the embedded
/// AWS for `--demo`.
pub async fn prepare_console(
    flags: &Flags,
    environment: &Environment,
    actions: &BindableActions,
) -> Result<Startup, CommandError> {
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        return Err(CommandError::NoTerminal);
    }
    let mut startup = start_up(load_settings(flags, environment, actions)?).await?;
    StopSignals::listen()?.run(sign_in(&mut startup.settings.target)).await?;
    Ok(startup)
}

/// Runs the profile's `credential_process`, if any, before the console takes over the terminal: it may
/// prompt.
async fn sign_in(target: &mut Target) -> Result<(), Failure> {
    let Some(process) = CredentialProcess::find(target).await? else { return Ok(()) };
    output::note(&format!("note: running the credential_process of profile {}", process.profile()));
    process.run_on_terminal().await?;
    target.credential_process = Some(process);
    Ok(())
}

/// Prints the error, if any, to stderr and returns the exit status. Errors that only report what the output
/// already shows are not printed.
pub fn exit_with(result: Result<(), CommandError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if !matches!(
        error,
        CommandError::ClosedPipe
            | CommandError::Findings(_)
            | CommandError::CallsFail(_)
            | CommandError::StepsMissing(_)
    ) {
        tracing::error!(status = error.exit_code(), "{}", output::plain::escape_line(&error.to_string()));
        output::note(&format!("error: {error}"));
        if let Some(hint) = error.hint() {
            output::note(&format!("hint: {hint}"));
        }
    }
    ExitCode::from(error.exit_code())
}

/// Opens the log, and starts the local AWS for `--demo`.
async fn start_up(mut settings: Settings) -> Result<Startup, CommandError> {
    if let Some(log) = &settings.log {
        log::start(log)?;
    }
    let embedded = match settings.demo {
        true => Some(EmbeddedAws::start(&mut settings.target).await?),
        false => None,
    };
    Ok(Startup { settings, embedded })
}

/// Runs the work of a command in a session, and then stops the local AWS of `--demo`.
async fn run_in_session(
    settings: Result<Settings, CommandError>,
    work: impl AsyncFnOnce(&session::Session) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let Startup { settings, embedded } = start_up(settings?).await?;
    let mut signals = StopSignals::listen()?;
    let result = match signals.run(session::Session::open(settings)).await {
        Ok(session) => {
            let result = session.run_interruptible(&mut signals, work(&session)).await;
            let result = match result {
                Err(error) => Err(session.recognise_value(error).await),
                result => result,
            };
            result.and_then(|()| session.check_audit_complete().map_err(CommandError::from))
        }
        Err(failure) => Err(failure.into()),
    };
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    result
}
