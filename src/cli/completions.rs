//! `keypool completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CommandError, output};

/// Print shell completions
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell to generate completions for
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "keypool", &mut script);
        output::text(&String::from_utf8_lossy(&script))
    }
}
