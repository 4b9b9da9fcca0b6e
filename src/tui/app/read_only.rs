//! The only check of `--readonly`. Every action, every reply of an overlay and every call passes it.

use crate::aws::Failure;
use crate::tui::action::Impact;

use super::App;

impl App {
    /// In a read-only context, refuses a write: shows why and returns true.
    pub(super) fn refuses(&mut self, impact: Impact) -> bool {
        let refused = self.options.is_read_only && impact == Impact::Writes;
        if refused {
            self.show_failure(&Failure::ReadOnly);
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use keypool_domain::charging::{Currency, Tariff};
    use ratatui::layout::Size;

    use crate::aws::Failure;
    use crate::tui::action::{ACTIONS, Impact};
    use crate::tui::app::{App, Options};
    use crate::tui::keymap::Keymap;
    use crate::tui::styles::Styles;

    fn read_only_app() -> App {
        let options = Options {
            label: "demo".to_owned(),
            is_read_only: true,
            is_production: false,
            refresh: None,
            keymap: Keymap::default(),
            styles: Styles::new(false, false),
            tariff: Tariff { currency: Currency::default(), rates: BTreeMap::new() },
            tenant_field: "tenant".to_owned(),
            home: None,
        };
        App::new(options, Timestamp::UNIX_EPOCH, Size::new(80, 24))
    }

    #[test]
    fn a_read_only_context_refuses_every_action_that_writes_and_no_other() {
        for spec in ACTIONS {
            let mut app = read_only_app();
            app.perform(spec.action);
            let message = app.message.as_ref().map(|message| message.text.clone());
            let refused = message == Some(Failure::ReadOnly.to_string());
            assert_eq!(refused, spec.impact == Impact::Writes, "{}", spec.id);
            assert!(!refused || (app.overlay.is_none() && app.outbox.is_empty()), "{}", spec.id);
        }
    }
}
