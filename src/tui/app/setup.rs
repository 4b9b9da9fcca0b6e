//! The view of the set-up: how far every step is, and doing one; which methods need a key; and usage plans themselves.

use std::sync::Arc;

use keypool_domain::change::managed_plan;
use keypool_domain::setup::{ApiMethod, Form, Item, Remedy, Seen};
use keypool_domain::{ApiChange, Change, Inventory, Plan, PlanChange, PlanId, Refusal, StageRef};

use crate::aws::Failure;
use crate::ops::{Chosen, Query, SetupRead, StageChoices};
use crate::tui::action::{Action, PlanAction, SetupAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::overlays::{Ask, Form as KeyForm, Menu, Overlay};
use crate::tui::reading::Reading;
use crate::tui::store::Errand;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;
use super::operations::pool_of_keys;

impl App {
    /// The steps as they stood when it was looked last.
    pub(crate) fn steps(&self) -> &[Item] {
        self.setup.value().map_or(&[], |read| &read.checklist.0)
    }

    /// The methods of the API that is set up.
    pub(crate) fn methods(&self) -> &[ApiMethod] {
        self.setup.value().and_then(|read| read.reading.methods.as_deref().ok()).unwrap_or_default()
    }

    pub(crate) fn stage(&self) -> Option<&StageRef> {
        self.setup.value()?.reading.stage.as_ref()
    }

    /// What a change is decided on: where nothing could be read, an account that has nothing.
    pub(crate) fn decided_on(&self) -> Arc<Inventory> {
        self.known().cloned().unwrap_or_else(|| Arc::new(Inventory::empty(self.now)))
    }

    pub(super) fn open_setup(&mut self) {
        if self.place.value().is_none() {
            return self.say(Tone::Bad, "there is no connection yet");
        }
        self.view = View::Setup;
        self.keys.typing = false;
        self.look_at_setup();
    }

    /// Another API or stage is set up from now on.
    pub(super) fn set_up(&mut self, chosen: Chosen) {
        self.chosen = chosen;
        self.look_at_setup();
    }

    /// Reads the stage and the account anew.
    pub(super) fn look_at_setup(&mut self) {
        if self.is_looking_at_setup() {
            return;
        }
        // The same reading serves both.
        self.drop_reading();
        self.setup.start();
        self.load(Query::Setup(self.chosen.clone()));
    }

    fn is_looking_at_setup(&self) -> bool {
        self.tasks.find(|errand| matches!(errand, Errand::Load(Query::Setup(_)))).is_some()
    }

    pub(super) fn saw_setup(&mut self, read: Arc<SetupRead>, reading: Option<Reading>) {
        self.asked_at = Some(self.now);
        match reading {
            Some(reading) => {
                let at = reading.inventory.taken_at();
                if let Some(before) = self.account.value().cloned() {
                    self.ask(Effect::Forget(before));
                }
                self.account.finish(Ok(reading), at);
                self.resume_when_read();
            }
            None => {
                let failure = Failure::Tables("there are no tables to keep plans and keys in".to_owned());
                self.account.finish(Err(failure), self.now);
            }
        }
        self.setup.finish(Ok(read), self.now);
    }

    /// Where several APIs or stages could be meant, the person says which.
    pub(super) fn did_not_see_setup(&mut self, failure: &Failure) {
        self.setup.finish(Err(failure.clone()), self.now);
        self.account.stop();
        self.undo_no_more();
        if matches!(failure, Failure::Several { .. }) {
            self.choose_stage(self.chosen.api.clone());
        } else if *failure != Failure::Cancelled {
            self.fail(failure);
        }
    }

    /// Asks which API, and then which of its stages.
    pub(super) fn choose_stage(&mut self, api: Option<String>) {
        self.load(Query::StageChoices(api));
    }

    /// Offers what there is to choose from; where it is only one thing, that is it.
    pub(super) fn offer_stages(&mut self, choices: StageChoices) {
        if self.view != View::Setup || self.overlay.is_some() {
            return;
        }
        let now = self.stage();
        let menu = match choices {
            StageChoices::Apis(apis) if apis.is_empty() => {
                return self.say(Tone::Bad, "there is no REST API in this account and region");
            }
            StageChoices::Apis(apis) => Menu::apis(&apis, now),
            StageChoices::Stages(api, stages) if stages.len() > 1 => Menu::stages(&api, &stages, now),
            StageChoices::Stages(api, stages) => {
                if let Some(now) = now.filter(|now| now.api == api.id) {
                    return self.say(Tone::Plain, format!("there is no other API or stage than {now}"));
                }
                let stage = stages.into_iter().next();
                return self.set_up(Chosen { api: Some(api.id), stage });
            }
        };
        self.overlay = Some(Overlay::Menu(menu));
    }

    /// Does what is meant for the set-up alone; false where it is not.
    pub(super) fn perform_in_setup(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_view() {
            match action {
                ViewAction::Refresh => self.look_at_setup(),
                ViewAction::Back | ViewAction::Close => self.leave_setup(),
            }
            return true;
        }
        let Some(action) = action.as_setup() else { return false };
        match action {
            SetupAction::Setup => self.look_at_setup(),
            SetupAction::DoStep => self.do_step(),
            SetupAction::Methods => self.view = View::Methods,
            SetupAction::Deploy => self.deploy(),
            SetupAction::ChooseStage => self.choose_stage(None),
            // These need a method to be selected.
            SetupAction::RequireKey | SetupAction::ThrottleMethod => return false,
        }
        true
    }

    /// Does what is meant for the tree of methods alone; false where it is not.
    pub(super) fn perform_in_methods(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_view() {
            match action {
                ViewAction::Refresh => self.look_at_setup(),
                ViewAction::Back | ViewAction::Close if self.stop_change() => {}
                ViewAction::Back | ViewAction::Close => self.view = View::Setup,
            }
            return true;
        }
        let Some(action) = action.as_setup() else { return false };
        match action {
            SetupAction::Methods => self.look_at_setup(),
            SetupAction::RequireKey => self.require_key(),
            SetupAction::ThrottleMethod => self.throttle_method(),
            SetupAction::Deploy => self.deploy(),
            SetupAction::Setup => self.view = View::Setup,
            // These belong to the list of steps.
            SetupAction::DoStep | SetupAction::ChooseStage => return false,
        }
        true
    }

    pub(super) fn go_in_setup(&mut self, motion: Motion) {
        let steps = self.steps().len();
        self.setup_pane.go(motion, steps);
    }

    pub(super) fn go_in_methods(&mut self, motion: Motion) {
        let methods = self.methods().len();
        self.methods_pane.go(motion, methods);
    }

    /// One thing at a time: the change, the look, the view.
    fn leave_setup(&mut self) {
        if self.stop_change() {
        } else if self.is_looking_at_setup() {
            self.stop_reading();
        } else {
            self.view = View::Home;
        }
    }

    fn do_step(&mut self) {
        let Some(item) = self.steps().get(self.setup_pane.selected()).cloned() else { return };
        match item.remedy {
            Some(Remedy::Do(change)) => self.confirm(*change),
            Some(Remedy::Ask(form)) => self.ask_for(form),
            None => self.say(Tone::Plain, format!("{}: {}", item.task.title(), item.seen)),
        }
    }

    /// The role with which API Gateway writes logs now, as far as it is known.
    fn log_role(&self) -> Seen<Option<String>> {
        let nothing_read = || Err("the account was not read".to_owned());
        self.setup.value().map_or_else(nothing_read, |read| read.reading.log_role.clone())
    }

    fn ask_for(&mut self, form: Form) {
        let Some(stage) = self.stage().cloned() else { return };
        let ask = match form {
            Form::Plan => Ask::new_plan(&[stage]),
            Form::Link => Ask::link(stage, &self.decided_on()),
            Form::LogRole => Ask::log_role(self.log_role()),
            Form::AccessLog => Ask::access_log(stage),
            Form::Methods => return self.view = View::Methods,
            Form::Pool => return self.first_pool(&stage),
            Form::Key => return self.first_key(&stage),
            Form::Call => return self.first_call(),
        };
        self.overlay = Some(Overlay::Ask(ask));
    }

    /// A pool for the only plan that covers the stage, or for one of several.
    fn first_pool(&mut self, stage: &StageRef) {
        let inventory = self.decided_on();
        let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
        let plans: Vec<_> = covering.map(|plan| plan.id.clone()).collect();
        if let [plan] = &plans[..] {
            return self.create_pool(plan.clone(), &inventory);
        }
        let asks = plans.into_iter().map(|plan| {
            let name = inventory.plan_name(&plan).to_owned();
            (name, pool_of_keys(plan, &[], &inventory))
        });
        self.overlay = Some(Overlay::Menu(Menu::pools(asks.collect())));
    }

    /// A key in a plan that covers the stage.
    fn first_key(&mut self, stage: &StageRef) {
        let inventory = self.decided_on();
        let covers = |plan: &&Plan| plan.stages.contains(stage);
        if let Some(plan) = inventory.plans().iter().find(covers) {
            self.overlay = Some(Overlay::Form(KeyForm::create(&inventory, plan.id.clone())));
        }
    }

    /// Calls the API with the only key there is, where its answer is seen; of several one is chosen there.
    fn first_call(&mut self) {
        let is_only = self.known().is_some_and(|inventory| inventory.rows().len() == 1);
        let words = format!("choose a key here: {} calls the API with it", self.key_of(Action::Call));
        self.point_to_keys(&words);
        if is_only {
            self.message = None;
            self.perform(Action::Call);
        }
    }

    fn require_key(&mut self) {
        let selected = self.methods().get(self.methods_pane.selected()).cloned();
        let (Some(method), Some(stage)) = (selected, self.stage()) else { return };
        let change = ApiChange::RequireKeys {
            api: stage.api.clone(),
            methods: vec![(method.resource, method.method)],
            required: !method.needs_key,
        };
        self.confirm(Change::from(change));
    }

    /// How often the selected method may be called: in the only plan that covers the stage, or in one of several.
    fn throttle_method(&mut self) {
        let selected = self.methods().get(self.methods_pane.selected()).map(|one| one.method.clone());
        let (Some(method), Some(stage)) = (selected, self.stage().cloned()) else { return };
        let inventory = self.decided_on();
        let covers = |plan: &&Plan| plan.stages.contains(&stage);
        let plans: Vec<_> = inventory.plans().iter().filter(covers).collect();
        self.overlay = Some(match &plans[..] {
            [] => return self.say(Tone::Bad, format!("no usage plan covers {stage}: link one first")),
            [plan] => Overlay::Ask(Ask::throttle_method(plan, stage, method)),
            plans => Overlay::Menu(Menu::throttles(plans, &stage, &method)),
        });
    }

    fn deploy(&mut self) {
        match self.stage().cloned() {
            Some(stage) => self.confirm(Change::from(ApiChange::Deploy(stage))),
            None => self.say(Tone::Bad, "there is no API yet"),
        }
    }

    /// The stages that a new plan would cover: the one that is set up or, before one is, those of the plan at hand.
    fn likely_stages(&self) -> Vec<StageRef> {
        let set_up = self.stage().map(|stage| vec![stage.clone()]);
        let at_hand = || Some(self.known()?.plan(&self.likely_plan()?)?.stages.clone());
        set_up.or_else(at_hand).unwrap_or_default()
    }

    /// Why the plan cannot be edited, before anything is typed.
    fn refusal_of_edit(&self, plan: &PlanId) -> Option<Refusal> {
        managed_plan(plan, self.known()?).err()
    }

    /// Usage plans made, edited, adopted and deleted, from the pane that lists them.
    pub(super) fn perform_on_plan(&mut self, action: PlanAction) {
        let chosen = self.chosen_plan().cloned().ok_or("no usage plan is chosen: choose one in pane 1");
        let done = match action {
            PlanAction::NewPlan if self.known().is_none() => Err("nothing was read yet"),
            PlanAction::NewPlan => {
                self.overlay = Some(Overlay::Ask(Ask::new_plan(&self.likely_stages())));
                Ok(())
            }
            PlanAction::EditPlan => chosen.map(|plan| match self.refusal_of_edit(&plan.id) {
                Some(refusal) => self.fail(&refusal.into()),
                None => self.overlay = Some(Overlay::Ask(Ask::edit_plan(&plan))),
            }),
            PlanAction::DeletePlan => chosen.map(|plan| self.confirm(PlanChange::Delete(plan.id).into())),
            PlanAction::AdoptPlan => {
                chosen.map(|plan| self.confirm(PlanChange::Adopt { plan: plan.id, entry: None }.into()))
            }
            PlanAction::ReleasePlan => chosen.map(|plan| self.confirm(PlanChange::Release(plan.id).into())),
        };
        if let Err(why) = done {
            self.say(Tone::Bad, why);
        }
    }
}
