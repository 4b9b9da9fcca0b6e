//! What is done about a file that is there already.

use std::path::Path;

use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;

use crate::ops::{ExportRequest, FrozenMonth};
use crate::tui::overlays::Reply;

use super::{Menu, reply_item};

impl Menu {
    /// Nothing is overwritten without asking; it opens on leaving the file alone.
    pub(crate) fn for_existing_file(path: &Path, export: ExportRequest) -> Self {
        let replace = Reply::Export(Box::new(ExportRequest { replace: true, ..export }));
        let items = vec![
            reply_item("leave it as it is".to_owned(), Reply::Close),
            reply_item("replace it".to_owned(), replace),
        ];
        Self::new(format!("{} is there already", path.display()), items)
    }

    /// The same for a month that is frozen.
    pub(crate) fn for_refreeze(frozen: &FrozenMonth, differences: usize) -> Self {
        let at = frozen.at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M");
        let now = format!("put the figures of now in its place: {}", pluralize(differences, "difference"));
        let items =
            vec![reply_item("leave it as it is".to_owned(), Reply::Close), reply_item(now, Reply::Refreeze)];
        Self::new(format!("the month was frozen on {at} UTC"), items)
    }
}
