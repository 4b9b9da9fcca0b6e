//! Menus that ask before a file or a frozen month is replaced.

use std::path::Path;

use jiff::tz::TimeZone;
use keypool_domain::text::pluralize;

use crate::ops::{ExportRequest, FrozenMonth};
use crate::tui::dialogs::menu::{Menu, command_item};
use crate::tui::screen::Command;

impl Menu {
    /// Keeping the file is preselected.
    pub(crate) fn for_existing_file(path: &Path, export: ExportRequest) -> Self {
        let replace = Command::Export(Box::new(ExportRequest { replace: true, ..export }));
        let items = vec![
            command_item("keep the file".to_owned(), Command::Close),
            command_item("replace the file".to_owned(), replace),
        ];
        Self::new(format!("{} already exists", path.display()), items)
    }

    /// Keeping the frozen figures is preselected.
    pub(crate) fn for_refreeze(frozen: &FrozenMonth, differences: usize) -> Self {
        let at = frozen.at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M");
        let replace = format!("replace them with current figures: {}", pluralize(differences, "difference"));
        let items = vec![
            command_item("keep the frozen figures".to_owned(), Command::Close),
            command_item(replace, Command::Refreeze),
        ];
        Self::new(format!("the month was frozen on {at} UTC"), items)
    }
}
