//! Operations on pools and usage plans. Each opens a form or the confirm dialog.

use keypool_domain::managed::require_managed_plan;
use keypool_domain::{Change, Inventory, PlanChange, PlanId, Refusal, StageRef};

use crate::tui::dialogs::forms::{grow, plan, pool};
use crate::tui::keys::action::{PlanAction, PoolAction};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::message::Message;
use crate::tui::screen::Command;
use crate::tui::screens::home::state::Home;
use crate::tui::screens::pool_dialogs;

impl Home {
    /// The error is why the action is not possible.
    pub(super) fn perform_on_pool(&self, action: PoolAction, model: &Model) -> Result<Command, String> {
        let inventory = model.require_inventory()?;
        let plan = self.chosen_pool_plan(model);
        Ok(match action {
            PoolAction::CreatePool => {
                let plan = plan?;
                let is_marked = self.keys.marked_count() > 0;
                let marked = if is_marked { self.target_keys(model)? } else { Vec::new() };
                pool_dialogs::create_pool(plan, &marked, inventory)
            }
            PoolAction::DissolvePool => Command::Confirm(Change::DissolvePool(plan?)),
            PoolAction::Grow => ask_about_pool(plan?, inventory, grow::open),
            PoolAction::SetPool => ask_about_pool(plan?, inventory, pool::open_for_edit),
            PoolAction::Drain => {
                let api_key = self.selected_pool_key();
                let api_key = api_key.ok_or("no pool key is selected: choose one in pane 2")?;
                Command::Confirm(Change::Drain(api_key))
            }
        })
    }

    /// The plan of the selected pool key, plan or tenant key: an action never chooses one by itself.
    fn chosen_pool_plan(&self, model: &Model) -> Result<PlanId, String> {
        let is_on_list_of_all = self.plans.selected_id.is_none() && self.pool.selected().is_none();
        if is_on_list_of_all && matches!(self.focus, Pane::Plans | Pane::Pool) {
            return Err("no usage plan is selected: select one in pane 1".to_owned());
        }
        self.pool_plan(model).ok_or_else(|| "no usage plan yet: create one first".to_owned())
    }

    /// The error is why the action is not possible.
    pub(super) fn perform_on_plan(&self, action: PlanAction, model: &Model) -> Result<Command, String> {
        if action == PlanAction::NewPlan {
            model.require_inventory()?;
            return Ok(plan::open_for_new_plan(&self.default_stages(model)));
        }
        let plan = self.selected_plan(model).ok_or("no usage plan is selected: select one in pane 1")?;
        let id = plan.id.clone();
        Ok(match action {
            PlanAction::NewPlan => plan::open_for_new_plan(&self.default_stages(model)),
            PlanAction::EditPlan => {
                let inventory = model.require_inventory()?;
                match require_managed_plan(&id, inventory) {
                    Err(refusal) => Command::Say(Message::from_failure(&refusal.into())),
                    Ok(plan) => plan::open_for_edit(plan, inventory),
                }
            }
            PlanAction::DeletePlan => Command::Confirm(PlanChange::Delete(id).into()),
            PlanAction::AdoptPlan => Command::Confirm(PlanChange::Adopt { plan: id, entry: None }.into()),
            PlanAction::ReleasePlan => Command::Confirm(PlanChange::Release(id).into()),
        })
    }

    /// The stages that a new plan covers by default: the stage being set up, or else those of the default plan.
    fn default_stages(&self, model: &Model) -> Vec<StageRef> {
        let setup_stage = model.stage().map(|stage| vec![stage.clone()]);
        let plan_stages = || Some(model.inventory()?.plan(&self.default_plan(model)?)?.stages.clone());
        setup_stage.or_else(plan_stages).unwrap_or_default()
    }
}

fn ask_about_pool(
    plan: PlanId,
    inventory: &Inventory,
    open: impl Fn(PlanId, &Inventory) -> Command,
) -> Command {
    if inventory.pool(&plan).is_none() {
        let refusal = Refusal::NoPool(inventory.plan_name(&plan).to_owned());
        return Command::Say(Message::from_failure(&refusal.into()));
    }
    open(plan, inventory)
}
