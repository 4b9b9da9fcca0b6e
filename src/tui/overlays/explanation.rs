//! Why a call is answered as it is: every link between the key and the answer, which one fails, and what mends it.

use keypool_domain::call::diagnosis::{Check, CheckKind, CheckState, Diagnosis, SuggestedFix};
use keypool_domain::{Change, Inventory, PlanId};
use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, DialogAction};
use crate::tui::app::App;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;

use super::frame::{self, Scroll};
use super::{PromptForm, Reply};

const WIDTH: u16 = 92;
/// Cells before what was seen of a link.
const NAME_COLS: usize = 20;

/// The chains of the calls that were asked about, and where one is in them.
#[derive(Debug, Clone)]
pub(crate) struct Explanation {
    chains: Vec<Diagnosis>,
    selected: usize,
    scroll: Scroll,
}

impl Explanation {
    /// None where there is nothing to explain.
    pub(crate) fn new(chains: Vec<Diagnosis>) -> Option<Self> {
        // What fails is seen first.
        let at = chains.iter().position(|chain| chain.failed_check().is_some()).unwrap_or(0);
        (!chains.is_empty()).then_some(Self { chains, selected: at, scroll: Scroll::default() })
    }

    fn chain(&self) -> Option<&Diagnosis> {
        self.chains.get(self.selected)
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() {
            return Reply::Close;
        }
        match action.as_dialog() {
            Some(DialogAction::Accept) => return self.open_fix(app),
            Some(DialogAction::NextChoice) => self.step(1),
            Some(DialogAction::PreviousChoice) => self.step(self.chains.len().saturating_sub(1)),
            Some(DialogAction::Dismiss | DialogAction::NextField | DialogAction::PreviousField) | None => {
                self.scroll.act(action, frame::page_rows(app));
                self.scroll.clamp(self.lines(app).len(), frame::page_rows(app));
            }
        }
        Reply::Stay
    }

    fn step(&mut self, by: usize) {
        self.selected = (self.selected + by) % self.chains.len().max(1);
        self.scroll = Scroll::default();
    }

    /// To what mends the link that fails, where something does.
    fn open_fix(&self, app: &App) -> Reply {
        let mends = self.chain().and_then(|chain| find_fix(chain).map(|mends| (chain, mends)));
        match mends {
            Some((_, FixOption::Change(change))) => Reply::Confirm(change.clone()),
            Some((chain, FixOption::Extension(plan))) => {
                let Some(inventory) = app.inventory() else { return Reply::Stay };
                let keys = vec![chain.call.api_key.clone()];
                let note = app.quota_note(plan, &keys);
                Reply::Prompt(Box::new(PromptForm::extend(plan.clone(), keys, note, inventory)))
            }
            None => Reply::Stay,
        }
    }

    fn lines(&self, app: &App) -> Vec<Line<'static>> {
        let (Some(chain), Some(inventory)) = (self.chain(), app.inventory()) else { return Vec::new() };
        let cells = usize::from(frame::content_cols(app, WIDTH));
        let look = &app.options.styles;
        let mut lines = heading_lines(chain, inventory, self.selected, self.chains.len(), cells, look);
        let can =
            |mends: &FixOption<'_>| !(app.options.is_read_only && matches!(mends, FixOption::Extension(_)));
        if let Some(mends) = find_fix(chain).filter(can) {
            let key = app.options.keymap.label(Action::Accept).unwrap_or_default();
            let does = match mends {
                FixOption::Change(_) => "shows the steps that mend it",
                FixOption::Extension(_) => "gives it more calls in this period",
            };
            lines.push(Line::styled(format!("{key} {does}"), look.get(Role::Accent)));
        }
        lines.push(Line::default());
        lines.extend(chain.checks.iter().flat_map(|link| link_lines(link, inventory, cells, look)));
        lines
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let lines = self.lines(app);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "why?", frame::content_cols(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}

/// What can be done here about the link that fails.
enum FixOption<'a> {
    Change(&'a Change),
    /// More calls for the API key in this plan.
    Extension(&'a PlanId),
}

fn find_fix(chain: &Diagnosis) -> Option<FixOption<'_>> {
    let failing = chain.failed_check()?;
    match (&failing.fix, failing.kind) {
        (Some(SuggestedFix::Change(change)), _) => Some(FixOption::Change(change)),
        (_, CheckKind::Quota) => chain.plan.as_ref().map(FixOption::Extension),
        _ => None,
    }
}

/// Whose call to what, and what comes of it.
fn heading_lines(
    chain: &Diagnosis,
    inventory: &Inventory,
    at: usize,
    of: usize,
    cells: usize,
    look: &Styles,
) -> Vec<Line<'static>> {
    let row = chain.call.tenant_key.as_ref().and_then(|row| inventory.tenant_key(row));
    let whose = row.map_or_else(
        || format!("API key {}", chain.call.api_key),
        |row| format!("{} · {} · API key {}", row.tenant, row.name, chain.call.api_key),
    );
    let method = chain.call.method.as_deref().unwrap_or("any method");
    let stage = chain.call.stage.as_ref().map_or_else(|| "no stage".to_owned(), ToString::to_string);
    let which = if of > 1 { format!(" · {} of {of}: ← →", at + 1) } else { String::new() };
    let (role, verdict) = match (chain.failed_check(), chain.unexplained_message()) {
        (Some(link), _) => {
            let answer =
                link.actual_response().map_or_else(|| "it fails".to_owned(), |answer| answer.describe());
            (Role::Error, format!("{answer}: {}", link.summary))
        }
        (None, Some(words)) => (Role::Warn, words.to_owned()),
        (None, None) => (Role::Ok, chain.success_message().to_owned()),
    };
    let said = [(Role::Title, whose), (Role::Muted, format!("{method} at {stage}{which}")), (role, verdict)];
    let lines = said.into_iter().flat_map(|(role, words)| {
        let style = look.get(role);
        text::wrap(&words, cells).into_iter().map(move |line| Line::styled(line, style))
    });
    lines.collect()
}

/// A link with its sign: what was seen, what a caller is answered because of it, and what mends it.
fn link_lines(link: &Check, inventory: &Inventory, cells: usize, look: &Styles) -> Vec<Line<'static>> {
    let (sign, role) = match link.state {
        CheckState::Passed => ("✓", Role::Ok),
        CheckState::Failed => ("✗", Role::Error),
        CheckState::Unknown => ("?", Role::Warn),
        CheckState::Skipped => ("–", Role::Muted),
    };
    let plain = if link.state == CheckState::Skipped { Role::Muted } else { Role::Text };
    let answer = link.actual_response().map(|answer| (Role::Error, format!("answers {}", answer.describe())));
    let remedy = link.fix.as_ref();
    let remedy = remedy.map(|remedy| (Role::Accent, format!("mended by: {}", remedy.describe(inventory))));
    let said = [Some((plain, link.summary.clone())), answer, remedy].into_iter().flatten();
    let room = cells.saturating_sub(NAME_COLS);
    let wrapped =
        said.flat_map(|(role, words)| text::wrap(&words, room).into_iter().map(move |line| (role, line)));
    let head = format!("{sign} {:<width$}", link.kind.as_str(), width = NAME_COLS - 2);
    wrapped
        .enumerate()
        .map(|(at, (of, line))| {
            let name = if at == 0 { head.clone() } else { " ".repeat(NAME_COLS) };
            Line::from(vec![Span::styled(name, look.get(role)), Span::styled(line, look.get(of))])
        })
        .collect()
}
