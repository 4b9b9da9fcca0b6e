//! Diagnoses 403 and 429 for the selected key, or for the last call of the test pane.

use keypool_domain::Verdict;
use keypool_domain::call::diagnosis::Diagnosis;

use crate::ops::{ExplainRequest, Query};
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Explanation, Overlay};

use super::App;

impl App {
    pub(super) fn explain(&mut self) {
        let last_call = self.test.last_call();
        let request = match self.focus {
            Pane::Test if last_call.is_some() => last_call,
            Pane::Pool => self.pool.selected().map(|row| request_for_key(row.api_key.as_str())),
            Pane::Plans | Pane::Keys | Pane::Test => self.selected_key().map(|key| {
                // Only the response of a call shows that it was throttled.
                let throttled = last_call.filter(|call| {
                    call.verdict == Some(Verdict::Throttled) && call.key_or_tenant == key.id.as_str()
                });
                throttled.unwrap_or_else(|| request_for_key(key.id.as_str()))
            }),
        };
        match request {
            Some(request) => self.load(Query::Explain(request)),
            None => self.show_message(Tone::Error, "no key is selected: choose one in pane 3"),
        }
    }

    pub(super) fn show_explanation(&mut self, diagnoses: Vec<Diagnosis>) {
        if self.overlay.is_some() {
            return;
        }
        match Explanation::new(diagnoses) {
            Some(explanation) => self.overlay = Some(Overlay::Explanation(explanation)),
            None => {
                self.show_message(Tone::Error, "no key has this id any more: refresh and select a key again")
            }
        }
    }
}

fn request_for_key(id: &str) -> ExplainRequest {
    ExplainRequest { key_or_tenant: id.to_owned(), ..ExplainRequest::default() }
}
