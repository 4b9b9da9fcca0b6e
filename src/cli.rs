//! The command line: one subcommand a file, data on stdout, the rest on stderr, an exit status for each kind of end.

mod announced;
mod audit;
mod call;
mod changed;
mod completions;
mod config;
mod doctor;
mod embedded;
mod explain;
mod given;
mod iam;
mod keys;
mod log;
mod man;
mod output;
mod plans;
mod pools;
mod report;
mod serve;
mod session;
mod setup;
mod stages;
mod stop;
mod usage;
mod verify;
mod whose;
mod writing;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::aws::{CredentialProcess, Failure, Target};
use crate::settings::{self, Actions, Environment, Flags, Settings};

pub use audit::trail;
pub use embedded::Embedded;
pub use given::parse_command_line;
pub use output::{Format, OutputArgs};
pub use stop::Stop;

/// The console and the commands of people who sell an API through Amazon API Gateway
///
/// Without a command, keypool opens the console. `keypool --demo` opens it on an embedded AWS with sample data: it
/// needs no account and reads none of your AWS files. The commands do the same without a screen, for scripts.
#[derive(Debug, Parser)]
#[command(name = "keypool", version, after_help = stop::EXIT_STATUS, max_term_width = 100)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What keypool does without a screen.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a command's documentation is its struct's, which is its --help")]
pub enum Command {
    Plans(plans::Plans),
    Pools(pools::Pools),
    Keys(keys::Keys),
    Whose(whose::Whose),
    Doctor(doctor::Doctor),
    Verify(verify::Verify),
    Explain(explain::Explain),
    Call(call::Call),
    Usage(usage::UsageOf),
    Report(report::ReportOf),
    Audit(audit::Audit),
    Setup(setup::Setup),
    Iam(iam::Iam),
    Serve(serve::Serve),
    Config(config::Config),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What the console is started with.
pub struct Ready {
    /// What is in force; the target has the endpoint of the embedded AWS where there is one.
    pub settings: Settings,
    /// The embedded AWS of `--demo`, which ends when this is dropped.
    pub embedded: Option<Embedded>,
}

/// Runs a command to its exit status.
pub async fn run(flags: &Flags, command: Command, environment: &Environment, actions: &Actions) -> ExitCode {
    let settings = || load_settings(flags, environment, actions);
    let done = match command {
        Command::Serve(serve) => serve.run().await,
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
        Command::Audit(audit) => audit.run(environment),
        Command::Config(config) => config.run(settings, environment).await,
        Command::Plans(plans) => in_session(settings(), async |session| plans.run(session).await).await,
        Command::Pools(pools) => in_session(settings(), async |session| pools.run(session).await).await,
        Command::Keys(keys) => in_session(settings(), async |session| keys.run(session).await).await,
        Command::Whose(whose) => in_session(settings(), async |session| whose.run(session).await).await,
        Command::Doctor(doctor) => {
            let look = in_session(settings(), async |session| doctor.run(session).await);
            look.await.map_err(doctor::not_looked)
        }
        Command::Explain(explain) => {
            let look = in_session(settings(), async |session| explain.run(session).await);
            look.await.map_err(doctor::not_looked)
        }
        Command::Verify(verify) => in_session(settings(), async |session| verify.run(session).await).await,
        Command::Call(call) => in_session(settings(), async |session| call.run(session).await).await,
        Command::Iam(iam) => in_session(settings(), async |session| iam.run(session).await).await,
        Command::Usage(usage) => {
            let warns = usage.warns();
            let look = in_session(settings(), async |session| usage.run(session).await);
            look.await.map_err(|stop| if warns { doctor::not_looked(stop) } else { stop })
        }
        Command::Report(report) => in_session(settings(), async |session| report.run(session).await).await,
        Command::Setup(setup) => in_session(settings(), async |session| setup.run(session).await).await,
    };
    end(done)
}

/// Loads the settings, and prints warnings about former names in the user's files.
fn load_settings(flags: &Flags, environment: &Environment, actions: &Actions) -> Result<Settings, Stop> {
    let settings = settings::load(flags, environment, actions)?;
    settings.warnings.iter().for_each(|warning| output::note(&format!("warning: {warning}")));
    Ok(settings)
}

/// What the console needs before its first frame: a terminal, settings, a log, and with `--demo` an AWS.
pub async fn prepare_console(
    flags: &Flags,
    environment: &Environment,
    actions: &Actions,
) -> Result<Ready, Stop> {
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        return Err(Stop::NoTerminal);
    }
    let mut ready = ready(load_settings(flags, environment, actions)?).await?;
    sign_in(&mut ready.settings.target).await?;
    Ok(ready)
}

/// Runs the profile's `credential_process`, if it has one, on the ordinary terminal, where it may ask something.
async fn sign_in(target: &mut Target) -> Result<(), Failure> {
    let Some(process) = CredentialProcess::find(target).await? else { return Ok(()) };
    output::note(&format!("note: running the credential_process of profile {}", process.profile()));
    tokio::select! {
        result = process.run_on_terminal() => result?,
        // Its future is dropped, and the program ends with us.
        () = session::interrupted() => return Err(Failure::Cancelled),
    }
    target.process = Some(process);
    Ok(())
}

/// Says how it ended, on stderr, and gives the exit status.
pub fn end(done: Result<(), Stop>) -> ExitCode {
    let Err(stop) = done else { return ExitCode::SUCCESS };
    if !matches!(stop, Stop::ClosedPipe | Stop::Findings(_) | Stop::LinkFails(_) | Stop::Missing(_)) {
        tracing::error!(status = stop.exit_code(), "{}", output::plain::line(&stop.to_string()));
        output::note(&format!("error: {stop}"));
        if let Some(hint) = stop.hint() {
            output::note(&format!("hint: {hint}"));
        }
    }
    ExitCode::from(stop.exit_code())
}

async fn ready(mut settings: Settings) -> Result<Ready, Stop> {
    if let Some(log) = &settings.log {
        log::start(log)?;
    }
    let embedded = match settings.demo {
        true => Some(Embedded::start(&mut settings.target).await?),
        false => None,
    };
    Ok(Ready { settings, embedded })
}

async fn in_session(
    settings: Result<Settings, Stop>,
    work: impl AsyncFnOnce(&session::Session) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let Ready { settings, embedded } = ready(settings?).await?;
    let done = match session::Session::open(settings).await {
        Ok(session) => {
            let done = session.interruptible(work(&session)).await;
            let done = match done {
                Err(stop) => Err(session.recognise_value(stop).await),
                done => done,
            };
            done.and_then(|()| session.unrecorded().map_err(Stop::from))
        }
        Err(failure) => Err(failure.into()),
    };
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    done
}
