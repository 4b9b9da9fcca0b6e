//! Asks for the fields of a usage plan: a new one, or one to edit.

use std::collections::BTreeSet;

use keypool_domain::price::ParsePriceError;
use keypool_domain::{Inventory, Period, Plan, PlanChange, PlanEdit, PlanId, Quota, StageRef};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::dialogs::forms::throttle::{is_limited, limit_field, parse_throttle};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::form::FieldError;
use crate::tui::widgets::text_field::TextField;

/// In the order of [`Period`].
const PERIOD_CHOICES: &[&str] = &["day", "week", "month"];
const NOTE: &str = "Limits apply per API key; none or empty means no limit. Stages: API:STAGE, separated by \
                    spaces.";

#[derive(Debug, Clone)]
struct PlanForm {
    /// The plan to edit; `None` creates one.
    plan: Option<PlanId>,
    name: TextField,
    description: TextField,
    rate: TextField,
    burst: TextField,
    quota: TextField,
    period: TextField,
    price: TextField,
    /// Words such as `API:STAGE`.
    stages: TextField,
}

/// Suggests limits, and that the plan covers `stages`.
pub(crate) fn open_for_new_plan(stages: &[StageRef]) -> Command {
    let form = PlanForm {
        plan: None,
        name: TextField::new("name", ""),
        description: TextField::new("description", ""),
        rate: limit_field("rate/s", Some(10)),
        burst: limit_field("burst", Some(20)),
        quota: limit_field("quota", Some(1000)),
        period: period_field(Period::Day),
        price: TextField::new("price", ""),
        stages: stages_field(stages),
    };
    form::open("new usage plan", NOTE, form)
}

pub(crate) fn open_for_edit(plan: &Plan, inventory: &Inventory) -> Command {
    let price = plan.price_list_entry.as_ref().and_then(keypool_domain::PriceListEntry::price);
    let price = price.map_or_else(String::new, |price| price.to_string());
    let form = PlanForm {
        plan: Some(plan.id.clone()),
        name: TextField::with_suggestion("name", &plan.name),
        description: TextField::with_suggestion("description", &plan.description),
        rate: limit_field("rate/s", plan.throttle.map(|throttle| throttle.rate)),
        burst: limit_field("burst", plan.throttle.map(|throttle| throttle.burst)),
        quota: limit_field("quota", plan.quota.map(|quota| quota.limit)),
        period: period_field(plan.quota.map_or(Period::Day, |quota| quota.period)),
        price: TextField::with_suggestion("price", price),
        stages: stages_field(&plan.stages),
    };
    form::open(format!("edit usage plan {}", inventory.plan_name(&plan.id)), NOTE, form)
}

impl PlanForm {
    fn build_plan(&self) -> Result<Plan, FieldError> {
        let price = Some(self.price.text()).filter(|price| !price.is_empty());
        let price = price.map(str::parse).transpose().map_err(|why: ParsePriceError| why)?;
        let plan = Plan {
            description: self.description.text().to_owned(),
            throttle: parse_throttle(&self.rate, &self.burst)?,
            quota: self.parse_quota()?,
            stages: self.parse_stages()?,
            ..Plan::new("", self.name.text())
        };
        Ok(plan.with_price_list_entry(None, price))
    }

    /// Only the changed fields. The offset of the quota stays if its period does.
    fn build_edit(&self, plan: &Plan) -> Result<PlanEdit, FieldError> {
        let new_plan = self.build_plan()?;
        let same_period = |quota: &Quota| plan.quota.filter(|old| old.period == quota.period);
        let offset = |quota: &Quota| same_period(quota).map_or(0, |old| old.offset);
        let quota = new_plan.quota.map(|quota| Quota { offset: offset(&quota), ..quota });
        let unlinked = plan.stages.iter().filter(|stage| !new_plan.stages.contains(stage)).cloned();
        let price = new_plan.price();
        let edit = PlanEdit {
            name: Some(new_plan.name),
            description: Some(new_plan.description),
            throttle: Some(new_plan.throttle),
            quota: Some(quota),
            unlink: unlinked.collect(),
            link: new_plan.stages,
            price,
            ..PlanEdit::default()
        };
        Ok(edit.difference(plan))
    }

    fn parse_quota(&self) -> Result<Option<Quota>, FieldError> {
        if !is_limited(&self.quota) {
            return Ok(None);
        }
        let period = Period::parse(&self.period.text().to_uppercase());
        let period = period.ok_or("period must be day, week or month")?;
        Ok(Some(Quota { limit: self.quota.parse_whole_number()?.into(), period, offset: 0 }))
    }

    fn parse_stages(&self) -> Result<Vec<StageRef>, String> {
        let words = self.stages.text().split([' ', ',']).filter(|word| !word.is_empty());
        let stages = words.map(|word| {
            StageRef::parse(word).ok_or_else(|| format!("`{word}` is not a stage; use API:STAGE"))
        });
        let stages: Result<BTreeSet<_>, _> = stages.collect();
        Ok(stages?.into_iter().collect())
    }
}

impl Form for PlanForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(name, description, rate, burst, quota, period, price, stages);

    fn submit(&self, model: &Model) -> Submission {
        let change = match self.plan.clone() {
            None => PlanChange::Create(self.build_plan()?),
            Some(plan) => {
                let inventory = model.inventory_or_empty();
                let old = inventory.plan(&plan).ok_or("the plan no longer exists")?;
                PlanChange::Edit { plan, edit: self.build_edit(old)? }
            }
        };
        form::confirm(change.into(), model)
    }
}

fn period_field(period: Period) -> TextField {
    TextField::with_choices("period", PERIOD_CHOICES[period as usize], PERIOD_CHOICES)
}

fn stages_field(stages: &[StageRef]) -> TextField {
    let stages: Vec<_> = stages.iter().map(ToString::to_string).collect();
    TextField::with_suggestion("stages", stages.join(" "))
}
