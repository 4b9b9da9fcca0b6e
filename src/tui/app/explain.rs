//! Why 403, why 429: for the key under the cursor, or the last call of the test pane.

use keypool_domain::Verdict;
use keypool_domain::call::diagnosis::Diagnosis;

use crate::ops::{ExplainRequest, Query};
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Explanation, Overlay};

use super::App;

impl App {
    pub(super) fn explain(&mut self) {
        let last = self.test.last_call();
        let asking = match self.focus {
            Pane::Test if last.is_some() => last,
            Pane::Pool => self.pool.selected().map(|row| request_for_key(row.api_key.as_str())),
            Pane::Plans | Pane::Keys | Pane::Test => self.selected_key().map(|key| {
                // That a call was throttled stands nowhere but in its answer.
                let told = last.filter(|last| {
                    last.verdict == Some(Verdict::Throttled) && last.key_or_tenant == key.id.as_str()
                });
                told.unwrap_or_else(|| request_for_key(key.id.as_str()))
            }),
        };
        match asking {
            Some(asking) => self.load(Query::Explain(asking)),
            None => self.show_message(Tone::Error, "no key is selected: choose one in pane 3"),
        }
    }

    pub(super) fn show_explanation(&mut self, chains: Vec<Diagnosis>) {
        if self.overlay.is_some() {
            return;
        }
        match Explanation::new(chains) {
            Some(explained) => self.overlay = Some(Overlay::Explanation(explained)),
            None => self.show_message(Tone::Error, "nobody is known by that id any more"),
        }
    }
}

fn request_for_key(whom: &str) -> ExplainRequest {
    ExplainRequest { key_or_tenant: whom.to_owned(), ..ExplainRequest::default() }
}
