//! `keypool man`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Cli, CommandError, output};

/// Print the manual page, or write one page per command
#[derive(Debug, Args)]
pub struct Man {
    /// Folder to write keypool.1, keypool-plans.1 and so on to
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Result<(), CommandError> {
        if let Some(folder) = &self.dir {
            let what = || format!("the manual cannot be written to {}", folder.display());
            return clap_mangen::generate_to(Cli::command(), folder)
                .map_err(|why| CommandError::Io { what: what(), why });
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        output::text(&String::from_utf8_lossy(&page))
    }
}
