//! Asks for the number and the rate of a series of calls.

use keypool_domain::TenantKeyId;

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::model::calls::CallSeries;
use crate::tui::screen::Command;
use crate::tui::text;
use crate::tui::widgets::form::FormLayout;
use crate::tui::widgets::text_field::TextField;

/// The test pane keeps a symbol in its strip for each response.
const MAX_CALLS: u32 = 100_000;
const NOTE: &str = "Without a rate, each call waits for the previous response.";

#[derive(Debug, Clone)]
struct SeriesForm {
    tenant_key: TenantKeyId,
    count: TextField,
    /// Calls per second.
    rate: TextField,
}

pub(crate) fn open(tenant_key: TenantKeyId) -> Command {
    let count = TextField::with_suggestion("count", "20");
    let rate = TextField::new("per second", "");
    form::open("series of calls", NOTE, SeriesForm { tenant_key, count, rate })
}

impl SeriesForm {
    fn parse_count(&self) -> Result<u32, String> {
        let count = self.count.text().parse().ok().filter(|count| (1..=MAX_CALLS).contains(count));
        count.ok_or_else(|| {
            format!("count must be a number from 1 to {}", text::format_count(MAX_CALLS as usize))
        })
    }

    fn parse_rate(&self) -> Result<Option<f64>, &'static str> {
        if self.rate.text().is_empty() {
            return Ok(None);
        }
        let rate = self.rate.text().parse().ok().filter(|rate| (0.001..=1_000.0).contains(rate));
        rate.map(Some).ok_or("per second must be a number, e.g. 5 or 0.5, or empty for no limit")
    }
}

impl Form for SeriesForm {
    const ASKS_FOR_CHANGE: bool = false;
    const SUBMIT_VERB: &'static str = "start";
    const LAYOUT: FormLayout = FormLayout { cols: 56, label_cols: 14, arrow_cols: 0 };
    form_fields!(count, rate);

    fn submit(&self, _model: &Model) -> Submission {
        let series = CallSeries { count: self.parse_count()?, rate: self.parse_rate()? };
        Ok(Command::Call(self.tenant_key.clone(), series))
    }
}
