//! What is done about a file that is there already.

use std::path::Path;

use jiff::tz::TimeZone;
use keypool_domain::change::counted;

use crate::ops::{Export, Frozen};
use crate::tui::overlays::Reply;

use super::{Menu, leading};

impl Menu {
    /// Nothing is overwritten without asking; it opens on leaving the file alone.
    pub(crate) fn replace(path: &Path, export: Export) -> Self {
        let replace = Reply::Export(Box::new(Export { replace: true, ..export }));
        let items = vec![
            leading("leave it as it is".to_owned(), Reply::Close),
            leading("replace it".to_owned(), replace),
        ];
        Self::new(format!("{} is there already", path.display()), items)
    }

    /// The same for a month that is frozen.
    pub(crate) fn refreeze(frozen: &Frozen, differences: usize) -> Self {
        let at = frozen.at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M");
        let now = format!("put the figures of now in its place: {}", counted(differences, "difference"));
        let items =
            vec![leading("leave it as it is".to_owned(), Reply::Close), leading(now, Reply::Refreeze)];
        Self::new(format!("the month was frozen on {at} UTC"), items)
    }
}
