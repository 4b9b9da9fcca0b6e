//! The detail pane of a wide screen: what is known of the selection, following the cursor.
//!
//! Sections stand one below the other, and a chart gets the rows that they leave. A low screen leaves out the last ones.

mod calls;
mod facts;
mod quota;

use keypool_domain::{ApiKeyId, PlanId, TenantKey};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::dialogs::details::{self, DetailsSubject};
use crate::tui::model::Model;
use crate::tui::screens::home::loudest::LoudestTenants;
use crate::tui::screens::home::test::state::TestPane;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::columns;
use crate::tui::widgets::panel::{self, Title};

/// A chart with fewer rows is left out.
const MIN_CHART_ROWS: u16 = 7;
const MAX_CHART_ROWS: u16 = 16;

/// What the detail pane shows of the other panes.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetailPane<'a> {
    pub(super) model: &'a Model,
    pub(super) subject: Option<&'a DetailsSubject>,
    pub(super) loudest: &'a LoudestTenants,
    pub(super) test: &'a TestPane,
}

/// A part of the pane below a line with its title.
pub(super) struct Section {
    title: String,
    lines: Vec<Line<'static>>,
}

impl DetailPane<'_> {
    /// `area` is the whole pane with its edges, which are drawn already.
    pub(super) fn draw(&self, area: Rect, frame: &mut Frame<'_>) {
        let styles = self.model.styles();
        let forms = [format!("Detail · {}", self.name()), "Detail".to_owned()];
        let hint = Some(("follows the cursor".to_owned(), styles.get(Role::Muted)));
        let title = Title { forms: &forms, at_right: hint, is_focused: false };
        panel::draw_title(frame, Rect { height: 1, ..area }, &title, styles);
        let inside = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(4),
            height: area.height.saturating_sub(2),
        };
        let Some(subject) = self.subject else { return };
        match (subject, self.tenant_key(subject)) {
            (DetailsSubject::TenantKey(_), Some(key)) => self.draw_key(key, inside, frame),
            _ => {
                let lines = details::lines_of(subject, self.model, inside.width.into());
                frame.render_widget(Paragraph::new(lines), inside);
            }
        }
    }

    fn name(&self) -> String {
        let Some((subject, inventory)) = self.subject.zip(self.model.inventory()) else {
            return "nothing selected".to_owned();
        };
        match subject {
            DetailsSubject::Account => "the account".to_owned(),
            DetailsSubject::Plan(plan) => inventory.plan_name(plan).to_owned(),
            DetailsSubject::PoolKey(_, api_key) => api_key.as_str().to_owned(),
            DetailsSubject::TenantKey(id) => {
                inventory.tenant_key(id).map_or_else(String::new, |key| inventory.key_name(key).into_owned())
            }
        }
    }

    fn tenant_key(&self, subject: &DetailsSubject) -> Option<&TenantKey> {
        match subject {
            DetailsSubject::TenantKey(id) => self.model.inventory()?.tenant_key(id),
            DetailsSubject::Account | DetailsSubject::Plan(_) | DetailsSubject::PoolKey(..) => None,
        }
    }

    fn draw_key(&self, key: &TenantKey, area: Rect, frame: &mut Frame<'_>) {
        let (model, cells) = (self.model, usize::from(area.width));
        let api_key = key.api_key();
        let api_key = api_key.value_to_show();
        let mut above = vec![facts::section(model, key, cells)];
        above.extend(api_key.and_then(|api_key| quota::section(model, &key.plan, api_key, cells)));
        let below = [
            api_key.and_then(|api_key| self.loudest.section(model, &key.plan, api_key, cells)),
            calls::section(model, self.test, &key.id, cells),
        ];
        let below: Vec<_> = below.into_iter().flatten().collect();
        let rows = |sections: &[Section]| sections.iter().map(Section::rows).sum::<u16>();
        let free = area.height.saturating_sub(rows(&above) + rows(&below));
        let chart = api_key.map(|api_key| (&key.plan, api_key)).filter(|_| free > MIN_CHART_ROWS);
        let mut rest = area;
        for section in &above {
            rest = section.draw(model.styles(), rest, frame);
        }
        if let Some((plan, api_key)) = chart {
            rest = self.draw_chart(plan, api_key, rest, free.min(MAX_CHART_ROWS), frame);
        }
        for section in &below {
            rest = section.draw(model.styles(), rest, frame);
        }
    }

    /// The calls of the API key on each day of the current period.
    fn draw_chart(
        &self,
        plan: &PlanId,
        api_key: &ApiKeyId,
        area: Rect,
        height: u16,
        frame: &mut Frame<'_>,
    ) -> Rect {
        let Some(chart) = calls::per_day(self.model, plan, api_key) else { return area };
        let title = Section { title: chart.title, lines: Vec::new() };
        let rest = title.draw(self.model.styles(), area, frame);
        // The section has a title and ends with a blank line.
        let below_title = Rect { y: area.y + 1, height: height.saturating_sub(2).min(area.height), ..area };
        let limit = chart.even_pace.map(|value| columns::LimitLine { value, name: "a day, spread evenly" });
        columns::draw(frame, below_title, &chart.days, limit, self.model.styles());
        let used = height.min(area.height);
        Rect { y: area.y + used, height: area.height.saturating_sub(used), ..rest }
    }
}

impl Section {
    pub(super) fn new(title: impl Into<String>, lines: Vec<Line<'static>>) -> Self {
        Self { title: title.into(), lines }
    }

    /// With its title and a blank line at its end.
    fn rows(&self) -> u16 {
        let title = usize::from(!self.title.is_empty());
        u16::try_from(self.lines.len() + title + 1).unwrap_or(u16::MAX)
    }

    /// Returns what is left of the area.
    fn draw(&self, styles: &Styles, area: Rect, frame: &mut Frame<'_>) -> Rect {
        let mut lines = Vec::new();
        if !self.title.is_empty() {
            let title = text::fit(&self.title, area.width.into()).into_owned();
            let rule = usize::from(area.width).saturating_sub(text::width(&title) + 1);
            lines.push(Line::from(vec![
                Span::styled(format!("{title} "), styles.get(Role::Title)),
                Span::styled("─".repeat(rule), styles.get(Role::Border)),
            ]));
        }
        lines.extend(self.lines.iter().cloned());
        frame.render_widget(Paragraph::new(lines), area);
        let used = self.rows().min(area.height);
        Rect { y: area.y + used, height: area.height - used, ..area }
    }
}
