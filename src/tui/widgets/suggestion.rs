//! A value that is offered: it can be edited, and whoever just types another replaces it.

use tui_input::{Input, InputRequest};

/// A line with what is offered, or what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Suggestion {
    pub(crate) input: Input,
    is_untouched: bool,
}

impl Suggestion {
    pub(crate) fn new(offered: &str) -> Self {
        Self { input: Input::new(offered.to_owned()), is_untouched: !offered.is_empty() }
    }

    pub(crate) fn handle(&mut self, request: InputRequest) {
        if std::mem::take(&mut self.is_untouched) && matches!(request, InputRequest::InsertChar(_)) {
            self.input.reset();
        }
        self.input.handle(request);
    }

    pub(crate) fn value(&self) -> &str {
        self.input.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_replaces_the_suggestion_and_editing_keeps_it() {
        let mut offer = Suggestion::new("20");
        offer.handle(InputRequest::InsertChar('3'));
        offer.handle(InputRequest::InsertChar('0'));
        assert_eq!(offer.value(), "30");
        let mut offer = Suggestion::new("20");
        offer.handle(InputRequest::DeletePrevChar);
        offer.handle(InputRequest::InsertChar('5'));
        assert_eq!(offer.value(), "25");
        let mut offer = Suggestion::new("20");
        offer.handle(InputRequest::GoToPrevChar);
        offer.handle(InputRequest::InsertChar('5'));
        assert_eq!(offer.value(), "250");
    }
}
