//! Forms for usage plans, stages, logs and method throttles.

use std::collections::BTreeSet;

use crate::tui::dialogs::prompt_form::{PromptField, PromptForm, PromptPurpose, parse_number};
use crate::tui::widgets::suggestion::Suggestion;
use keypool_domain::managed::is_managed;
use keypool_domain::setup::{AccessLog, ReadResult, StageLogging};
use keypool_domain::{
    ApiChange, Change, Inventory, MethodRef, Period, Plan, PlanChange, PlanEdit, Quota, StageRef, Throttle,
};

/// Indexes of the fields of a plan form.
const NAME_FIELD: usize = 0;
const DESCRIPTION_FIELD: usize = 1;
const RATE_FIELD: usize = 2;
const BURST_FIELD: usize = 3;
const QUOTA_FIELD: usize = 4;
const PERIOD_FIELD: usize = 5;
const PRICE_FIELD: usize = 6;
const STAGES_FIELD: usize = 7;

const NO_LIMIT: &str = "none";
const LIMITS_NOTE: &str = "Limits apply per API key; none or empty means no limit. Stages: API:STAGE, separated by \
                           spaces.";

impl PromptForm {
    /// Asks for the fields of a new plan; suggests that it covers `stages`.
    pub(crate) fn new_plan(stages: &[StageRef]) -> Self {
        let fields = plan_fields(["", "", "10", "20", "1000", "day", "", &join_stages(stages)]);
        Self::new(PromptPurpose::NewPlan, "new usage plan".to_owned(), LIMITS_NOTE.to_owned(), fields)
    }

    pub(crate) fn edit_plan(plan: &Plan) -> Self {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| NO_LIMIT.to_owned());
        let price =
            plan.price_list_entry.as_ref().and_then(|entry| entry.price).map(|price| price.to_string());
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

    /// Asks for the plan that is to cover a stage.
    pub(crate) fn link_plan(stage: StageRef, inventory: &Inventory) -> Self {
        let may_be_managed = |plan: &&Plan| !is_managed(&plan.id, inventory).is_known_to_be(&false);
        let names: Vec<_> =
            inventory.plans().iter().filter(may_be_managed).map(|plan| plan.name.clone()).collect();
        let title = format!("usage plan for {stage}");
        let plan = PromptField {
            name: "plan",
            value: Suggestion::new(names.first().map_or("", String::as_str)),
            choices: names,
        };
        let note = "The plan's keys can then call this stage.".to_owned();
        Self::new(PromptPurpose::LinkPlan(stage), title, note, vec![plan])
    }

    /// Asks for the role that replaces `replaces`, the current one.
    pub(crate) fn log_role(replaces: ReadResult<Option<String>>) -> Self {
        let note = "IAM role ARN, e.g. arn:aws:iam::123456789012:role/NAME. It must trust apigateway.amazonaws.com, and \
                    applies to the whole account and region.";
        Self::new(
            PromptPurpose::LogRole(replaces),
            "logging role".to_owned(),
            note.to_owned(),
            vec![text_field("role", "")],
        )
    }

    pub(crate) fn access_log(stage: StageRef) -> Self {
        let note = "ARN of an existing log group, e.g. arn:aws:logs:REGION:ACCOUNT:log-group:NAME, or of a Firehose \
                    stream named amazon-apigateway-NAME. Lines contain the API key's id, never its value.";
        let title = format!("access log of {stage}");
        Self::new(PromptPurpose::AccessLog(stage), title, note.to_owned(), vec![text_field("log", "")])
    }

    pub(crate) fn throttle_method(plan: &Plan, stage: StageRef, method: MethodRef) -> Self {
        let throttle = plan.method_throttles.get(&(stage.clone(), method.clone()));
        let plan_throttle =
            plan.throttle.map_or_else(|| NO_LIMIT.to_owned(), |throttle| throttle.to_string());
        let note = format!(
            "Applies per API key, in addition to the plan's throttle ({plan_throttle}); no deployment needed. none or \
             empty removes the throttle."
        );
        let field = |name, value: Option<String>| text_field(name, value.as_deref().unwrap_or(NO_LIMIT));
        let rate = field("rate/s", throttle.map(|throttle| throttle.rate.to_string()));
        let burst = field("burst", throttle.map(|throttle| throttle.burst.to_string()));
        let fields = vec![rate, burst];
        let title = format!("throttle {method} on {stage} in {}", plan.name);
        Self::new(PromptPurpose::ThrottleMethod(plan.id.clone(), stage, method), title, note, fields)
    }

    pub(super) fn build_setup_change(&self, inventory: &Inventory) -> Result<Change, String> {
        Ok(match &self.purpose {
            PromptPurpose::NewPlan => PlanChange::Create(self.build_plan()?).into(),
            PromptPurpose::EditPlan(id) => {
                let plan = inventory.plan(id).ok_or("the plan no longer exists")?;
                PlanChange::Edit { plan: id.clone(), edit: self.build_plan_edit(plan)? }.into()
            }
            PromptPurpose::LinkPlan(stage) => {
                let plan = inventory.find_plan(self.answer(0)).map_err(|why| why.to_string())?;
                let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
                PlanChange::Edit { plan: plan.id.clone(), edit }.into()
            }
            PromptPurpose::ThrottleMethod(plan, stage, method) => {
                let throttle = (stage.clone(), method.clone(), self.parse_throttle(0, 1)?);
                let edit = PlanEdit { methods: vec![throttle], ..PlanEdit::default() };
                PlanChange::Edit { plan: plan.clone(), edit }.into()
            }
            PromptPurpose::LogRole(replaces) => {
                let (role, replaces) = (self.answer(0).to_owned(), replaces.clone());
                Change::from(ApiChange::SetLogRole { role, replaces })
            }
            PromptPurpose::AccessLog(stage) => {
                let logging =
                    StageLogging { level: None, access: Some(AccessLog::to_destination(self.answer(0))) };
                // The form is only offered for a stage without an access log.
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
            | PromptPurpose::ReportAccessLog => {
                return Err("internal error: this form does not change anything".to_owned());
            }
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

    /// Only the changed fields. The offset of the quota stays if its period does.
    fn build_plan_edit(&self, plan: &Plan) -> Result<PlanEdit, String> {
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

    fn limit_answer(&self, at: usize) -> Option<&str> {
        Some(self.answer(at)).filter(|text| !text.is_empty() && *text != NO_LIMIT)
    }

    fn parse_throttle(&self, rate: usize, burst: usize) -> Result<Option<Throttle>, String> {
        match (self.limit_answer(rate), self.limit_answer(burst)) {
            (None, None) => Ok(None),
            (Some(rate), Some(burst)) => {
                let rate = rate
                    .parse()
                    .map_err(|_| "rate/s must be a number, e.g. 10 or 0.5, or none".to_owned())?;
                Ok(Some(Throttle { rate, burst: parse_number("burst", burst)? }))
            }
            _ => Err("set both rate and burst, or neither".to_owned()),
        }
    }

    fn parse_quota(&self) -> Result<Option<Quota>, String> {
        let Some(limit) = self.limit_answer(QUOTA_FIELD) else { return Ok(None) };
        let period = Period::parse(&self.answer(PERIOD_FIELD).to_uppercase());
        let period = period.ok_or("period must be day, week or month")?;
        Ok(Some(Quota { limit: parse_number("quota", limit)?.into(), period, offset: 0 }))
    }

    fn parse_stages(&self) -> Result<Vec<StageRef>, String> {
        let words = self.answer(STAGES_FIELD).split([' ', ',']).filter(|word| !word.is_empty());
        let stages = words.map(|word| {
            StageRef::parse(word).ok_or_else(|| format!("`{word}` is not a stage; use API:STAGE"))
        });
        let stages: Result<BTreeSet<_>, _> = stages.collect();
        Ok(stages?.into_iter().collect())
    }
}

/// In the order of [`Period`].
const PERIOD_CHOICES: [&str; 3] = ["day", "week", "month"];

fn join_stages(stages: &[StageRef]) -> String {
    stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn text_field(name: &'static str, suggestion: &str) -> PromptField {
    PromptField { name, value: Suggestion::new(suggestion), choices: Vec::new() }
}

fn plan_fields(suggestions: [&str; 8]) -> Vec<PromptField> {
    let names = ["name", "description", "rate/s", "burst", "quota", "period", "price", "stages"];
    let fields = names.into_iter().zip(suggestions).map(|(name, suggestion)| text_field(name, suggestion));
    let mut fields: Vec<_> = fields.collect();
    fields[PERIOD_FIELD].choices = PERIOD_CHOICES.map(str::to_owned).to_vec();
    fields
}
