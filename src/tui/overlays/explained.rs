//! Why a call is answered as it is: every link between the key and the answer, which one fails, and what mends it.

use keypool_domain::call::chain::{Chain, Link, LinkKind, LinkState, Remedy};
use keypool_domain::{Change, Inventory, PlanId};
use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, DialogAction};
use crate::tui::app::App;
use crate::tui::look::{Look, Role};
use crate::tui::text;

use super::frame::{self, Scroll};
use super::{Ask, Reply};

const WIDTH: u16 = 92;
/// Cells before what was seen of a link.
const NAME: usize = 20;

/// The chains of the calls that were asked about, and where one is in them.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    chains: Vec<Chain>,
    at: usize,
    scroll: Scroll,
}

impl Explained {
    /// None where there is nothing to explain.
    pub(crate) fn new(chains: Vec<Chain>) -> Option<Self> {
        // What fails is seen first.
        let at = chains.iter().position(|chain| chain.failing().is_some()).unwrap_or(0);
        (!chains.is_empty()).then_some(Self { chains, at, scroll: Scroll::default() })
    }

    fn chain(&self) -> Option<&Chain> {
        self.chains.get(self.at)
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() {
            return Reply::Close;
        }
        match action.as_dialog() {
            Some(DialogAction::Accept) => return self.mend(app),
            Some(DialogAction::NextChoice) => self.step(1),
            Some(DialogAction::PreviousChoice) => self.step(self.chains.len().saturating_sub(1)),
            Some(DialogAction::Dismiss | DialogAction::NextField | DialogAction::PreviousField) | None => {
                self.scroll.act(action, frame::page(app));
                self.scroll.settle(self.lines(app).len(), frame::page(app));
            }
        }
        Reply::Stay
    }

    fn step(&mut self, by: usize) {
        self.at = (self.at + by) % self.chains.len().max(1);
        self.scroll = Scroll::default();
    }

    /// To what mends the link that fails, where something does.
    fn mend(&self, app: &App) -> Reply {
        let mends = self.chain().and_then(|chain| mends(chain).map(|mends| (chain, mends)));
        match mends {
            Some((_, Mends::Change(change))) => Reply::Confirm(change.clone()),
            Some((chain, Mends::Extension(plan))) => {
                let Some(inventory) = app.known() else { return Reply::Stay };
                let keys = vec![chain.call.api_key.clone()];
                let note = app.where_it_stands(plan, &keys);
                Reply::Ask(Box::new(Ask::extend(plan.clone(), keys, note, inventory)))
            }
            None => Reply::Stay,
        }
    }

    fn lines(&self, app: &App) -> Vec<Line<'static>> {
        let (Some(chain), Some(inventory)) = (self.chain(), app.known()) else { return Vec::new() };
        let cells = usize::from(frame::room(app, WIDTH));
        let look = &app.options.look;
        let mut lines = heading(chain, inventory, self.at, self.chains.len(), cells, look);
        let can = |mends: &Mends<'_>| !(app.options.read_only && matches!(mends, Mends::Extension(_)));
        if let Some(mends) = mends(chain).filter(can) {
            let key = app.options.keymap.label(Action::Accept).unwrap_or_default();
            let does = match mends {
                Mends::Change(_) => "shows the steps that mend it",
                Mends::Extension(_) => "gives it more calls in this period",
            };
            lines.push(Line::styled(format!("{key} {does}"), look.style(Role::Accent)));
        }
        lines.push(Line::default());
        lines.extend(chain.links.iter().flat_map(|link| of_link(link, inventory, cells, look)));
        lines
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let lines = self.lines(app);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "why?", frame::room(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}

/// What can be done here about the link that fails.
enum Mends<'a> {
    Change(&'a Change),
    /// More calls for the API key in this plan.
    Extension(&'a PlanId),
}

fn mends(chain: &Chain) -> Option<Mends<'_>> {
    let failing = chain.failing()?;
    match (&failing.remedy, failing.kind) {
        (Some(Remedy::Change(change)), _) => Some(Mends::Change(change)),
        (_, LinkKind::Quota) => chain.plan.as_ref().map(Mends::Extension),
        _ => None,
    }
}

/// Whose call to what, and what comes of it.
fn heading(
    chain: &Chain,
    inventory: &Inventory,
    at: usize,
    of: usize,
    cells: usize,
    look: &Look,
) -> Vec<Line<'static>> {
    let row = chain.call.row.as_ref().and_then(|row| inventory.row(row));
    let whose = row.map_or_else(
        || format!("API key {}", chain.call.api_key),
        |row| format!("{} · {} · API key {}", row.tenant, row.name, chain.call.api_key),
    );
    let method = chain.call.method.as_deref().unwrap_or("any method");
    let stage = chain.call.stage.as_ref().map_or_else(|| "no stage".to_owned(), ToString::to_string);
    let which = if of > 1 { format!(" · {} of {of}: ← →", at + 1) } else { String::new() };
    let (role, verdict) = match (chain.failing(), chain.unexplained()) {
        (Some(link), _) => {
            let answer = link.answered().map_or_else(|| "it fails".to_owned(), |answer| answer.in_words());
            (Role::Error, format!("{answer}: {}", link.seen))
        }
        (None, Some(words)) => (Role::Warn, words.to_owned()),
        (None, None) => (Role::Ok, chain.all_clear().to_owned()),
    };
    let said = [(Role::Title, whose), (Role::Muted, format!("{method} at {stage}{which}")), (role, verdict)];
    let lines = said.into_iter().flat_map(|(role, words)| {
        let style = look.style(role);
        text::wrap(&words, cells).into_iter().map(move |line| Line::styled(line, style))
    });
    lines.collect()
}

/// A link with its sign: what was seen, what a caller is answered because of it, and what mends it.
fn of_link(link: &Link, inventory: &Inventory, cells: usize, look: &Look) -> Vec<Line<'static>> {
    let (sign, role) = match link.state {
        LinkState::Holds => ("✓", Role::Ok),
        LinkState::Fails => ("✗", Role::Error),
        LinkState::Unknown => ("?", Role::Warn),
        LinkState::NotAsked => ("–", Role::Muted),
    };
    let plain = if link.state == LinkState::NotAsked { Role::Muted } else { Role::Text };
    let answer = link.answered().map(|answer| (Role::Error, format!("answers {}", answer.in_words())));
    let remedy = link.remedy.as_ref();
    let remedy = remedy.map(|remedy| (Role::Accent, format!("mended by: {}", remedy.sentence(inventory))));
    let said = [Some((plain, link.seen.clone())), answer, remedy].into_iter().flatten();
    let room = cells.saturating_sub(NAME);
    let wrapped =
        said.flat_map(|(role, words)| text::wrap(&words, room).into_iter().map(move |line| (role, line)));
    let head = format!("{sign} {:<width$}", link.kind.as_str(), width = NAME - 2);
    wrapped
        .enumerate()
        .map(|(at, (of, line))| {
            let name = if at == 0 { head.clone() } else { " ".repeat(NAME) };
            Line::from(vec![Span::styled(name, look.style(role)), Span::styled(line, look.style(of))])
        })
        .collect()
}
