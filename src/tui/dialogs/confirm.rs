//! The confirmation before a change: affected tenants, cautions and steps.
//!
//! Cancel is preselected. A change that affects several tenants requires typing their number. In read-only mode the
//! dialog only shows the steps.

mod confirmation_word;

use keypool_domain::text::pluralize;
use keypool_domain::{Announcement, Change, Inventory, Refusal};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::{Input, InputRequest};

use crate::ops::ConfirmedFix;
use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::{Action, ConfirmAction, DialogAction, Scope};
use crate::tui::model::Model;
use crate::tui::model::options::Options;
use crate::tui::screen::{Command, DecisionBasis, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::styles::Role;
use crate::tui::text;
use confirmation_word::ConfirmationWord;

const WIDTH: u16 = 76;
/// Further units, each with the steps for one key or one fix, are only counted.
const MAX_LISTED_UNITS: usize = 100;
/// Further names are only counted.
const MAX_NAMES: usize = 100;

/// A change or fixes waiting for confirmation.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// `None` if `fixes` are to be confirmed.
    change: Option<(Change, DecisionBasis)>,
    fixes: Vec<ConfirmedFix>,
    title: String,
    /// The subject of each listed unit, and its steps.
    steps: Vec<(String, Vec<String>)>,
    unlisted_units: usize,
    announcement: Announcement,
    /// Must be typed before the change can be confirmed.
    word: Option<ConfirmationWord>,
    input: Input,
    is_yes_selected: bool,
    scroll: Scroll,
}

impl Confirm {
    pub(crate) fn new(change: Change, basis: DecisionBasis, options: &Options) -> Result<Self, Refusal> {
        let announcement = Announcement::new(&change, &basis.with_details)?;
        let units = announcement.units.iter().take(MAX_LISTED_UNITS);
        Ok(Self {
            title: announcement.summary.clone(),
            steps: units.map(|unit| (unit.subject.clone(), unit.steps.clone())).collect(),
            unlisted_units: announcement.units.len().saturating_sub(MAX_LISTED_UNITS),
            word: ConfirmationWord::for_change(
                &announcement.tenants,
                announcement.needs_confirmation,
                options,
            ),
            announcement,
            change: Some((change, basis)),
            fixes: Vec::new(),
            input: Input::default(),
            is_yes_selected: false,
            scroll: Scroll::default(),
        })
    }

    /// The confirmation of doctor fixes. `excluded` counts the fixable problems that each need their own
    /// confirmation.
    pub(crate) fn for_fixes(
        fixes: Vec<ConfirmedFix>,
        excluded: usize,
        inventory: &Inventory,
        options: &Options,
    ) -> Self {
        let changes = || fixes.iter().map(|fix| &fix.change);
        let caution = (excluded > 0)
            .then(|| format!("not included: {}, to be confirmed one by one", pluralize(excluded, "problem")));
        let title = match &fixes[..] {
            [fix] => fix.change.describe(inventory),
            _ => format!("fix {}", pluralize(fixes.len(), "problem")),
        };
        let announcements = changes().filter_map(|change| Announcement::new(change, inventory).ok());
        let mut announcement = Announcement::merge(title.clone(), announcements);
        announcement.cautions.extend(caution);
        announcement.needs_confirmation |= fixes.len() > 1;
        Self {
            title,
            steps: fixes.iter().take(MAX_LISTED_UNITS).map(fix_steps).collect(),
            unlisted_units: fixes.len().saturating_sub(MAX_LISTED_UNITS),
            word: ConfirmationWord::for_change(
                &announcement.tenants,
                announcement.needs_confirmation,
                options,
            ),
            announcement,
            change: None,
            fixes,
            input: Input::default(),
            is_yes_selected: false,
            scroll: Scroll::default(),
        }
    }

    /// Inserts a caution before all others.
    pub(crate) fn add_caution(&mut self, caution: String) {
        self.announcement.cautions.insert(0, caution);
    }

    fn confirm(&self) -> Handled {
        match &self.change {
            Some((change, basis)) => close_with(Command::Apply(change.clone(), basis.clone())),
            None => close_with(Command::Fix(self.fixes.clone())),
        }
    }

    fn is_word_typed(&self) -> bool {
        self.word.as_ref().is_none_or(|word| word.text == self.input.value().trim())
    }

    fn lines(&self, model: &Model, cells: usize) -> Vec<Line<'static>> {
        let styles = model.styles();
        let mut lines = Vec::new();
        let mut add = |text: String, role: Role, indent: usize| {
            let wrapped = text::wrap(&text, cells.saturating_sub(indent));
            let style = styles.get(role);
            lines.extend(
                wrapped.into_iter().map(|line| Line::styled(format!("{}{line}", " ".repeat(indent)), style)),
            );
        };
        add(self.affected_tenants_line(), Role::Error, 0);
        for line in self.plan_and_stage_lines() {
            add(line, Role::Text, 0);
        }
        for caution in &self.announcement.cautions {
            add(caution.clone(), Role::Warn, 0);
        }
        for (subject, steps) in &self.steps {
            add(subject.clone(), Role::Title, 0);
            for step in steps {
                add(step.clone(), Role::Text, 2);
            }
        }
        if self.unlisted_units > 0 {
            add(format!("and {} more", text::format_count(self.unlisted_units)), Role::Muted, 0);
        }
        lines
    }

    fn affected_tenants_line(&self) -> String {
        let tenants = &self.announcement.tenants;
        if tenants.is_empty() {
            return "affects no tenants".to_owned();
        }
        let names = tenants.iter().map(|tenant| tenant.as_str().to_owned());
        format!("affects {}: {}", pluralize(tenants.len(), "tenant"), join_names(names))
    }

    fn plan_and_stage_lines(&self) -> Vec<String> {
        let (plans, stages) = (&self.announcement.plans, &self.announcement.stages);
        let plans = (!plans.is_empty()).then(|| {
            let names = plans.iter().map(|plan| plan.name.clone());
            format!("{}: {}", pluralize(plans.len(), "usage plan"), join_names(names))
        });
        let stages = (!stages.is_empty()).then(|| {
            let names = stages.iter().map(ToString::to_string);
            format!("{}: {}", pluralize(stages.len(), "API stage"), join_names(names))
        });
        plans.into_iter().chain(stages).collect()
    }

    fn draw_answer(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let styles = model.styles();
        let mut lines = Vec::new();
        if let Some(ConfirmationWord { text: word, description }) = &self.word {
            let prompt = format!("type {word} ({description}) to confirm: ");
            let room = usize::from(area.width).saturating_sub(text::width(&prompt));
            let typed = text::clean(self.input.value());
            let cursor_col = text::width(&prompt) + self.input.visual_cursor().min(room);
            frame.set_cursor_position((area.x + u16::try_from(cursor_col).unwrap_or(0), area.y));
            lines.push(Line::from(vec![
                Span::raw(prompt),
                Span::styled(text::fit(&typed, room).into_owned(), styles.get(Role::Accent)),
            ]));
        }
        let button = |label: &str, is_selected: bool, is_enabled: bool| {
            let role = if is_selected {
                Role::Selection
            } else if is_enabled {
                Role::Text
            } else {
                Role::Muted
            };
            Span::styled(
                if is_selected { format!("►[ {label} ]") } else { format!(" [ {label} ]") },
                styles.get(role),
            )
        };
        let label = match &self.change {
            None if self.fixes.len() > 1 => "Fix all".to_owned(),
            None => "Fix".to_owned(),
            Some((Change::Delete(keys), _)) => format!("Delete {}", pluralize(keys.len(), "key")),
            Some((Change::Create(new), _)) => format!("Create {}", pluralize(new.count as usize, "key")),
            Some((change, _)) => change.verb().to_owned(),
        };
        lines.push(if model.is_read_only() {
            Line::from(vec![button("Close", true, true), Span::raw("  read-only: changes are disabled")])
        } else {
            let yes = button(&label, self.is_yes_selected, self.is_word_typed());
            Line::from(vec![button("Cancel", !self.is_yes_selected, true), Span::raw("  "), yes])
        });
        frame.render_widget(ratatui::widgets::Paragraph::new(lines), area);
    }
}

impl Screen for Confirm {
    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "choose" } else { spec.footer })
    }

    /// `y` and `n` are text while a word must be typed.
    fn scopes(&self) -> &'static [Scope] {
        if self.takes_text() { &[Scope::Dialog] } else { &[Scope::Confirm, Scope::Dialog] }
    }

    fn takes_text(&self) -> bool {
        self.word.is_some()
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if let Some(answer) = action.as_confirm() {
            return match answer {
                ConfirmAction::Yes => self.confirm(),
                ConfirmAction::No => Some(vec![Command::Close]),
            };
        }
        let Some(dialog_action) = action.as_dialog() else {
            if !self.scroll.act(action, frame::page_rows(model)) {
                return None;
            }
            self.scroll.clamp(
                self.lines(model, frame::content_cols(model, WIDTH).into()).len(),
                frame::page_rows(model),
            );
            return done();
        };
        match dialog_action {
            DialogAction::Dismiss => Some(vec![Command::Close]),
            DialogAction::Accept if !self.is_yes_selected => Some(vec![Command::Close]),
            DialogAction::Accept if self.is_word_typed() => self.confirm(),
            DialogAction::Accept => None,
            DialogAction::NextChoice
            | DialogAction::PreviousChoice
            | DialogAction::NextField
            | DialogAction::PreviousField => {
                self.is_yes_selected = !self.is_yes_selected && self.is_word_typed() && !model.is_read_only();
                done()
            }
        }
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        let is_refused =
            |word: &ConfirmationWord| matches!(request, InputRequest::InsertChar(c) if !word.accepts(c));
        if self.word.as_ref().is_some_and(|word| !is_refused(word)) {
            self.input.handle(request);
            self.is_yes_selected = self.is_word_typed();
        }
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let lines = self.lines(model, cells);
        let rows_below = 2 + u16::from(self.word.is_some());
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(rows_below);
        let inside = frame::draw(model, frame, &self.title, frame::content_cols(model, WIDTH), height);
        let text = Rect { height: inside.height.saturating_sub(rows_below), ..inside };
        self.scroll.draw(model, lines, text, frame);
        let bottom = Rect { y: text.bottom() + 1, height: rows_below - 1, ..inside };
        self.draw_answer(model, frame, bottom.intersection(inside));
    }
}

impl Dialog for Confirm {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Writes
    }
}

fn fix_steps(fix: &ConfirmedFix) -> (String, Vec<String>) {
    (fix.finding.summary.clone(), fix.steps.clone())
}

/// Names beyond `MAX_NAMES` are only counted.
fn join_names(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let mut named: Vec<_> = names.take(MAX_NAMES).collect();
    if more > 0 {
        named.push(format!("and {} more", text::format_count(more)));
    }
    named.join(", ")
}
