//! What is asked for usage plans, stages and logs.

use std::collections::BTreeSet;

use keypool_domain::managed::{TenantSource, is_managed};
use keypool_domain::setup::{AccessLog, ReadResult, StageLogging};
use keypool_domain::{
    ApiChange, Change, Inventory, MethodRef, Period, Plan, PlanChange, PlanEdit, Quota, StageRef, Throttle,
};

use crate::tui::widgets::suggestion::Suggestion;

use super::{PromptField, PromptForm, PromptPurpose, parse_number};

/// Where the answers about a plan stand.
const NAME_FIELD: usize = 0;
const DESCRIPTION_FIELD: usize = 1;
const RATE_FIELD: usize = 2;
const BURST_FIELD: usize = 3;
const QUOTA_FIELD: usize = 4;
const PERIOD_FIELD: usize = 5;
const PRICE_FIELD: usize = 6;
const STAGES_FIELD: usize = 7;

const NO_LIMIT: &str = "none";
const LIMITS_NOTE: &str = "Limits hold for each API key. `none`, or nothing, is no limit. Stages are written API:STAGE, \
                      with spaces between them.";

impl PromptForm {
    /// A usage plan, over these stages where nothing else is said.
    pub(crate) fn new_plan(stages: &[StageRef]) -> Self {
        let fields = plan_fields(["", "", "10", "20", "1000", "day", "", &join_stages(stages)]);
        Self::new(PromptPurpose::NewPlan, "new usage plan".to_owned(), LIMITS_NOTE.to_owned(), fields)
    }

    /// Other limits, stages or words of a plan.
    pub(crate) fn edit_plan(plan: &Plan) -> Self {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| NO_LIMIT.to_owned());
        let price = plan.price_list_entry.as_ref().and_then(|row| row.price).map(|price| price.to_string());
        let fields = plan_fields([
            &plan.name,
            &plan.description,
            &or_none(plan.throttle.map(|throttle| throttle.rate.to_string())),
            &or_none(plan.throttle.map(|throttle| throttle.burst.to_string())),
            &or_none(plan.quota.map(|quota| quota.limit.to_string())),
            plan.quota.map_or("day", |quota| PERIOD_CHOICES[quota.period as usize]),
            &price.unwrap_or_default(),
            &join_stages(&plan.stages),
        ]);
        let title = format!("edit usage plan {}", plan.name);
        Self::new(PromptPurpose::EditPlan(plan.id.clone()), title, LIMITS_NOTE.to_owned(), fields)
    }

    /// Which plan covers a stage.
    pub(crate) fn link_plan(stage: StageRef, inventory: &Inventory) -> Self {
        let managed =
            |plan: &&Plan| !is_managed(&plan.id, inventory, TenantSource::Tables).is_known_to_be(&false);
        let names: Vec<_> = inventory.plans().iter().filter(managed).map(|plan| plan.name.clone()).collect();
        let title = format!("which usage plan covers {stage}?");
        let plan = PromptField {
            name: "plan",
            value: Suggestion::new(names.first().map_or("", String::as_str)),
            choices: names,
        };
        let note = "its keys open the stage from then on".to_owned();
        Self::new(PromptPurpose::LinkPlan(stage), title, note, vec![plan])
    }

    /// With which role API Gateway writes logs, in the place of this one.
    pub(crate) fn log_role(replaces: ReadResult<Option<String>>) -> Self {
        let note = "the role's ARN, as in arn:aws:iam::123456789012:role/NAME; it must trust apigateway.amazonaws.com \
                    and is one for the whole account and region";
        Self::new(
            PromptPurpose::LogRole(replaces),
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
        Self::new(PromptPurpose::AccessLog(stage), title, note.to_owned(), vec![text_field("log", "")])
    }

    /// How often a method may be called with an API key of a plan.
    pub(crate) fn throttle_method(plan: &Plan, stage: StageRef, method: MethodRef) -> Self {
        let own = plan.method_throttles.get(&(stage.clone(), method.clone()));
        let plans = plan.throttle.map_or_else(|| NO_LIMIT.to_owned(), |throttle| throttle.to_string());
        let note = format!(
            "Holds for each API key, besides the limit of the whole plan ({plans}), and without a deployment. `none`, \
             or nothing, takes the limit away."
        );
        let field = |name, limit: Option<String>| text_field(name, limit.as_deref().unwrap_or(NO_LIMIT));
        let rate = field("rate/s", own.map(|own| own.rate.to_string()));
        let burst = field("burst", own.map(|own| own.burst.to_string()));
        let fields = vec![rate, burst];
        let title = format!("{method} on {stage}, in {}", plan.name);
        Self::new(PromptPurpose::ThrottleMethod(plan.id.clone(), stage, method), title, note, fields)
    }

    pub(super) fn build_setup_change(&self, inventory: &Inventory) -> Result<Change, String> {
        Ok(match &self.purpose {
            PromptPurpose::NewPlan => PlanChange::Create(self.build_plan()?).into(),
            PromptPurpose::EditPlan(id) => {
                let plan = inventory.plan(id).ok_or("the plan is not there any more")?;
                PlanChange::Edit { plan: id.clone(), edit: self.build_plan_edit(plan)? }.into()
            }
            PromptPurpose::LinkPlan(stage) => {
                let plan = inventory.find_plan(self.answer(0)).map_err(|why| why.to_string())?;
                let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
                PlanChange::Edit { plan: plan.id.clone(), edit }.into()
            }
            PromptPurpose::ThrottleMethod(plan, stage, method) => {
                let limit = (stage.clone(), method.clone(), self.parse_throttle(0, 1)?);
                let edit = PlanEdit { methods: vec![limit], ..PlanEdit::default() };
                PlanChange::Edit { plan: plan.clone(), edit }.into()
            }
            PromptPurpose::LogRole(replaces) => {
                let (role, replaces) = (self.answer(0).to_owned(), replaces.clone());
                Change::from(ApiChange::SetLogRole { role, replaces })
            }
            PromptPurpose::AccessLog(stage) => {
                let logging =
                    StageLogging { level: None, access: Some(AccessLog::to_destination(self.answer(0))) };
                // This is asked for where the stage writes none.
                Change::from(ApiChange::SetStageLogging { stage: stage.clone(), logging, replaces: None })
            }
            PromptPurpose::Rotate(_)
            | PromptPurpose::RotatePoolKey(_)
            | PromptPurpose::Grow(_)
            | PromptPurpose::SetPool(_)
            | PromptPurpose::CreatePool(..)
            | PromptPurpose::Extend(..)
            | PromptPurpose::LookUpKey
            | PromptPurpose::Export(_)
            | PromptPurpose::ReportAccessLog => return Err("that is no change".to_owned()),
        })
    }

    fn build_plan(&self) -> Result<Plan, String> {
        let price = self.answer(PRICE_FIELD);
        let price = if price.is_empty() { None } else { Some(price.parse()) };
        let price =
            price.transpose().map_err(|why: keypool_domain::price::ParsePriceError| why.to_string())?;
        let plan = Plan {
            description: self.answer(DESCRIPTION_FIELD).to_owned(),
            throttle: self.parse_throttle(RATE_FIELD, BURST_FIELD)?,
            quota: self.parse_quota()?,
            stages: self.parse_stages()?,
            ..Plan::new("", self.answer(NAME_FIELD))
        };
        Ok(plan.with_price_list_entry(None, price))
    }

    /// What of the plan the answers change; the day on which its quota starts stays.
    fn build_plan_edit(&self, plan: &Plan) -> Result<PlanEdit, String> {
        let wanted = self.build_plan()?;
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

    fn limit_answer(&self, at: usize) -> Option<&str> {
        Some(self.answer(at)).filter(|text| !text.is_empty() && *text != NO_LIMIT)
    }

    fn parse_throttle(&self, rate: usize, burst: usize) -> Result<Option<Throttle>, String> {
        match (self.limit_answer(rate), self.limit_answer(burst)) {
            (None, None) => Ok(None),
            (Some(rate), Some(burst)) => {
                let rate = rate
                    .parse()
                    .map_err(|_| "rate/s: give a number such as 10 or 0.5, or none".to_owned())?;
                Ok(Some(Throttle { rate, burst: parse_number("burst", burst)? }))
            }
            _ => Err("a throttle has both a rate and a burst".to_owned()),
        }
    }

    fn parse_quota(&self) -> Result<Option<Quota>, String> {
        let Some(limit) = self.limit_answer(QUOTA_FIELD) else { return Ok(None) };
        let period = Period::parse(&self.answer(PERIOD_FIELD).to_uppercase());
        let period = period.ok_or("period: one of day, week, month")?;
        Ok(Some(Quota { limit: parse_number("quota", limit)?.into(), period, offset: 0 }))
    }

    fn parse_stages(&self) -> Result<Vec<StageRef>, String> {
        let words = self.answer(STAGES_FIELD).split([' ', ',']).filter(|word| !word.is_empty());
        let read = words.map(|word| {
            StageRef::parse(word).ok_or_else(|| format!("`{word}` is no stage: write API:STAGE"))
        });
        let stages: Result<BTreeSet<_>, _> = read.collect();
        Ok(stages?.into_iter().collect())
    }
}

/// The periods in the order of [`Period`].
const PERIOD_CHOICES: [&str; 3] = ["day", "week", "month"];

fn join_stages(stages: &[StageRef]) -> String {
    stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn text_field(name: &'static str, offered: &str) -> PromptField {
    PromptField { name, value: Suggestion::new(offered), choices: Vec::new() }
}

fn plan_fields(offered: [&str; 8]) -> Vec<PromptField> {
    let names = ["name", "description", "rate/s", "burst", "quota", "period", "price", "stages"];
    let fields = names.into_iter().zip(offered).map(|(name, offered)| text_field(name, offered));
    let mut fields: Vec<_> = fields.collect();
    fields[PERIOD_FIELD].choices = PERIOD_CHOICES.map(str::to_owned).to_vec();
    fields
}
