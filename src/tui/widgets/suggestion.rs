//! A suggested value in an input: typing replaces it, unless an editing key was pressed first.

use tui_input::{Input, InputRequest};

#[derive(Debug, Clone)]
pub(crate) struct Suggestion {
    pub(crate) input: Input,
    is_untouched: bool,
}

impl Suggestion {
    pub(crate) fn new(suggested: &str) -> Self {
        Self { input: Input::new(suggested.to_owned()), is_untouched: !suggested.is_empty() }
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
        let mut input = Suggestion::new("20");
        input.handle(InputRequest::InsertChar('3'));
        input.handle(InputRequest::InsertChar('0'));
        assert_eq!(input.value(), "30");
        let mut input = Suggestion::new("20");
        input.handle(InputRequest::DeletePrevChar);
        input.handle(InputRequest::InsertChar('5'));
        assert_eq!(input.value(), "25");
        let mut input = Suggestion::new("20");
        input.handle(InputRequest::GoToPrevChar);
        input.handle(InputRequest::InsertChar('5'));
        assert_eq!(input.value(), "250");
    }
}
