//! The question before a change: what will be done, whom it touches, and what cannot be undone. It opens on Cancel;
//! what touches several tenants asks for their number to be typed. In a read-only context it only shows the steps.

mod word;

use keypool_domain::change::counted;
use keypool_domain::{Announcement, Change, Inventory, Refusal};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::{Input, InputRequest};

use crate::ops::ConfirmedFix;
use crate::tui::action::{Action, ConfirmAction, DialogAction, Scope};
use crate::tui::app::{App, Decision, Options};
use crate::tui::look::Role;
use crate::tui::text;

use super::Reply;
use super::frame::{self, Scroll};
use word::Word;

const WIDTH: u16 = 76;
/// Units whose steps are listed before the rest is only counted.
const LISTED: usize = 100;
/// Tenants named before the rest is only counted.
const NAMED: usize = 100;

/// A change that waits for a yes.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// What is done, and what its steps were made of; `None` where these fixes are.
    change: Option<(Change, Decision)>,
    fixes: Vec<ConfirmedFix>,
    title: String,
    steps: Vec<(String, Vec<String>)>,
    more: usize,
    announcement: Announcement,
    /// What is to be typed first.
    word: Option<Word>,
    input: Input,
    on_yes: bool,
    scroll: Scroll,
}

impl Confirm {
    pub(crate) fn new(change: Change, decision: Decision, options: &Options) -> Result<Self, Refusal> {
        let announcement = Announcement::new(&change, &decision.shown)?;
        let units = announcement.units.iter().take(LISTED);
        Ok(Self {
            title: announcement.sentence.clone(),
            steps: units.map(|unit| (unit.subject.clone(), unit.steps.clone())).collect(),
            more: announcement.units.len().saturating_sub(LISTED),
            word: Word::of(&announcement.tenants, announcement.asks_first, options),
            announcement,
            change: Some((change, decision)),
            fixes: Vec::new(),
            input: Input::default(),
            on_yes: false,
            scroll: Scroll::default(),
        })
    }

    /// The question before fixes of the doctor; `waiting` is how many others are questions of their own.
    pub(crate) fn fixes(
        fixes: Vec<ConfirmedFix>,
        waiting: usize,
        inventory: &Inventory,
        options: &Options,
    ) -> Self {
        let changes = || fixes.iter().map(|fix| &fix.change);
        let waiting = (waiting > 0)
            .then(|| format!("not among these: {}, each a question of its own", counted(waiting, "finding")));
        let title = match &fixes[..] {
            [fix] => fix.change.describe(inventory),
            _ => format!("fix {}", counted(fixes.len(), "finding")),
        };
        let parts = changes().filter_map(|change| Announcement::new(change, inventory).ok());
        let mut announcement = Announcement::merged(title.clone(), parts);
        announcement.cautions.extend(waiting);
        announcement.asks_first |= fixes.len() > 1;
        Self {
            title,
            steps: fixes.iter().take(LISTED).map(shown).collect(),
            more: fixes.len().saturating_sub(LISTED),
            word: Word::of(&announcement.tenants, announcement.asks_first, options),
            announcement,
            change: None,
            fixes,
            input: Input::default(),
            on_yes: false,
            scroll: Scroll::default(),
        }
    }

    /// Says one thing more before the steps.
    pub(crate) fn add_caution(&mut self, caution: String) {
        self.announcement.cautions.insert(0, caution);
    }

    fn yes(&self) -> Reply {
        match &self.change {
            Some((change, decision)) => Reply::Apply(change.clone(), decision.clone()),
            None => Reply::Fix(self.fixes.clone()),
        }
    }

    fn may(&self) -> bool {
        self.word.as_ref().is_none_or(|word| word.word == self.input.value().trim())
    }

    /// Whether characters are part of the word.
    pub(super) const fn takes_text(&self) -> bool {
        self.word.is_some()
    }

    /// Where a word is asked for, neither `y` nor `n` is an answer.
    pub(super) const fn scopes(&self) -> &'static [Scope] {
        if self.takes_text() { &[Scope::Dialog] } else { &[Scope::Confirm, Scope::Dialog] }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if let Some(answer) = action.as_confirm() {
            return match answer {
                ConfirmAction::Yes => self.yes(),
                ConfirmAction::No => Reply::Close,
            };
        }
        let Some(dialog_action) = action.as_dialog() else {
            if !self.scroll.act(action, frame::page(app)) {
                return Reply::Pass;
            }
            self.scroll.settle(self.lines(app, frame::room(app, WIDTH).into()).len(), frame::page(app));
            return Reply::Stay;
        };
        match dialog_action {
            DialogAction::Dismiss => Reply::Close,
            DialogAction::Accept if !self.on_yes => Reply::Close,
            DialogAction::Accept if self.may() => self.yes(),
            DialogAction::Accept => Reply::Pass,
            DialogAction::NextChoice
            | DialogAction::PreviousChoice
            | DialogAction::NextField
            | DialogAction::PreviousField => {
                self.on_yes = !self.on_yes && self.may() && !app.options.read_only;
                Reply::Stay
            }
        }
    }

    pub(super) fn edit(&mut self, request: InputRequest) -> Reply {
        let refused = |word: &Word| matches!(request, InputRequest::InsertChar(c) if !word.takes(c));
        if self.word.as_ref().is_some_and(|word| !refused(word)) {
            self.input.handle(request);
            self.on_yes = self.may();
        }
        Reply::Stay
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let cells = usize::from(frame::room(app, WIDTH));
        let lines = self.lines(app, cells);
        let below = 2 + u16::from(self.word.is_some());
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(below);
        let inside = frame::draw(app, frame, &self.title, frame::room(app, WIDTH), height);
        let text = Rect { height: inside.height.saturating_sub(below), ..inside };
        self.scroll.draw(app, lines, text, frame);
        let bottom = Rect { y: text.bottom() + 1, height: below - 1, ..inside };
        self.draw_answer(app, frame, bottom.intersection(inside));
    }

    fn lines(&self, app: &App, cells: usize) -> Vec<Line<'static>> {
        let look = &app.options.look;
        let mut lines = Vec::new();
        let mut say = |text: String, role: Role, indent: usize| {
            let wrapped = text::wrap(&text, cells.saturating_sub(indent));
            let style = look.style(role);
            lines.extend(
                wrapped.into_iter().map(|line| Line::styled(format!("{}{line}", " ".repeat(indent)), style)),
            );
        };
        say(self.radius(), Role::Error, 0);
        for line in self.scope() {
            say(line, Role::Text, 0);
        }
        for caution in &self.announcement.cautions {
            say(caution.clone(), Role::Warn, 0);
        }
        for (subject, steps) in &self.steps {
            say(subject.clone(), Role::Title, 0);
            for step in steps {
                say(step.clone(), Role::Text, 2);
            }
        }
        if self.more > 0 {
            say(format!("and {} more", text::grouped(self.more)), Role::Muted, 0);
        }
        lines
    }

    fn radius(&self) -> String {
        let tenants = &self.announcement.tenants;
        if tenants.is_empty() {
            return "touches no tenant".to_owned();
        }
        let names = tenants.iter().map(|tenant| tenant.as_str().to_owned());
        format!("touches {}: {}", counted(tenants.len(), "tenant"), listed(names))
    }

    /// The usage plans and API stages, a line each.
    fn scope(&self) -> Vec<String> {
        let (plans, stages) = (&self.announcement.plans, &self.announcement.stages);
        let plans = (!plans.is_empty()).then(|| {
            let names = plans.iter().map(|plan| plan.name.clone());
            format!("{}: {}", counted(plans.len(), "usage plan"), listed(names))
        });
        let stages = (!stages.is_empty()).then(|| {
            let names = stages.iter().map(ToString::to_string);
            format!("{}: {}", counted(stages.len(), "API stage"), listed(names))
        });
        plans.into_iter().chain(stages).collect()
    }

    fn draw_answer(&self, app: &App, frame: &mut Frame<'_>, area: Rect) {
        let look = &app.options.look;
        let mut lines = Vec::new();
        if let Some(Word { word, what }) = &self.word {
            let asks = format!("type {word}, {what}, to go on: ");
            let room = usize::from(area.width).saturating_sub(text::width(&asks));
            let typed = text::clean(self.input.value());
            let at = text::width(&asks) + self.input.visual_cursor().min(room);
            frame.set_cursor_position((area.x + u16::try_from(at).unwrap_or(0), area.y));
            lines.push(Line::from(vec![
                Span::raw(asks),
                Span::styled(text::fit(&typed, room).into_owned(), look.style(Role::Accent)),
            ]));
        }
        let button = |label: &str, on: bool, open: bool| {
            let role = if on {
                Role::Selection
            } else if open {
                Role::Text
            } else {
                Role::Muted
            };
            Span::styled(if on { format!("▶[ {label} ]") } else { format!(" [ {label} ]") }, look.style(role))
        };
        let label = match &self.change {
            None if self.fixes.len() > 1 => "Fix all".to_owned(),
            None => "Fix".to_owned(),
            Some((Change::Delete(rows), _)) => format!("Delete {}", text::grouped(rows.len())),
            Some((Change::Create(new), _)) => format!("Create {}", text::grouped(new.count as usize)),
            Some((change, _)) => change.verb().to_owned(),
        };
        lines.push(if app.options.read_only {
            Line::from(vec![button("Close", true, true), Span::raw("  read-only: nothing is done from here")])
        } else {
            let yes = button(&label, self.on_yes, self.may());
            Line::from(vec![button("Cancel", !self.on_yes, true), Span::raw("  "), yes])
        });
        frame.render_widget(ratatui::widgets::Paragraph::new(lines), area);
    }
}

/// What a fix is about, and its steps.
fn shown(fix: &ConfirmedFix) -> (String, Vec<String>) {
    (fix.finding.seen.clone(), fix.steps.clone())
}

/// Names, of which the rest is only counted.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut named: Vec<_> = names.take(NAMED).collect();
    if more > 0 {
        named.push(format!("and {} more", text::grouped(more)));
    }
    named.join(", ")
}
