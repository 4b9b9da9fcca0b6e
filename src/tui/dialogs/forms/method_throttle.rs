//! Asks for the throttle of one method in a plan.

use keypool_domain::{Inventory, MethodRef, Plan, PlanChange, PlanEdit, PlanId, StageRef};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::dialogs::forms::throttle::{NO_LIMIT, limit_field, parse_throttle};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct MethodThrottleForm {
    plan: PlanId,
    stage: StageRef,
    method: MethodRef,
    rate: TextField,
    burst: TextField,
}

pub(crate) fn open(plan: &Plan, inventory: &Inventory, stage: StageRef, method: MethodRef) -> Command {
    let throttle = plan.method_throttles.get(&(stage.clone(), method.clone()));
    let plan_throttle = plan.throttle.map_or_else(|| NO_LIMIT.to_owned(), |throttle| throttle.to_string());
    let note = format!(
        "Applies per API key, in addition to the plan's throttle ({plan_throttle}); no deployment needed. none or \
         empty removes the throttle."
    );
    let title = format!("throttle {method} on {stage} in {}", inventory.plan_name(&plan.id));
    let rate = limit_field("rate/s", throttle.map(|throttle| throttle.rate));
    let burst = limit_field("burst", throttle.map(|throttle| throttle.burst));
    form::open(title, note, MethodThrottleForm { plan: plan.id.clone(), stage, method, rate, burst })
}

impl Form for MethodThrottleForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(rate, burst);

    fn submit(&self, model: &Model) -> Submission {
        let throttle = parse_throttle(&self.rate, &self.burst)?;
        let methods = vec![(self.stage.clone(), self.method.clone(), throttle)];
        let edit = PlanEdit { methods, ..PlanEdit::default() };
        form::confirm(PlanChange::Edit { plan: self.plan.clone(), edit }.into(), model)
    }
}
