//! Which API and stage are set up, and in which plan a method is limited.

use keypool_domain::setup::RestApi;
use keypool_domain::{MethodRef, Plan, StageRef};

use crate::ops::SetupTarget;
use crate::tui::natural_sort;
use crate::tui::overlays::{PromptForm, Reply};

use super::{Menu, MenuItem, reply_item};

impl Menu {
    /// The REST APIs; the cursor is on the one that is set up `now`.
    pub(crate) fn for_apis(apis: &[RestApi], now: Option<&StageRef>) -> Self {
        let item = |api: &RestApi| {
            reply_item(format!("{} · {}", api.name, api.id), Reply::ChooseStage(api.id.clone()))
        };
        let mut apis = apis.to_vec();
        apis.sort_by(|a, b| natural_sort::compare(&a.name, &b.name).then_with(|| a.id.cmp(&b.id)));
        let at = apis.iter().position(|api| now.is_some_and(|now| now.api == api.id));
        Self::with_selected("which API is set up?", apis.iter().map(item).collect(), at)
    }

    /// The stages of an API; the cursor is on the one that is set up `now`.
    pub(crate) fn for_stages(api: &RestApi, stages: &[String], now: Option<&StageRef>) -> Self {
        let item = |stage: &String| {
            let chosen = SetupTarget { api: Some(api.id.clone()), stage: Some(stage.clone()) };
            reply_item(stage.clone(), Reply::ChooseSetupStage(chosen))
        };
        let of = |stage: &String| StageRef { api: api.id.clone(), stage: stage.clone() };
        let at = stages.iter().position(|stage| now == Some(&of(stage)));
        Self::with_selected(
            &format!("which stage of {} is set up?", api.name),
            stages.iter().map(item).collect(),
            at,
        )
    }

    /// The plans that cover a stage, each with the limit that it sets a method of it.
    pub(crate) fn for_throttles(plans: &[&Plan], stage: &StageRef, method: &MethodRef) -> Self {
        let item = |plan: &&Plan| {
            let own = plan.method_throttles.get(&(stage.clone(), method.clone()));
            let limit = own.map_or_else(|| "no limit of its own".to_owned(), ToString::to_string);
            let ask = PromptForm::throttle_method(plan, stage.clone(), method.clone());
            reply_item(format!("{} · {limit}", plan.name), Reply::Prompt(Box::new(ask)))
        };
        let title = format!("in which plan is {method} limited?");
        Self::with_selected(&title, plans.iter().map(item).collect(), None)
    }

    /// Plans, each with what its pool is asked.
    pub(crate) fn for_pools(asks: Vec<(String, PromptForm)>) -> Self {
        let items = asks.into_iter().map(|(name, ask)| reply_item(name, Reply::Prompt(Box::new(ask))));
        Self::with_selected("which usage plan gets a pool?", items.collect(), None)
    }

    fn with_selected(title: &str, items: Vec<MenuItem>, at: Option<usize>) -> Self {
        Self { title: title.to_owned(), items, selected: at.unwrap_or(0) }
    }
}
