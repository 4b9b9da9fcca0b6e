//! Sign-in for credentials of a `credential_process` that needs the terminal.

use crate::aws::{Failure, Renewal};

use super::App;

impl App {
    /// Whether the last read failed because the profile's `credential_process` has to run on the terminal.
    pub(super) fn needs_sign_in(&self) -> bool {
        let failures = [self.context.failure(), self.snapshot.failure()];
        let needs_terminal =
            |failure: &Failure| matches!(failure, Failure::SignIn { renewal: Renewal::Process(_), .. });
        self.tasks.is_idle() && failures.into_iter().flatten().any(needs_terminal)
    }

    /// Connects again with the new credentials, or shows why there are none.
    pub(super) fn handle_sign_in(&mut self, result: Result<(), Failure>) {
        match result {
            Ok(()) => self.connect(),
            Err(failure) => self.show_failure(&failure),
        }
    }
}
