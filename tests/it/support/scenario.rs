//! Runs the console on a local AWS.
//!
//! After each key, effects run against the local AWS and their reports are delivered until the console is idle. So no
//! test sleeps, and every screen is final.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_apigateway::types::{IntegrationType, Op, PatchOperation};
use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::{ClockAndRandom, CredentialSource, Retries, TableNames, Target, WithoutTables};
use keypool::tui::{self, Effect, Event, Options, Runner};
use keypool_domain::testing::start_time;
use keypool_local_aws::{Clock, Fault, LocalAws, World};
use ratatui::buffer::Buffer;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::console::{Console, PLANS_AND_KEYS_BY_TENANT, key_events, options};
use super::large_account::{SCAN_LIMIT, create_large_account};
use crate::wire::support::sdk_clients;

pub(crate) struct Scenario {
    console: Console,
    runner: Runner,
    reports: UnboundedReceiver<Event>,
    local: LocalAws,
    runtime: Runtime,
}

pub(crate) struct ScenarioBuilder {
    world: World,
    width: u16,
    height: u16,
    options: Options,
    faults: Vec<Fault>,
    apis: Vec<(&'static str, &'static [&'static str])>,
    without_tables: WithoutTables,
    /// Whether the account has more tenant keys than the console reads unasked.
    is_large: bool,
}

impl Scenario {
    pub(crate) fn builder(world: World) -> ScenarioBuilder {
        ScenarioBuilder {
            world,
            width: 80,
            height: 24,
            options: options(),
            faults: Vec::new(),
            apis: Vec::new(),
            without_tables: WithoutTables::default(),
            is_large: false,
        }
    }

    /// An account with more tenant keys than the console reads unasked.
    pub(crate) fn of_large_account() -> ScenarioBuilder {
        ScenarioBuilder { is_large: true, ..Self::builder(World::Empty) }
    }

    /// Presses keys in the notation of [`Console::press`], and runs until idle after each.
    pub(crate) fn press(&mut self, pressed: &str) -> &mut Self {
        for key in key_events(pressed) {
            self.console.send_input(key);
            self.run_until_idle();
        }
        self
    }

    /// A copy of the console with no pending effects.
    pub(crate) fn idle_console(&self) -> Console {
        let mut console = self.console.clone();
        console.effects.clear();
        console
    }

    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        self.console.type_text(text);
        self.run_until_idle()
    }

    /// Advances the clocks of the console and of the local AWS.
    pub(crate) fn wait(&mut self, seconds: u32) -> &mut Self {
        self.local.clock().advance(Duration::from_secs(seconds.into()));
        self.console.wait(seconds.into());
        self.run_until_idle()
    }

    /// Sets the remaining quota of an API key.
    pub(crate) fn set_remaining_quota(&mut self, plan: &str, api_key: &str, calls: u32) -> &mut Self {
        let (gateway, _) = sdk_clients(&self.local.endpoint());
        let remaining = PatchOperation::builder().op(Op::Replace).path("/remaining").value(calls.to_string());
        let update = gateway.update_usage().usage_plan_id(plan).key_id(api_key);
        let updated = self.runtime.block_on(update.patch_operations(remaining.build()).send());
        updated.expect("a remaining quota");
        self
    }

    /// Attaches an API key to one more plan and sets a customer id and a tag, as another program would.
    pub(crate) fn attach_to_extra_plan(&mut self, api_key: &str) -> &mut Self {
        let (gateway, _) = sdk_clients(&self.local.endpoint());
        let customer = PatchOperation::builder().op(Op::Replace).path("/customerId").value("cust-1").build();
        let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{api_key}");
        self.runtime.block_on(async {
            let plan = gateway.create_usage_plan().name("Extra").send().await.expect("a plan");
            let attach = gateway.create_usage_plan_key().usage_plan_id(plan.id().expect("its id"));
            attach.key_id(api_key).key_type("API_KEY").send().await.expect("an attachment");
            let update = gateway.update_api_key().api_key(api_key).patch_operations(customer);
            update.send().await.expect("a customer");
            gateway.tag_resource().resource_arn(arn).tags("team", "blue").send().await.expect("a tag");
        });
        self
    }

    /// The number of plans, the customer id and the tag `team` of the API key with this name.
    pub(crate) fn describe_api_key(&self, name: &str) -> (usize, Option<String>, Option<String>) {
        let (gateway, _) = sdk_clients(&self.local.endpoint());
        self.runtime.block_on(async {
            let mut keys = gateway.get_api_keys().name_query(name).send().await.expect("API keys");
            let key = keys.items.take().unwrap_or_default().pop().expect("the API key");
            let plans =
                gateway.get_usage_plans().key_id(key.id().expect("its id")).send().await.expect("plans");
            let team = key.tags.and_then(|tags| tags.get("team").cloned());
            (plans.items().len(), key.customer_id, team)
        })
    }

    /// Deletes the item with this name, as another program would.
    pub(crate) fn delete_item(&mut self, table: &str, name: &str) -> &mut Self {
        let (_, dynamodb) = sdk_clients(&self.local.endpoint());
        self.runtime.block_on(async {
            let items = dynamodb.scan().table_name(table).send().await.expect("the items").items;
            let has_name = |value: Option<&AttributeValue>| {
                value.is_some_and(|value| value.as_s().is_ok_and(|text| text == name))
            };
            let item = items.unwrap_or_default().into_iter().find(|item| has_name(item.get("name")));
            let id = item.and_then(|mut item| item.remove("id")).expect("an item with this name");
            dynamodb.delete_item().table_name(table).key("id", id).send().await.expect("a deletion");
        });
        self
    }

    /// Writes the items of tenant keys as another program would; a plan is given by its name.
    pub(crate) fn put_tenant_keys(&mut self, plan: &str, tenants: &[String]) -> &mut Self {
        let (_, dynamodb) = sdk_clients(&self.local.endpoint());
        self.runtime.block_on(async {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            let plans = dynamodb.scan().table_name("keypool-plans").send().await.expect("the plans").items;
            let is_named = |item: &&HashMap<String, AttributeValue>| item.get("name") == Some(&text(plan));
            let plan = plans.unwrap_or_default().iter().find(is_named).expect("the plan")["id"].clone();
            for tenant in tenants {
                let put = dynamodb.put_item().table_name("keypool-keys").item("planId", plan.clone());
                let put = put.item("id", text(&format!("id-of-{tenant}"))).item("owner", text(tenant));
                let put = put.item("name", text("theirs")).item("enabled", AttributeValue::Bool(true));
                put.send().await.expect("an item");
            }
        });
        self
    }

    pub(crate) fn inject_fault(&mut self, fault: Fault) -> &mut Self {
        self.local.faults().script(fault);
        self
    }

    pub(crate) fn clear_faults(&mut self) -> &mut Self {
        self.local.faults().clear();
        self
    }

    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) -> &mut Self {
        self.console.shows(words);
        self
    }

    #[track_caller]
    pub(crate) fn lacks(&mut self, words: &str) -> &mut Self {
        self.console.lacks(words);
        self
    }

    /// The screen, with the port of the local AWS masked.
    pub(crate) fn screen(&self) -> String {
        let endpoint = self.local.endpoint();
        let port = endpoint.rsplit(':').next().expect("a port");
        self.console.screen().replace(port, &"_".repeat(port.len()))
    }

    /// The rendered screen, with the port of the local AWS masked.
    pub(crate) fn masked_buffer(&self) -> Buffer {
        let endpoint = self.local.endpoint();
        self.console.masked_buffer(endpoint.rsplit(':').next().expect("a port"))
    }

    /// The number of calls of an operation since the start.
    pub(crate) fn count_calls(&self, operation: &str) -> usize {
        self.local.calls().count(operation)
    }

    /// The effects since the start.
    pub(crate) fn effects(&self) -> &[Effect] {
        &self.console.effects
    }

    /// The number of effects since the start that match.
    pub(crate) fn count_effects(&self, matches: impl Fn(&Effect) -> bool) -> usize {
        self.console.effects.iter().filter(|effect| matches(effect)).count()
    }

    fn run_until_idle(&mut self) -> &mut Self {
        let mut started = 0;
        loop {
            let effects: Vec<Effect> = self.console.take_new_effects().to_vec();
            for effect in effects {
                let _guard = self.runtime.enter();
                self.runner.start(effect);
                started += 1;
            }
            assert!(started < 1_000, "the console does not become idle");
            self.runtime.block_on(async { while self.runner.join_next().await.is_some() {} });
            let reports: Vec<Event> = std::iter::from_fn(|| self.reports.try_recv().ok()).collect();
            if reports.is_empty() {
                return self;
            }
            for report in reports {
                self.console.send_event(report);
            }
        }
    }
}

impl ScenarioBuilder {
    pub(crate) fn size(self, width: u16, height: u16) -> Self {
        Self { width, height, ..self }
    }

    pub(crate) fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// The settings of an account without tables.
    pub(crate) fn with_tenants(self, without_tables: WithoutTables) -> Self {
        Self { without_tables, ..self }
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Adds a REST API, deployed to these stages.
    pub(crate) fn with_api(mut self, name: &'static str, stages: &'static [&'static str]) -> Self {
        self.apis.push((name, stages));
        self
    }

    /// As [`Self::open`], then on the plans, with the keys sorted by tenant.
    pub(crate) fn start(self) -> Scenario {
        let mut scenario = self.open();
        scenario.press(PLANS_AND_KEYS_BY_TENANT);
        scenario
    }

    /// Starts the local AWS and the console, and runs until the account is loaded.
    pub(crate) fn open(self) -> Scenario {
        let runtime = Runtime::new().expect("a runtime");
        let clock = Clock::fixed(start_time());
        let options = keypool_local_aws::Options { world: self.world, clock, ..Default::default() };
        let local = runtime.block_on(LocalAws::start(options)).expect("a local AWS");
        self.faults.into_iter().for_each(|fault| local.faults().script(fault));
        for (name, stages) in self.apis {
            runtime.block_on(create_api(&local.endpoint(), name, stages));
        }
        let mut target = Target { without_tables: self.without_tables, ..target(local.endpoint()) };
        if self.is_large {
            runtime.block_on(create_large_account(&local.endpoint()));
            target.scan_limit = Some(SCAN_LIMIT);
            local.calls().clear();
        }
        let clock = local.clock().clone();
        let sources = ClockAndRandom::fixed(move || clock.now(), 7);
        let (runner, reports) = Runner::new(target, Some(sources));
        let console = Console::new(self.width, self.height, self.options);
        let mut scenario = Scenario { console, runner, reports, local, runtime };
        scenario.run_until_idle();
        scenario
    }
}

/// Creates a REST API with a mock integration for `GET /`.
async fn create_api(endpoint: &str, name: &str, stages: &[&str]) {
    let (gateway, _) = sdk_clients(endpoint);
    let api = gateway.create_rest_api().name(name).send().await.expect("an API").id.expect("its id");
    let resources = gateway.get_resources().rest_api_id(&api).send().await.expect("its resources");
    let root = resources.items()[0].id().expect("the root").to_owned();
    let method = gateway.put_method().rest_api_id(&api).resource_id(&root).http_method("GET");
    method.authorization_type("NONE").send().await.expect("a method");
    let mock = gateway.put_integration().rest_api_id(&api).resource_id(&root).http_method("GET");
    mock.r#type(IntegrationType::Mock).send().await.expect("an integration");
    for stage in stages {
        let deployment = gateway.create_deployment().rest_api_id(&api).stage_name(*stage);
        deployment.send().await.expect("a deployment");
    }
}

/// The connection target for a local AWS.
pub(crate) fn target(endpoint: String) -> Target {
    Target {
        profile: None,
        region: Some("us-east-1".to_owned()),
        region_origin: None,
        endpoint_url: Some(endpoint),
        endpoint_origin: None,
        variables_override_endpoint: false,
        ca_bundle: None,
        ca_bundle_origin: None,
        credentials: CredentialSource::Demo,
        credential_process: None,
        tables: TableNames::default(),
        without_tables: WithoutTables::default(),
        scan_limit: None,
        max_key_age_days: None,
        store_values: true,
        pools: None,
        call_hosts: std::collections::BTreeMap::new(),
        stage_urls: std::collections::BTreeMap::new(),
        state_folder: None,
        cache: false,
        retries: Retries::Off,
    }
}

pub(crate) fn is_quit(effect: &Effect) -> bool {
    *effect == tui::Effect::Quit
}
