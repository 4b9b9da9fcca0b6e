//! The flags that all subcommands share.

use std::path::PathBuf;

use clap::Args;

const AWS_HEADING: &str = "AWS";
const SCREEN_HEADING: &str = "Screen";
const SETTINGS_HEADING: &str = "Settings and log";

/// Settings for one run, from the command line.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Use a local AWS with sample data; ignores your AWS files and variables
    #[arg(long, global = true, help_heading = AWS_HEADING,
          conflicts_with_all = ["profile", "region", "endpoint_url", "ca_bundle"])]
    pub demo: bool,
    /// Profile in ~/.aws/config and ~/.aws/credentials
    #[arg(short, long, global = true, help_heading = AWS_HEADING, value_name = "NAME")]
    pub profile: Option<String>,
    /// AWS region
    #[arg(short, long, global = true, help_heading = AWS_HEADING, value_name = "REGION")]
    pub region: Option<String>,
    /// Endpoint for all services, such as the one `keypool serve` prints
    #[arg(long, global = true, help_heading = AWS_HEADING, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// PEM file of additional certificate authorities
    #[arg(long, global = true, help_heading = AWS_HEADING, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Refuse every write
    #[arg(long, global = true, help_heading = AWS_HEADING)]
    pub readonly: bool,
    /// Read the whole Keys table, also if it has more items than `scan_limit`
    #[arg(long, global = true, help_heading = AWS_HEADING)]
    pub scan: bool,
    /// Why you make changes, recorded in the audit trail
    #[arg(long, global = true, help_heading = AWS_HEADING, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Neither show nor keep what was read of the account before
    #[arg(long, global = true, help_heading = AWS_HEADING)]
    pub no_cache: bool,
    /// Theme: default, dark, light, or a file of your own
    #[arg(long, global = true, help_heading = SCREEN_HEADING, value_name = "NAME")]
    pub theme: Option<String>,
    /// Seconds between two refreshes, or `off`
    #[arg(long, global = true, help_heading = SCREEN_HEADING, value_name = "SECONDS|off")]
    pub refresh: Option<String>,
    /// Use no colours, only attributes such as bold and reverse
    #[arg(long, global = true, help_heading = SCREEN_HEADING)]
    pub no_color: bool,
    /// Leave the mouse to the terminal
    #[arg(long, global = true, help_heading = SCREEN_HEADING)]
    pub no_mouse: bool,
    /// Draw borders and bars in plain ASCII
    #[arg(long, global = true, help_heading = SCREEN_HEADING)]
    pub ascii: bool,
    /// Settings file to read instead of config.toml in the config folder
    #[arg(short, long, global = true, help_heading = SETTINGS_HEADING, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write a log to this file; it never contains secrets
    #[arg(long, global = true, help_heading = SETTINGS_HEADING, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// Log level: error, warn, info, debug or trace
    #[arg(long, global = true, help_heading = SETTINGS_HEADING, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

impl Flags {
    /// Returns every flag that is given: its setting, the flag itself, and its text.
    pub(super) fn values(&self) -> Vec<(&'static str, &'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let switch = |on: bool, value: &str| on.then(|| value.to_owned());
        [
            ("profile", "--profile", self.profile.clone()),
            ("region", "--region", self.region.clone()),
            ("endpoint_url", "--endpoint-url", self.endpoint_url.clone()),
            ("ca_bundle", "--ca-bundle", path(&self.ca_bundle)),
            ("readonly", "--readonly", switch(self.readonly, "true")),
            ("cache", "--no-cache", switch(self.no_cache, "false")),
            ("theme", "--theme", self.theme.clone()),
            ("refresh", "--refresh", self.refresh.clone()),
            ("no_color", "--no-color", switch(self.no_color, "true")),
            ("mouse", "--no-mouse", switch(self.no_mouse, "false")),
            ("ascii", "--ascii", switch(self.ascii, "true")),
            ("log.file", "--log-file", path(&self.log_file)),
            ("log.level", "--log-level", self.log_level.clone()),
        ]
        .into_iter()
        .filter_map(|(setting, flag, text)| Some((setting, flag, text?)))
        .collect()
    }
}
