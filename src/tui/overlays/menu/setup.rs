//! Which API and stage are set up, and in which plan a method is limited.

use keypool_domain::setup::RestApi;
use keypool_domain::{MethodRef, Plan, StageRef};

use crate::ops::Chosen;
use crate::tui::natural;
use crate::tui::overlays::{Ask, Reply};

use super::{Item, Menu, leading};

impl Menu {
    /// The REST APIs; the cursor is on the one that is set up `now`.
    pub(crate) fn apis(apis: &[RestApi], now: Option<&StageRef>) -> Self {
        let item =
            |api: &RestApi| leading(format!("{} · {}", api.name, api.id), Reply::ChooseStage(api.id.clone()));
        let mut apis = apis.to_vec();
        apis.sort_by(|a, b| natural::compare(&a.name, &b.name).then_with(|| a.id.cmp(&b.id)));
        let at = apis.iter().position(|api| now.is_some_and(|now| now.api == api.id));
        Self::at("which API is set up?", apis.iter().map(item).collect(), at)
    }

    /// The stages of an API; the cursor is on the one that is set up `now`.
    pub(crate) fn stages(api: &RestApi, stages: &[String], now: Option<&StageRef>) -> Self {
        let item = |stage: &String| {
            let chosen = Chosen { api: Some(api.id.clone()), stage: Some(stage.clone()) };
            leading(stage.clone(), Reply::SetUp(chosen))
        };
        let of = |stage: &String| StageRef { api: api.id.clone(), stage: stage.clone() };
        let at = stages.iter().position(|stage| now == Some(&of(stage)));
        Self::at(&format!("which stage of {} is set up?", api.name), stages.iter().map(item).collect(), at)
    }

    /// The plans that cover a stage, each with the limit that it sets a method of it.
    pub(crate) fn throttles(plans: &[&Plan], stage: &StageRef, method: &MethodRef) -> Self {
        let item = |plan: &&Plan| {
            let own = plan.method_throttles.get(&(stage.clone(), method.clone()));
            let limit = own.map_or_else(|| "no limit of its own".to_owned(), ToString::to_string);
            let ask = Ask::throttle_method(plan, stage.clone(), method.clone());
            leading(format!("{} · {limit}", plan.name), Reply::Ask(Box::new(ask)))
        };
        let title = format!("in which plan is {method} limited?");
        Self::at(&title, plans.iter().map(item).collect(), None)
    }

    /// Plans, each with what its pool is asked.
    pub(crate) fn pools(asks: Vec<(String, Ask)>) -> Self {
        let items = asks.into_iter().map(|(name, ask)| leading(name, Reply::Ask(Box::new(ask))));
        Self::at("which usage plan gets a pool?", items.collect(), None)
    }

    fn at(title: &str, items: Vec<Item>, at: Option<usize>) -> Self {
        Self { title: title.to_owned(), items, at: at.unwrap_or(0) }
    }
}
