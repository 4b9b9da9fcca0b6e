//! Performs actions. An action that is not possible shows why.

use keypool_domain::{Change, Secret, TenantKey};

use crate::ops::Query;
use crate::tui::action::{
    Action, ActionGroup, AnywhereAction, ItemAction, KeyAction, KeyListAction, PaneAction, ViewAction,
};
use crate::tui::effect::Effect;
use crate::tui::key_access::KeyAccess;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Details, Help, KeyForm, Menu, Overlay, Palette};
use crate::tui::store::TaskKind;
use crate::tui::widgets::cursor::Motion;

use super::App;

impl App {
    /// Performs an action from a key, the palette or an overlay.
    pub(super) fn perform(&mut self, action: Action) {
        if self.refuses(action.spec().impact) || self.perform_in_view(action) {
            return;
        }
        match action.group() {
            ActionGroup::Motion(action) => self.move_cursor(action.motion()),
            ActionGroup::Pane(action) => self.focus = self.pane_to_focus(action),
            ActionGroup::Anywhere(action) => self.perform_anywhere(action),
            ActionGroup::View(action) => match action {
                ViewAction::Back => self.back(),
                ViewAction::Close => self.close(),
                ViewAction::Refresh if self.needs_sign_in() => self.emit(Effect::SignIn),
                ViewAction::Refresh => {
                    self.last_usage_refresh_at = None;
                    self.refresh();
                }
            },
            ActionGroup::Item(action) => self.perform_on_item(action),
            ActionGroup::KeyList(action) => self.perform_on_key_list(action),
            ActionGroup::Key(action) => self.perform_on_keys(action),
            ActionGroup::Pool(action) => self.perform_on_pool(action),
            ActionGroup::Plan(action) => self.perform_on_plan(action),
            ActionGroup::Call(action) => self.perform_on_calls(action),
            ActionGroup::Lookup(action) => self.look_up(action),
            ActionGroup::Doctor(_) => self.open_doctor(),
            ActionGroup::Setup(_) => self.open_setup(),
            ActionGroup::Usage(_) => self.open_usage(),
            ActionGroup::Report(_) => self.open_report(),
            // Overlays and the filter handle these themselves.
            ActionGroup::Filter(_) | ActionGroup::Dialog(_) | ActionGroup::Confirm(_) => {}
        }
    }

    fn pane_to_focus(&self, action: PaneAction) -> Pane {
        match action {
            PaneAction::NextPane => self.focus.step(1),
            PaneAction::PreviousPane => self.focus.step(3),
            PaneAction::PlansPane => Pane::Plans,
            PaneAction::PoolPane => Pane::Pool,
            PaneAction::KeysPane => Pane::Keys,
            PaneAction::TestPane => Pane::Test,
        }
    }

    pub(super) fn perform_anywhere(&mut self, action: AnywhereAction) {
        match action {
            AnywhereAction::Export => self.export(),
            AnywhereAction::Undo if self.inventory().is_none() => {
                self.show_message(Tone::Error, "the account is not loaded yet")
            }
            AnywhereAction::Undo => self.undo(),
            AnywhereAction::Help => self.overlay = Some(Overlay::Help(Help::new(self.scopes()))),
            AnywhereAction::Palette => self.overlay = Some(Overlay::Palette(Palette::default())),
            AnywhereAction::Suspend => self.emit(Effect::Suspend),
            AnywhereAction::Quit => self.quit(),
        }
    }

    fn perform_on_item(&mut self, action: ItemAction) {
        match action {
            ItemAction::Open => self.open(),
            ItemAction::Describe => self.describe(),
            ItemAction::Reveal => self.access_selected(KeyAccess::Reveal),
            ItemAction::CopyId => self.copy_id(),
            ItemAction::CopyValue => self.access_selected(KeyAccess::CopyValue),
        }
    }

    fn perform_on_key_list(&mut self, action: KeyListAction) {
        match action {
            KeyListAction::Filter => {
                self.focus = Pane::Keys;
                self.keys.is_typing_filter = true;
            }
            KeyListAction::Sort => self.keys.order.by = self.keys.order.by.next(),
            KeyListAction::Invert => self.keys.order.is_inverted = !self.keys.order.is_inverted,
            KeyListAction::ClearMarks => self.keys.clear_marks(),
            KeyListAction::Mark => {
                if let Some(inventory) = self.inventory().cloned() {
                    self.keys.toggle_mark(&inventory);
                }
            }
            KeyListAction::MarkRange => {
                if let Some(inventory) = self.inventory().cloned() {
                    self.keys.mark_range(&inventory);
                }
            }
        }
    }

    pub(super) fn perform_on_keys(&mut self, action: KeyAction) {
        let Some(inventory) = self.inventory().cloned() else {
            return self.show_message(Tone::Error, "the account is not loaded yet");
        };
        match action {
            KeyAction::New => self.new_key(),
            KeyAction::Edit => self.edit_selected(),
            KeyAction::Delete => self.delete(),
            KeyAction::Rotate => self.rotate(&inventory),
            KeyAction::Move => self.open_move_menu(&inventory),
            KeyAction::Extend => self.extend(&inventory),
        }
    }

    pub(super) fn move_cursor(&mut self, motion: Motion) {
        match self.focus {
            Pane::Plans => self.plans.move_cursor(motion),
            Pane::Pool => self.pool.move_cursor(motion),
            Pane::Keys => self.keys.move_cursor(motion),
            Pane::Test => self.scroll_results(motion),
        }
    }

    fn open(&mut self) {
        match self.focus {
            Pane::Plans => self.focus = if self.pool.len() > 0 { Pane::Pool } else { Pane::Keys },
            Pane::Pool => {
                let Some(key) = self.pool.selected().map(|row| row.api_key.clone()) else { return };
                self.pool.key_filter = Some(key);
                self.focus = Pane::Keys;
            }
            Pane::Keys => self.describe(),
            Pane::Test => {}
        }
    }

    /// Does the first that applies: stops the running task, clears the filter, no longer narrows the keys to one
    /// pool key, returns to the plans pane, selects all plans, stops a read.
    pub(super) fn back(&mut self) {
        if self.stop_change() || self.stop_calls() || self.stop_slow_reading() {
        } else if self.keys.has_filter_line() {
            self.keys.clear_filter();
        } else if self.pool.key_filter.take().is_some() {
            self.focus = Pane::Pool;
        } else if self.focus != Pane::Plans {
            self.focus = Pane::Plans;
        } else if self.plans.selected_id.is_some() {
            self.plans.move_cursor(Motion::First);
        } else {
            self.stop_reading();
        }
    }

    pub(super) fn stop_change(&mut self) -> bool {
        let change = self.running_change().map(|(id, _)| id);
        change.inspect(|&id| self.stop_task(id)).is_some()
    }

    pub(super) fn stop_slow_reading(&mut self) -> bool {
        let slow = self.slow_reading().map(|(id, ..)| id);
        slow.inspect(|&id| self.stop_task(id)).is_some()
    }

    pub(super) fn stop_reading(&mut self) {
        if let Some((id, _)) = self.tasks.find(TaskKind::is_read) {
            self.stop_task(id);
        }
    }

    fn new_key(&mut self) {
        match (self.inventory().cloned(), self.default_plan()) {
            (Some(inventory), Some(plan)) => {
                self.overlay = Some(Overlay::KeyForm(KeyForm::for_new_key(&inventory, plan)))
            }
            (Some(_), None) => self.show_message(Tone::Error, "no usage plan yet: create one first"),
            (None, _) => self.show_message(Tone::Error, "the account is not loaded yet"),
        }
    }

    fn edit_selected(&mut self) {
        match self.selected_key().cloned() {
            Some(key) => self.edit_keys(&key),
            None => self.show_message(Tone::Error, "no key is selected"),
        }
    }

    fn access_selected(&mut self, access: KeyAccess) {
        match self.selected_key().cloned() {
            Some(key) => self.access_key(access, &key),
            None => self.show_message(Tone::Error, "no key is selected"),
        }
    }

    /// Copies the id or value of this key, or shows its value.
    pub(super) fn access_key(&mut self, access: KeyAccess, key: &TenantKey) {
        match access {
            KeyAccess::CopyValue => {
                let id = self.tasks.start(TaskKind::CopySecret, self.now);
                let inventory = self.inventory().cloned();
                self.emit(Effect::Load(id, Query::Secret(key.id.clone()), inventory));
            }
            KeyAccess::CopyId => {
                let id = key.id.as_str().to_owned();
                self.copy(&format!("the id {id}"), Secret::new(id));
            }
            KeyAccess::Reveal => {
                self.overlay = Some(Overlay::Details(Details::for_tenant_key(key.id.clone())));
                self.load(Query::Secret(key.id.clone()));
            }
        }
    }

    /// Opens a form for one key, or a menu of edits for several marked keys.
    fn edit_keys(&mut self, key: &TenantKey) {
        let Some(inventory) = self.inventory() else { return };
        let keys = match self.target_keys() {
            Ok(keys) => keys,
            Err(why) => return self.show_message(Tone::Error, why),
        };
        let overlay = match &keys[..] {
            [] => return,
            [id] => Overlay::KeyForm(KeyForm::for_edit(inventory.tenant_key(id).unwrap_or(key))),
            several => Overlay::Menu(Menu::for_edits(several, inventory)),
        };
        self.overlay = Some(overlay);
    }

    fn delete(&mut self) {
        match self.target_keys() {
            Ok(keys) => self.confirm(Change::Delete(keys)),
            Err(why) => self.show_message(Tone::Error, why),
        }
    }

    fn describe(&mut self) {
        match Details::for_selection(self) {
            Some(details) => self.overlay = Some(Overlay::Details(details)),
            None => self.show_message(Tone::Error, "nothing is selected"),
        }
    }

    fn copy_id(&mut self) {
        let id = match self.focus {
            Pane::Plans => self.plans.selected_id.as_ref().map(|id| id.as_str().to_owned()),
            Pane::Pool => self.pool.selected().map(|row| row.api_key.as_str().to_owned()),
            Pane::Keys | Pane::Test => self.selected_key().map(|key| key.id.as_str().to_owned()),
        };
        match id {
            Some(id) => self.copy(&format!("the id {id}"), Secret::new(id.clone())),
            None => self.show_message(Tone::Error, "nothing is selected"),
        }
    }
}
