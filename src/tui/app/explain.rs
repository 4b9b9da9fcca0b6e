//! Why 403, why 429: for the key under the cursor, or the last call of the test pane.

use keypool_domain::Verdict;
use keypool_domain::call::chain::Chain;

use crate::ops::{Asking, Query};
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Explained, Overlay};

use super::App;

impl App {
    pub(super) fn explain(&mut self) {
        let last = self.test.last_call();
        let asking = match self.focus {
            Pane::Test if last.is_some() => last,
            Pane::Pool => self.pool.selected().map(|row| of(row.api_key.as_str())),
            Pane::Plans | Pane::Keys | Pane::Test => self.selected_key().map(|key| {
                // That a call was throttled stands nowhere but in its answer.
                let told = last
                    .filter(|last| last.verdict == Some(Verdict::Throttled) && last.whom == key.id.as_str());
                told.unwrap_or_else(|| of(key.id.as_str()))
            }),
        };
        match asking {
            Some(asking) => self.load(Query::Explain(asking)),
            None => self.say(Tone::Bad, "no key is selected: choose one in pane 3"),
        }
    }

    pub(super) fn explained(&mut self, chains: Vec<Chain>) {
        if self.overlay.is_some() {
            return;
        }
        match Explained::new(chains) {
            Some(explained) => self.overlay = Some(Overlay::Explained(explained)),
            None => self.say(Tone::Bad, "nobody is known by that id any more"),
        }
    }
}

fn of(whom: &str) -> Asking {
    Asking { whom: whom.to_owned(), ..Asking::default() }
}
