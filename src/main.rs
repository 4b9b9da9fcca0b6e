//! Parses the command line, runs the console or a command, and returns its exit status.

use std::process::ExitCode;

use keypool::cli::{self, Cli, CommandError};
use keypool::ops;
use keypool::settings::{Environment, Flags, Settings};
use keypool::tui::{self, ConsoleConfig, Multiplexer, Styles};

/// glibc's allocator takes twice the processor time for a large account, whose pages leave memory in small pieces. The
/// settings of this one are in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The SDK's futures are several times larger in an unoptimised build, and tokio's default stacks of 2 MiB
/// overflow there.
const STACK_BYTES: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    let Cli { flags, command } = match cli::parse_command_line(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(status) => return ExitCode::from(status),
    };
    let environment = Environment::read();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = match runtime.enable_all().thread_stack_size(STACK_BYTES).build() {
        Ok(runtime) => runtime,
        Err(why) => return cli::exit_with(Err(why.into())),
    };
    let status = runtime.block_on(async {
        match command {
            Some(command) => cli::run(&flags, command, &environment, &tui::actions()).await,
            None => match run_console(&flags, &environment).await {
                Ok(status) => ExitCode::from(status),
                Err(error) => cli::exit_with(Err(error)),
            },
        }
    });
    // Does not wait for a blocking read of stdin, which may still be running after Ctrl-C.
    runtime.shutdown_background();
    status
}

async fn run_console(flags: &Flags, environment: &Environment) -> Result<u8, CommandError> {
    let startup = cli::prepare_console(flags, environment, &tui::actions()).await?;
    let status = tui::run(console_config(startup.settings, environment)).await?;
    if let Some(embedded) = startup.embedded {
        embedded.stop().await;
    }
    Ok(status)
}

fn console_config(settings: Settings, environment: &Environment) -> ConsoleConfig {
    let trail = cli::audit_trail(&settings);
    let is_set = |variable| environment.variable(variable).is_some();
    let profile = settings.profile.as_deref().unwrap_or("default");
    // The demo is the same at each start.
    let state_folder = environment.state_dir().filter(|_| !settings.demo);
    let lists_file = state_folder.map(|folder| ops::lists_file(&folder, profile));
    let options = tui::Options {
        label: if settings.demo { "demo" } else { profile }.to_owned(),
        is_read_only: settings.read_only,
        is_production: settings.production,
        refresh: settings.refresh,
        keymap: tui::keymap(&settings.key_overrides),
        styles: Styles::from_theme(settings.theme, !settings.no_color, settings.ascii),
        tariff: settings.charging.tariff,
        access_log_fields: settings.charging.access_log_fields,
        home: environment.home().map(std::path::Path::to_owned),
        lists: lists_file.as_deref().map(ops::read_lists).unwrap_or_default(),
        lists_file,
    };
    let multiplexer = match (is_set("TMUX"), is_set("STY")) {
        (true, _) => Multiplexer::Tmux,
        (false, true) => Multiplexer::Screen,
        (false, false) => Multiplexer::None,
    };
    let has_scroll_regions =
        environment.variable("TERM").is_some_and(|terminal| !["dumb", "unknown"].contains(&terminal));
    let (target, mouse) = (settings.target, settings.mouse);
    ConsoleConfig { target, trail, options, mouse, multiplexer, has_scroll_regions }
}
