//! The views of the setup: its steps, and the API's methods. Also actions on usage plans.

use std::sync::Arc;

use keypool_domain::change::require_managed_plan;
use keypool_domain::setup::{ApiMethod, ChecklistItem, Form, ReadResult, TaskAction};
use keypool_domain::{ApiChange, Change, Inventory, Plan, PlanChange, PlanId, Refusal, StageRef};

use crate::aws::Failure;
use crate::ops::{Query, SetupReport, SetupTarget, StageChoices};
use crate::tui::action::{Action, PlanAction, SetupAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::overlays::{KeyForm, Menu, Overlay, PromptForm};
use crate::tui::snapshot::Snapshot;
use crate::tui::store::TaskKind;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;
use super::operations::pool_form;

impl App {
    /// The steps of the last check.
    pub(crate) fn steps(&self) -> &[ChecklistItem] {
        self.setup.value().map_or(&[], |setup| &setup.checklist.0)
    }

    /// The methods of the API that is set up.
    pub(crate) fn methods(&self) -> &[ApiMethod] {
        self.setup.value().and_then(|setup| setup.state.methods.as_deref().ok()).unwrap_or_default()
    }

    pub(crate) fn stage(&self) -> Option<&StageRef> {
        self.setup.value()?.state.stage.as_ref()
    }

    /// The last inventory, or an empty one if none was read.
    pub(crate) fn inventory_or_empty(&self) -> Arc<Inventory> {
        self.inventory().cloned().unwrap_or_else(|| Arc::new(Inventory::empty(self.now)))
    }

    pub(super) fn open_setup(&mut self) {
        if self.context.value().is_none() {
            return self.show_message(Tone::Error, "not connected yet");
        }
        self.view = View::Setup;
        self.keys.is_typing_filter = false;
        self.read_setup();
    }

    /// Changes the API and stage to set up.
    pub(super) fn choose_setup_stage(&mut self, target: SetupTarget) {
        self.setup_choice = target;
        self.read_setup();
    }

    pub(super) fn read_setup(&mut self) {
        if self.is_reading_setup() {
            return;
        }
        // Reading the setup includes the inventory.
        self.cancel_refresh();
        self.setup.start();
        self.load(Query::Setup(self.setup_choice.clone()));
    }

    fn is_reading_setup(&self) -> bool {
        self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Setup(_)))).is_some()
    }

    pub(super) fn handle_setup(&mut self, setup: Arc<SetupReport>, snapshot: Option<Snapshot>) {
        self.last_refresh_at = Some(self.now);
        match snapshot {
            Some(snapshot) => {
                let at = snapshot.inventory.taken_at();
                if let Some(previous) = self.snapshot.value().cloned() {
                    self.emit(Effect::DropSnapshot(previous));
                }
                self.snapshot.finish(Ok(snapshot), at);
                self.resume_pending();
            }
            None => {
                let failure = Failure::Tables("the Plans and Keys tables do not exist".to_owned());
                self.snapshot.finish(Err(failure), self.now);
            }
        }
        self.setup.finish(Ok(setup), self.now);
    }

    /// Shows the failure, or a menu if several APIs or stages match.
    pub(super) fn handle_setup_failure(&mut self, failure: &Failure) {
        self.setup.finish(Err(failure.clone()), self.now);
        self.snapshot.stop();
        self.cancel_requested_undo();
        if matches!(failure, Failure::Ambiguous { .. }) {
            self.choose_stage(self.setup_choice.api.clone());
        } else if *failure != Failure::Cancelled {
            self.show_failure(failure);
        }
    }

    /// Reads the APIs to choose from, or the stages of this API.
    pub(super) fn choose_stage(&mut self, api: Option<String>) {
        self.load(Query::StageChoices(api));
    }

    /// Opens a menu of the choices, or takes the only one.
    pub(super) fn show_stage_menu(&mut self, choices: StageChoices) {
        if self.view != View::Setup || self.overlay.is_some() {
            return;
        }
        let current = self.stage();
        let menu = match choices {
            StageChoices::Apis(apis) if apis.is_empty() => {
                return self.show_message(Tone::Error, "no REST API in this account and region");
            }
            StageChoices::Apis(apis) => Menu::for_apis(&apis, current),
            StageChoices::Stages(api, stages) if stages.len() > 1 => Menu::for_stages(&api, &stages, current),
            StageChoices::Stages(api, stages) => {
                if let Some(current) = current.filter(|current| current.api == api.id) {
                    return self.show_message(Tone::Info, format!("{current} is the only API and stage"));
                }
                let stage = stages.into_iter().next();
                return self.choose_setup_stage(SetupTarget { api: Some(api.id), stage });
            }
        };
        self.overlay = Some(Overlay::Menu(menu));
    }

    /// Performs an action of the list of steps; returns false for all others.
    pub(super) fn perform_in_setup(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_view() {
            match action {
                ViewAction::Refresh => self.read_setup(),
                ViewAction::Back | ViewAction::Close => self.leave_setup(),
            }
            return true;
        }
        let Some(action) = action.as_setup() else { return false };
        match action {
            SetupAction::Setup => self.read_setup(),
            SetupAction::DoStep => self.do_step(),
            SetupAction::Methods => self.view = View::Methods,
            SetupAction::Deploy => self.deploy(),
            SetupAction::ChooseStage => self.choose_stage(None),
            // These need a selected method.
            SetupAction::RequireKey | SetupAction::ThrottleMethod => return false,
        }
        true
    }

    /// Performs an action of the list of methods; returns false for all others.
    pub(super) fn perform_in_methods(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_view() {
            match action {
                ViewAction::Refresh => self.read_setup(),
                ViewAction::Back | ViewAction::Close if self.stop_change() => {}
                ViewAction::Back | ViewAction::Close => self.view = View::Setup,
            }
            return true;
        }
        let Some(action) = action.as_setup() else { return false };
        match action {
            SetupAction::Methods => self.read_setup(),
            SetupAction::RequireKey => self.require_key(),
            SetupAction::ThrottleMethod => self.throttle_method(),
            SetupAction::Deploy => self.deploy(),
            SetupAction::Setup => self.view = View::Setup,
            // These belong to the list of steps.
            SetupAction::DoStep | SetupAction::ChooseStage => return false,
        }
        true
    }

    pub(super) fn move_in_setup(&mut self, motion: Motion) {
        let steps = self.steps().len();
        self.setup_pane.move_cursor(motion, steps);
    }

    pub(super) fn move_in_methods(&mut self, motion: Motion) {
        let methods = self.methods().len();
        self.methods_pane.move_cursor(motion, methods);
    }

    /// Does the first that applies: stops the running change, stops the running check, leaves the view.
    fn leave_setup(&mut self) {
        if self.stop_change() {
        } else if self.is_reading_setup() {
            self.stop_reading();
        } else {
            self.view = View::Home;
        }
    }

    fn do_step(&mut self) {
        let Some(item) = self.steps().get(self.setup_pane.selected()).cloned() else { return };
        match item.action {
            Some(TaskAction::Apply(change)) => self.confirm(*change),
            Some(TaskAction::Prompt(form)) => self.open_step_form(form),
            None => self.show_message(Tone::Info, format!("{}: {}", item.task.title(), item.summary)),
        }
    }

    /// The account's CloudWatch role for API Gateway logs, if it could be read.
    fn log_role(&self) -> ReadResult<Option<String>> {
        let not_read = || Err("the account was not read".to_owned());
        self.setup.value().map_or_else(not_read, |setup| setup.state.log_role.clone())
    }

    fn open_step_form(&mut self, form: Form) {
        let Some(stage) = self.stage().cloned() else { return };
        let prompt = match form {
            Form::Plan => PromptForm::new_plan(&[stage]),
            Form::Link => PromptForm::link_plan(stage, &self.inventory_or_empty()),
            Form::LogRole => PromptForm::log_role(self.log_role()),
            Form::AccessLog => PromptForm::access_log(stage),
            Form::Methods => return self.view = View::Methods,
            Form::Pool => return self.add_first_pool(&stage),
            Form::Key => return self.add_first_key(&stage),
            Form::Call => return self.make_first_call(),
        };
        self.overlay = Some(Overlay::Prompt(prompt));
    }

    /// Opens the form of a pool for the plan that covers the stage, or a menu if several plans do.
    fn add_first_pool(&mut self, stage: &StageRef) {
        let inventory = self.inventory_or_empty();
        let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
        let plans: Vec<_> = covering.map(|plan| plan.id.clone()).collect();
        if let [plan] = &plans[..] {
            return self.create_pool(plan.clone(), &inventory);
        }
        let forms = plans.into_iter().map(|plan| {
            let name = inventory.plan_name(&plan).to_owned();
            (name, pool_form(plan, &[], &inventory))
        });
        self.overlay = Some(Overlay::Menu(Menu::for_new_pool(forms.collect())));
    }

    /// Opens the form of a key in the first plan that covers the stage.
    fn add_first_key(&mut self, stage: &StageRef) {
        let inventory = self.inventory_or_empty();
        let covers = |plan: &&Plan| plan.stages.contains(stage);
        if let Some(plan) = inventory.plans().iter().find(covers) {
            self.overlay = Some(Overlay::KeyForm(KeyForm::for_new_key(&inventory, plan.id.clone())));
        }
    }

    /// Goes to the keys pane, and calls the API if there is only one key.
    fn make_first_call(&mut self) {
        let has_one_key = self.inventory().is_some_and(|inventory| inventory.tenant_keys().len() == 1);
        let hint =
            format!("select a key, then press {} to call the API with it", self.key_label(Action::Call));
        self.focus_keys_pane(&hint);
        if has_one_key {
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

    /// Opens the form to throttle the selected method in the plan that covers the stage, or a menu if several do.
    fn throttle_method(&mut self) {
        let selected = self.methods().get(self.methods_pane.selected()).map(|method| method.method.clone());
        let (Some(method), Some(stage)) = (selected, self.stage().cloned()) else { return };
        let inventory = self.inventory_or_empty();
        let covers = |plan: &&Plan| plan.stages.contains(&stage);
        let plans: Vec<_> = inventory.plans().iter().filter(covers).collect();
        self.overlay = Some(match &plans[..] {
            [] => {
                return self
                    .show_message(Tone::Error, format!("no usage plan covers {stage}: link a plan first"));
            }
            [plan] => Overlay::Prompt(PromptForm::throttle_method(plan, stage, method)),
            plans => Overlay::Menu(Menu::for_method_throttle(plans, &stage, &method)),
        });
    }

    fn deploy(&mut self) {
        match self.stage().cloned() {
            Some(stage) => self.confirm(Change::from(ApiChange::Deploy(stage))),
            None => self.show_message(Tone::Error, "no API yet: create one first"),
        }
    }

    /// The stages that a new plan covers by default: the stage being set up, or else those of the default plan.
    fn default_stages(&self) -> Vec<StageRef> {
        let setup_stage = self.stage().map(|stage| vec![stage.clone()]);
        let plan_stages = || Some(self.inventory()?.plan(&self.default_plan()?)?.stages.clone());
        setup_stage.or_else(plan_stages).unwrap_or_default()
    }

    /// Why the plan cannot be edited, if it cannot.
    fn edit_refusal(&self, plan: &PlanId) -> Option<Refusal> {
        require_managed_plan(plan, self.inventory()?).err()
    }

    pub(super) fn perform_on_plan(&mut self, action: PlanAction) {
        let selected = self.selected_plan().cloned().ok_or("no usage plan is selected: select one in pane 1");
        let result = match action {
            PlanAction::NewPlan if self.inventory().is_none() => Err("the account is not loaded yet"),
            PlanAction::NewPlan => {
                self.overlay = Some(Overlay::Prompt(PromptForm::new_plan(&self.default_stages())));
                Ok(())
            }
            PlanAction::EditPlan => selected.map(|plan| match self.edit_refusal(&plan.id) {
                Some(refusal) => self.show_failure(&refusal.into()),
                None => self.overlay = Some(Overlay::Prompt(PromptForm::edit_plan(&plan))),
            }),
            PlanAction::DeletePlan => selected.map(|plan| self.confirm(PlanChange::Delete(plan.id).into())),
            PlanAction::AdoptPlan => {
                selected.map(|plan| self.confirm(PlanChange::Adopt { plan: plan.id, entry: None }.into()))
            }
            PlanAction::ReleasePlan => selected.map(|plan| self.confirm(PlanChange::Release(plan.id).into())),
        };
        if let Err(why) = result {
            self.show_message(Tone::Error, why);
        }
    }
}
