//! The menu of alternative fixes for a problem.

use keypool_domain::Inventory;
use keypool_domain::drift::Finding;

use crate::ops::ConfirmedFix;
use crate::tui::dialogs::menu::{Menu, MenuItem, MenuTarget};
use crate::tui::screen::Command;

impl Menu {
    pub(crate) fn for_fixes(finding: &Finding, inventory: &Inventory) -> Self {
        let item = |(source, change): (Option<keypool_domain::drift::Source>, &keypool_domain::Change)| {
            let title = source.map(|source| format!("{}: ", source.title())).unwrap_or_default();
            let fix = ConfirmedFix::new(finding, change, inventory);
            let target = match change.units(inventory) {
                Ok(_) => Ok(MenuTarget::Command(Box::new(Command::ConfirmFixes(vec![fix], 0)))),
                Err(refusal) => Err(refusal.to_string()),
            };
            MenuItem { label: format!("{title}{}", change.describe(inventory)), target }
        };
        let items = finding.fix.options().into_iter().map(item).collect();
        Self::new("which is right?".to_owned(), items)
    }
}
