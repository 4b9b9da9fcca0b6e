//! The home screen: the usage plans, the pool, the tenant keys and the test of a key, each in a pane.

mod availability;
mod call_actions;
mod detail;
mod filters;
mod items;
mod key_actions;
pub(crate) mod keys;
pub(crate) mod list_view;
mod loudest;
mod orders;
mod pane;
mod plan_columns;
pub(crate) mod plans;
pub(crate) mod pool;
mod pool_actions;
mod pool_columns;
mod remembered;
pub(crate) mod state;
mod targets;
pub(crate) mod test;
mod user_count;

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::text::pluralize;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use tui_input::InputRequest;

use crate::aws::Failure;
use crate::ops::ExportList;
use crate::tui::dialogs::forms::look_up_key;
use crate::tui::keys::action::{
    Action, ActionGroup, ActionSpec, LookupAction, PaneAction, Scope, ViewAction,
};
use crate::tui::layout::{Contents, Pane, Stack};
use crate::tui::model::Model;
use crate::tui::model::query::{Query, QueryResult};
use crate::tui::screen::{Command, Handled, NamedList, Screen};
use crate::tui::sorting::{ListOrder, SortColumns};
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;
use crate::tui::widgets::{panel, table};

use detail::DetailPane;
use pane::PaneContext;
use state::Home;
use test::state::TestContext;

impl Screen for Home {
    fn scopes(&self) -> &'static [Scope] {
        if self.is_typing_filter() {
            return &[Scope::Filter];
        }
        match self.focus {
            Pane::Plans => &[Scope::Plans, Scope::Lists, Scope::Home],
            Pane::Pool => &[Scope::Pool, Scope::Lists, Scope::Home],
            Pane::Keys => &[Scope::Keys, Scope::Lists, Scope::Home],
            Pane::Test => &[Scope::Test, Scope::Home],
        }
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        self.place_cursor();
        if action.as_motion().is_some() {
            self.hold_back_while_key_is_held(model);
        } else {
            self.follow_now(model);
        }
        if self.is_typing_filter() {
            return self.act_on_filter(action, model);
        }
        if let Some(why) = self.refusal(action, model) {
            return Some(vec![Command::Say(why)]);
        }
        Some(match action.group() {
            ActionGroup::Motion(action) => {
                self.move_cursor(action.motion(), model);
                Vec::new()
            }
            ActionGroup::Pane(action) => {
                self.focus = self.pane_to_focus(action);
                Vec::new()
            }
            ActionGroup::View(action) => match action {
                ViewAction::Back => self.back(model),
                ViewAction::Close => vec![Command::Quit],
                ViewAction::Refresh => vec![Command::Refresh],
            },
            ActionGroup::Item(action) => self.perform_on_item(action, model),
            ActionGroup::KeyList(action) => self.perform_on_key_list(action, model),
            ActionGroup::Key(action) => vec![or_refuse(self.perform_on_keys(action, model))],
            ActionGroup::Pool(action) => vec![or_refuse(self.perform_on_pool(action, model))],
            ActionGroup::Plan(action) => vec![or_refuse(self.perform_on_plan(action, model))],
            ActionGroup::Call(action) => self.perform_on_calls(action, model),
            ActionGroup::Lookup(action) => vec![or_refuse(self.look_up(action, model))],
            ActionGroup::Screen(view) => vec![enter(view, model)],
            ActionGroup::Anywhere(_)
            | ActionGroup::Order(_)
            | ActionGroup::Search(_)
            | ActionGroup::Filter(_)
            | ActionGroup::Dialog(_)
            | ActionGroup::Confirm(_) => return None,
        })
    }

    fn takes_text(&self) -> bool {
        self.is_typing_filter()
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        if let Some(filter) = self.focused_filter_mut() {
            filter.edit(request);
        }
    }

    fn draw_input_line(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) -> bool {
        self.draw_filter_line(model, area, frame)
    }

    fn sort_columns(&self, model: &Model) -> Result<SortColumns, String> {
        self.columns_to_sort_by(model)
    }

    fn sort_by(&mut self, order: ListOrder) {
        self.sort_focused(order);
    }

    fn click(&mut self, at: Position, model: &Model) -> bool {
        self.follower.release();
        let Some(pane) = self.pane_at(at) else { return false };
        self.focus_pane(pane);
        self.place_cursor();
        if self.sort_by_head(pane, at, model) {
            return true;
        }
        if let Some(line) = self.line_at(pane, at.y) {
            match pane {
                Pane::Plans => self.plans.click(line),
                Pane::Pool => self.pool.click(line),
                Pane::Keys => self.keys.click(line),
                Pane::Test => {}
            }
        }
        true
    }

    fn wheel(&mut self, rows: isize, at: Position, model: &Model) {
        if let Some(pane) = self.pane_at(at) {
            if pane != self.focus {
                self.follow_now(model);
            }
            self.focus_pane(pane);
            self.place_cursor();
            self.hold_back_while_key_is_held(model);
            self.move_cursor(Motion::Rows(rows), model);
        }
    }

    /// Keeps what was counted in access logs.
    fn arrived(&mut self, _query: &Query, result: &Result<QueryResult, Failure>, _model: &Model) {
        if let Ok(QueryResult::RecentCalls(counted)) = result {
            self.loudest.add(counted);
        }
    }

    fn sync(&mut self, model: &Model) -> Vec<Command> {
        self.sync_lists(model);
        self.read_routes_if_shown(model).into_iter().collect()
    }

    fn settle(&mut self, area: Rect, model: &Model) {
        self.stack = self.divide(area, model);
        self.plans.resize(self.stack.pane(Pane::Plans));
        self.pool.resize(self.stack.pane(Pane::Pool));
        self.keys.resize(self.stack.pane(Pane::Keys));
    }

    fn tick(&mut self, now: Timestamp) {
        self.follower.tick(now);
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.follower.wakes_at()
    }

    /// What would be refused is not offered.
    fn hint(&self, spec: &ActionSpec, model: &Model) -> Option<&'static str> {
        self.refusal(spec.action, model).is_none().then_some(spec.footer)
    }

    fn export(&self, model: &Model) -> Result<NamedList, String> {
        let inventory = Arc::clone(model.require_inventory()?);
        let plan = self.plans.selected_id.clone();
        let plan_suffix =
            self.selected_plan(model).map_or_else(String::new, |plan| format!(" {}", plan.name));
        Ok(match self.focus {
            Pane::Plans => {
                let unread = inventory.plans_with_unread_members().count();
                if unread > 0 {
                    let plans = pluralize(unread, "usage plan");
                    return Err(format!("the API keys of {plans} are not read yet: try again in a moment"));
                }
                (ExportList::Plans(inventory), "plans".to_owned())
            }
            Pane::Pool => (ExportList::Pools(inventory, plan), format!("pools{plan_suffix}")),
            Pane::Keys => {
                let indexes = self.export_indexes(model)?;
                (ExportList::Keys(inventory, indexes), format!("keys{plan_suffix}"))
            }
            Pane::Test => return Err("calls cannot be exported: select pane 1, 2 or 3".to_owned()),
        })
    }

    fn draw(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) {
        let stack = self.divide(area, model);
        let styles = model.styles();
        if stack.has_frame {
            let frames: Vec<_> = stack.panes.iter().map(|pane| pane.frame).chain(stack.detail).collect();
            panel::draw_joined_frames(frame, &frames, self.focus as usize, styles);
        } else {
            let titles = stack.panes.map(|pane| pane.title);
            for (title, pane) in titles.into_iter().zip(Pane::ALL) {
                panel::draw_rule(frame, title, self.focus == pane, styles);
            }
        }
        let context = |pane| self.pane_context(pane, &stack, model);
        self.plans.draw(model, context(Pane::Plans), frame);
        self.pool.draw(model, context(Pane::Pool), frame);
        self.keys.draw(model, context(Pane::Keys), frame);
        let selection = self.followed_selection(model);
        let test = TestContext {
            focus: self.focus,
            key_to_call: &selection.key_to_call,
            selected: selection.selected.as_ref(),
        };
        self.test.draw(model, test, context(Pane::Test), frame);
        if let Some(area) = stack.detail {
            let (subject, loudest) = (selection.subject.as_ref(), &self.loudest);
            DetailPane { model, subject, loudest, test: &self.test }.draw(area, frame);
        }
    }
}

impl Home {
    /// Updates the lists of the panes from the model and from what is selected above them.
    fn sync_lists(&mut self, model: &Model) {
        let Some(snapshot) = model.snapshot() else { return };
        self.plans.sync(snapshot, model);
        let plan = self.shown_plan_id().cloned();
        self.pool.sync(snapshot, plan.as_ref(), model);
        let report = model.doctor_report().value();
        self.keys.sync(snapshot, plan.as_ref(), self.pool.key_filter.as_ref(), report);
    }

    fn pane_context<'a>(&'a self, pane: Pane, stack: &Stack, model: &'a Model) -> PaneContext<'a> {
        PaneContext {
            area: stack.pane(pane),
            is_focused: self.focus == pane,
            plan: self.shown_plan_id().and_then(|plan| model.inventory()?.plan(plan)),
            pool_key: self.pool.key_filter.as_ref(),
            loudest: &self.loudest,
        }
    }

    const fn pane_to_focus(&self, action: PaneAction) -> Pane {
        match action {
            PaneAction::NextPane => self.focus.step(1),
            PaneAction::PreviousPane => self.focus.step(3),
            PaneAction::PlansPane => Pane::Plans,
            PaneAction::PoolPane => Pane::Pool,
            PaneAction::KeysPane => Pane::Keys,
            PaneAction::TestPane => Pane::Test,
        }
    }

    fn move_cursor(&mut self, motion: Motion, model: &Model) {
        match self.focus {
            Pane::Plans => self.plans.move_cursor(motion),
            Pane::Pool => self.pool.move_cursor(motion),
            Pane::Keys => self.keys.move_cursor(motion),
            Pane::Test => {
                let inside = self.stack.pane(Pane::Test).inside;
                let selected = self.selected_key(model).map(|key| &key.id);
                let lines = self.test.lines(model, selected, inside).len();
                self.test.scroll_by(motion, lines, inside.height.into());
            }
        }
    }

    /// The operator works with the row under the cursor of the focused list.
    const fn place_cursor(&mut self) {
        match self.focus {
            Pane::Pool => self.pool.place_cursor(),
            Pane::Keys => self.keys.place_cursor(),
            Pane::Plans | Pane::Test => {}
        }
    }

    /// Does the first that applies: stops the running task, clears the filter, no longer narrows the keys to one
    /// pool key, returns to the plans pane if a plan is selected, selects all plans, stops a read, returns to the keys
    /// pane.
    fn back(&mut self, model: &Model) -> Vec<Command> {
        let change = model.running_change().map(|(id, _)| id);
        let task = change.or_else(|| self.calls_to_stop(model)).or_else(|| model.task_to_stop(View::Home));
        if let Some(task) = task {
            return vec![Command::Stop(task)];
        }
        if let Some(filter) = self.active_filter_mut() {
            filter.clear();
        } else if self.pool.key_filter.take().is_some() {
            self.focus = Pane::Pool;
        } else if self.plans.selected_id.is_some() && self.focus != Pane::Plans {
            self.focus = Pane::Plans;
        } else if self.plans.selected_id.is_some() {
            self.plans.move_cursor(Motion::First);
        } else if let Some(read) = model.running_read(View::Home) {
            return vec![Command::Stop(read)];
        } else {
            self.focus = Pane::Keys;
        }
        Vec::new()
    }

    fn look_up(&self, action: LookupAction, model: &Model) -> Result<Command, String> {
        model.require_inventory()?;
        Ok(match action {
            LookupAction::Explain => self.explain(model),
            LookupAction::Whose => look_up_key::open(),
        })
    }

    fn divide(&self, area: Rect, model: &Model) -> Stack {
        let contents = Contents {
            plans: self.plans.len(),
            pool: self.pool.len(),
            has_test_results: self.test.called_key().is_some(),
        };
        Stack::new(area, model.size(), self.focus, contents)
    }

    /// A border that two panes share is the title of the lower one.
    fn pane_at(&self, at: Position) -> Option<Pane> {
        let has_title = |pane: &Pane| self.stack.pane(*pane).title.contains(at);
        let has_frame = |pane: &Pane| self.stack.pane(*pane).frame.contains(at);
        Pane::ALL.into_iter().find(has_title).or_else(|| Pane::ALL.into_iter().find(has_frame))
    }

    /// The line of a pane's list at this row of the screen.
    fn line_at(&self, pane: Pane, row: u16) -> Option<usize> {
        let inside = self.stack.pane(pane).inside;
        let height = inside.height;
        let rows_above = u16::from(table::has_header(height));
        let line = usize::from(row.checked_sub(inside.y + rows_above)?);
        (line < table::body_height(height)).then_some(line)
    }
}

fn or_refuse(result: Result<Command, String>) -> Command {
    result.unwrap_or_else(Command::refuse)
}

/// Opens a screen, or says what it still waits for.
fn enter(view: View, model: &Model) -> Command {
    let required = match view {
        View::Report => model.require_complete_inventory(),
        View::Home | View::Doctor | View::Setup | View::Methods | View::Usage => model.require_inventory(),
    };
    match required {
        Err(why) if view.needs_inventory() => Command::refuse(why),
        Err(_) if model.context().value().is_none() => Command::refuse("not connected yet"),
        Ok(_) | Err(_) => Command::Enter(view),
    }
}
