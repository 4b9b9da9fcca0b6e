//! The names of files: where a list is written, and which access log is counted.

use crate::ops::{Export, Listed};
use crate::tui::app::App;
use crate::tui::widgets::suggestion::Suggestion;

use super::{About, Ask, Field, Reply};

impl Ask {
    /// Where a list is written; `name` is offered.
    pub(crate) fn export(listed: Listed, name: &str) -> Self {
        let note = "A name that ends in .csv or .json: that says how it is written. It holds no secret, and nobody \
                    but you may read it.";
        let title = "write the list to which file?".to_owned();
        Self::new(About::Export(listed), title, note.to_owned(), vec![file(name)])
    }

    /// Which access log tells whose the calls of shared keys were.
    pub(crate) fn log_file(name: &str, tenant_field: &str) -> Self {
        let note = format!(
            "JSON lines of API Gateway with apiKeyId, status and {tenant_field}: they make the calls of shared keys \
             exact. Nothing is no log."
        );
        Self::new(About::LogFile, "which access log?".to_owned(), note, vec![file(name)])
    }

    /// The answer, where a file was asked for.
    pub(super) fn file_reply(&mut self, app: &App) -> Option<Reply> {
        let path = app.path_of(self.answer(0));
        Some(match &self.about {
            About::LogFile => Reply::CountBy(Some(path).filter(|path| !path.as_os_str().is_empty())),
            About::Export(listed) => {
                let export = Export { listed: listed.clone(), path, replace: false };
                match export.fits() {
                    Ok(()) => Reply::Export(Box::new(export)),
                    Err(why) => self.refuse(why.to_string()),
                }
            }
            About::Rotate(_)
            | About::RotatePoolKey(_)
            | About::Grow(_)
            | About::SetPool(_)
            | About::CreatePool(..)
            | About::Extend(..)
            | About::Whose
            | About::NewPlan
            | About::EditPlan(_)
            | About::Link(_)
            | About::LogRole(_)
            | About::AccessLog(_)
            | About::ThrottleMethod(..) => return None,
        })
    }
}

fn file(name: &str) -> Field {
    Field { name: "file", value: Suggestion::new(name), choices: Vec::new() }
}
