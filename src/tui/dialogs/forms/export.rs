//! Asks for the file to export a list to.

use crate::ops::{ExportList, ExportRequest};
use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

const NOTE: &str = "The extension sets the format: .csv or .json. The file contains no key values, and only you can \
                    read it.";

#[derive(Debug, Clone)]
struct ExportForm {
    list: ExportList,
    file: TextField,
}

/// `file` is the suggestion.
pub(crate) fn open(list: ExportList, file: &str) -> Command {
    let file = TextField::with_suggestion("file", file);
    form::open("export to file", NOTE, ExportForm { list, file })
}

impl Form for ExportForm {
    const ASKS_FOR_CHANGE: bool = false;
    form_fields!(file);

    fn submit(&self, model: &Model) -> Submission {
        let path = model.options().expand_home(self.file.text());
        let export = ExportRequest { list: self.list.clone(), path, replace: false };
        export.check_extension()?;
        Ok(Command::Export(Box::new(export)))
    }
}
