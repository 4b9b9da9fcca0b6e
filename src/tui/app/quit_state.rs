//! The progress of quitting while a change is running.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum QuitState {
    #[default]
    NotQuitting,
    /// The next `q` quits.
    Confirming,
    /// Quits as soon as the change has stopped.
    AfterStep,
    /// The screen is closed; the change's result is printed on the terminal.
    ScreenClosed,
}

impl QuitState {
    /// Called when a key other than the one that quits was pressed.
    pub(super) fn cancel(&mut self) {
        if *self == Self::Confirming {
            *self = Self::NotQuitting;
        }
    }
}
