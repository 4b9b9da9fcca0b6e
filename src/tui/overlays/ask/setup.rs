//! What is asked for usage plans, stages and logs.

use std::collections::BTreeSet;

use keypool_domain::managed::{TenantSource, is_managed};
use keypool_domain::setup::{AccessLog, Seen, StageLogging};
use keypool_domain::{
    ApiChange, Change, Inventory, MethodRef, Period, Plan, PlanChange, PlanEdit, Quota, StageRef, Throttle,
};

use crate::tui::widgets::suggestion::Suggestion;

use super::{About, Ask, Field, number};

/// Where the answers about a plan stand.
const NAME: usize = 0;
const DESCRIPTION: usize = 1;
const RATE: usize = 2;
const BURST: usize = 3;
const QUOTA: usize = 4;
const PERIOD: usize = 5;
const PRICE: usize = 6;
const STAGES: usize = 7;

const NONE: &str = "none";
const LIMITS: &str = "Limits hold for each API key. `none`, or nothing, is no limit. Stages are written API:STAGE, \
                      with spaces between them.";

impl Ask {
    /// A usage plan, over these stages where nothing else is said.
    pub(crate) fn new_plan(stages: &[StageRef]) -> Self {
        let fields = plan_fields(["", "", "10", "20", "1000", "day", "", &spaced(stages)]);
        Self::new(About::NewPlan, "new usage plan".to_owned(), LIMITS.to_owned(), fields)
    }

    /// Other limits, stages or words of a plan.
    pub(crate) fn edit_plan(plan: &Plan) -> Self {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
        let price = plan.shop_window.as_ref().and_then(|row| row.price).map(|price| price.to_string());
        let fields = plan_fields([
            &plan.name,
            &plan.description,
            &or_none(plan.throttle.map(|throttle| throttle.rate.to_string())),
            &or_none(plan.throttle.map(|throttle| throttle.burst.to_string())),
            &or_none(plan.quota.map(|quota| quota.limit.to_string())),
            plan.quota.map_or("day", |quota| PERIODS[quota.period as usize]),
            &price.unwrap_or_default(),
            &spaced(&plan.stages),
        ]);
        let title = format!("edit usage plan {}", plan.name);
        Self::new(About::EditPlan(plan.id.clone()), title, LIMITS.to_owned(), fields)
    }

    /// Which plan covers a stage.
    pub(crate) fn link(stage: StageRef, inventory: &Inventory) -> Self {
        let managed =
            |plan: &&Plan| !is_managed(&plan.id, inventory, TenantSource::Tables).is_known_to_be(&false);
        let names: Vec<_> = inventory.plans().iter().filter(managed).map(|plan| plan.name.clone()).collect();
        let title = format!("which usage plan covers {stage}?");
        let plan = Field {
            name: "plan",
            value: Suggestion::new(names.first().map_or("", String::as_str)),
            choices: names,
        };
        let note = "its keys open the stage from then on".to_owned();
        Self::new(About::Link(stage), title, note, vec![plan])
    }

    /// With which role API Gateway writes logs, in the place of this one.
    pub(crate) fn log_role(replaces: Seen<Option<String>>) -> Self {
        let note = "the role's ARN, as in arn:aws:iam::123456789012:role/NAME; it must trust apigateway.amazonaws.com \
                    and is one for the whole account and region";
        Self::new(
            About::LogRole(replaces),
            "the role for logs".to_owned(),
            note.to_owned(),
            vec![text_field("role", "")],
        )
    }

    /// Where a stage writes a line for each call.
    pub(crate) fn access_log(stage: StageRef) -> Self {
        let note = "the ARN of a log group that is there, as in arn:aws:logs:REGION:ACCOUNT:log-group:NAME, or of a \
                    Firehose stream amazon-apigateway-NAME; lines hold the API key's id and never its value";
        let title = format!("the access log of {stage}");
        Self::new(About::AccessLog(stage), title, note.to_owned(), vec![text_field("log", "")])
    }

    /// How often a method may be called with an API key of a plan.
    pub(crate) fn throttle_method(plan: &Plan, stage: StageRef, method: MethodRef) -> Self {
        let own = plan.method_throttles.get(&(stage.clone(), method.clone()));
        let plans = plan.throttle.map_or_else(|| NONE.to_owned(), |throttle| throttle.to_string());
        let note = format!(
            "Holds for each API key, besides the limit of the whole plan ({plans}), and without a deployment. `none`, \
             or nothing, takes the limit away."
        );
        let field = |name, limit: Option<String>| text_field(name, limit.as_deref().unwrap_or(NONE));
        let rate = field("rate/s", own.map(|own| own.rate.to_string()));
        let burst = field("burst", own.map(|own| own.burst.to_string()));
        let fields = vec![rate, burst];
        let title = format!("{method} on {stage}, in {}", plan.name);
        Self::new(About::ThrottleMethod(plan.id.clone(), stage, method), title, note, fields)
    }

    pub(super) fn setup_change(&self, inventory: &Inventory) -> Result<Change, String> {
        Ok(match &self.about {
            About::NewPlan => PlanChange::Create(self.plan()?).into(),
            About::EditPlan(id) => {
                let plan = inventory.plan(id).ok_or("the plan is not there any more")?;
                PlanChange::Edit { plan: id.clone(), edit: self.plan_edit(plan)? }.into()
            }
            About::Link(stage) => {
                let plan = inventory.find_plan(self.answer(0)).map_err(|why| why.to_string())?;
                let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
                PlanChange::Edit { plan: plan.id.clone(), edit }.into()
            }
            About::ThrottleMethod(plan, stage, method) => {
                let limit = (stage.clone(), method.clone(), self.throttle(0, 1)?);
                let edit = PlanEdit { methods: vec![limit], ..PlanEdit::default() };
                PlanChange::Edit { plan: plan.clone(), edit }.into()
            }
            About::LogRole(replaces) => {
                let (role, replaces) = (self.answer(0).to_owned(), replaces.clone());
                Change::from(ApiChange::SetLogRole { role, replaces })
            }
            About::AccessLog(stage) => {
                let logging = StageLogging { level: None, access: Some(AccessLog::to(self.answer(0))) };
                // This is asked for where the stage writes none.
                Change::from(ApiChange::SetStageLogging { stage: stage.clone(), logging, replaces: None })
            }
            About::Rotate(_)
            | About::RotatePoolKey(_)
            | About::Grow(_)
            | About::SetPool(_)
            | About::CreatePool(..)
            | About::Extend(..)
            | About::Whose
            | About::Export(_)
            | About::LogFile => return Err("that is no change".to_owned()),
        })
    }

    fn plan(&self) -> Result<Plan, String> {
        let price = self.answer(PRICE);
        let price = if price.is_empty() { None } else { Some(price.parse()) };
        let price = price.transpose().map_err(|why: keypool_domain::price::NotAPrice| why.to_string())?;
        let plan = Plan {
            description: self.answer(DESCRIPTION).to_owned(),
            throttle: self.throttle(RATE, BURST)?,
            quota: self.quota()?,
            stages: self.stages()?,
            ..Plan::new("", self.answer(NAME))
        };
        Ok(plan.on_sale(None, price))
    }

    /// What of the plan the answers change; the day on which its quota starts stays.
    fn plan_edit(&self, plan: &Plan) -> Result<PlanEdit, String> {
        let wanted = self.plan()?;
        let same_period = |quota: &Quota| plan.quota.filter(|old| old.period == quota.period);
        let offset = |quota: &Quota| same_period(quota).map_or(0, |old| old.offset);
        let quota = wanted.quota.map(|quota| Quota { offset: offset(&quota), ..quota });
        let gone = plan.stages.iter().filter(|stage| !wanted.stages.contains(stage)).cloned();
        let price = wanted.price();
        let edit = PlanEdit {
            name: Some(wanted.name),
            description: Some(wanted.description),
            throttle: Some(wanted.throttle),
            quota: Some(quota),
            unlink: gone.collect(),
            link: wanted.stages,
            price,
            ..PlanEdit::default()
        };
        Ok(edit.difference(plan))
    }

    fn limit(&self, at: usize) -> Option<&str> {
        Some(self.answer(at)).filter(|text| !text.is_empty() && *text != NONE)
    }

    fn throttle(&self, rate: usize, burst: usize) -> Result<Option<Throttle>, String> {
        match (self.limit(rate), self.limit(burst)) {
            (None, None) => Ok(None),
            (Some(rate), Some(burst)) => {
                let rate = rate
                    .parse()
                    .map_err(|_| "rate/s: give a number such as 10 or 0.5, or none".to_owned())?;
                Ok(Some(Throttle { rate, burst: number("burst", burst)? }))
            }
            _ => Err("a throttle has both a rate and a burst".to_owned()),
        }
    }

    fn quota(&self) -> Result<Option<Quota>, String> {
        let Some(limit) = self.limit(QUOTA) else { return Ok(None) };
        let period = Period::from_word(&self.answer(PERIOD).to_uppercase());
        let period = period.ok_or("period: one of day, week, month")?;
        Ok(Some(Quota { limit: number("quota", limit)?.into(), period, offset: 0 }))
    }

    fn stages(&self) -> Result<Vec<StageRef>, String> {
        let words = self.answer(STAGES).split([' ', ',']).filter(|word| !word.is_empty());
        let read = words.map(|word| {
            StageRef::from_words(word).ok_or_else(|| format!("`{word}` is no stage: write API:STAGE"))
        });
        let stages: Result<BTreeSet<_>, _> = read.collect();
        Ok(stages?.into_iter().collect())
    }
}

/// The periods in the order of [`Period`].
const PERIODS: [&str; 3] = ["day", "week", "month"];

fn spaced(stages: &[StageRef]) -> String {
    stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn text_field(name: &'static str, offered: &str) -> Field {
    Field { name, value: Suggestion::new(offered), choices: Vec::new() }
}

fn plan_fields(offered: [&str; 8]) -> Vec<Field> {
    let names = ["name", "description", "rate/s", "burst", "quota", "period", "price", "stages"];
    let fields = names.into_iter().zip(offered).map(|(name, offered)| text_field(name, offered));
    let mut fields: Vec<_> = fields.collect();
    fields[PERIOD].choices = PERIODS.map(str::to_owned).to_vec();
    fields
}
