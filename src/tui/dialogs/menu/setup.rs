//! Menus of the setup screen: APIs, stages, and plans for a method throttle or a pool.

use keypool_domain::setup::RestApi;
use keypool_domain::{Inventory, MethodRef, Plan, StageRef};

use crate::ops::SetupTarget;
use crate::tui::dialogs::forms::method_throttle;
use crate::tui::dialogs::menu::{Menu, MenuItem, command_item};
use crate::tui::model::natural_sort;
use crate::tui::model::query::Query;
use crate::tui::screen::Command;

impl Menu {
    /// Preselects the API of the `current` stage.
    pub(crate) fn for_apis(apis: &[RestApi], current: Option<&StageRef>) -> Self {
        let item = |api: &RestApi| {
            command_item(
                format!("{} · {}", api.name, api.id),
                Command::Load(Query::StageChoices(Some(api.id.clone()))),
            )
        };
        let mut apis = apis.to_vec();
        apis.sort_by(|a, b| natural_sort::compare(&a.name, &b.name).then_with(|| a.id.cmp(&b.id)));
        let at = apis.iter().position(|api| current.is_some_and(|current| current.api == api.id));
        Self::with_selected("choose an API", apis.iter().map(item).collect(), at)
    }

    /// Preselects the `current` stage.
    pub(crate) fn for_stages(api: &RestApi, stages: &[String], current: Option<&StageRef>) -> Self {
        let item = |stage: &String| {
            let target = SetupTarget {
                api: Some(api.id.clone()),
                stage: Some(stage.clone()),
                ..SetupTarget::default()
            };
            command_item(stage.clone(), Command::ChooseSetupStage(target))
        };
        let stage_ref = |stage: &String| StageRef { api: api.id.clone(), stage: stage.clone() };
        let at = stages.iter().position(|stage| current == Some(&stage_ref(stage)));
        Self::with_selected(&format!("choose a stage of {}", api.name), stages.iter().map(item).collect(), at)
    }

    /// Shows the current throttle of the method in each plan.
    pub(crate) fn for_method_throttle(
        plans: &[&Plan],
        inventory: &Inventory,
        stage: &StageRef,
        method: &MethodRef,
    ) -> Self {
        let item = |plan: &&Plan| {
            let throttle = plan.method_throttles.get(&(stage.clone(), method.clone()));
            let throttle_text = throttle.map_or_else(|| "no method throttle".to_owned(), ToString::to_string);
            let form = method_throttle::open(plan, inventory, stage.clone(), method.clone());
            command_item(format!("{} · {throttle_text}", inventory.plan_name(&plan.id)), form)
        };
        let title = format!("throttle {method} in plan");
        Self::with_selected(&title, plans.iter().map(item).collect(), None)
    }

    /// `forms` holds plan names, each with what opens the form for the pool of the plan.
    pub(crate) fn for_new_pool(forms: Vec<(String, Command)>) -> Self {
        let items = forms.into_iter().map(|(name, form)| command_item(name, form));
        Self::with_selected("create a pool for plan", items.collect(), None)
    }

    fn with_selected(title: &str, items: Vec<MenuItem>, at: Option<usize>) -> Self {
        Self { title: title.to_owned(), items, selected: at.unwrap_or(0) }
    }
}
