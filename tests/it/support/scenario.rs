//! A console on a local AWS: keys in, screen out, and nothing left to run in between.
//!
//! Each key is followed by everything it sets going: effects run against the local AWS, their reports are delivered,
//! and what those ask for runs too, until nothing is left. So no test waits, and no screen is half done.

use std::time::Duration;

use aws_sdk_apigateway::types::{IntegrationType, Op, PatchOperation};
use keypool::aws::{Credentials, Retries, Sources, TableNames, Target};
use keypool::tui::{self, Effect, Event, Options, Runner};
use keypool_local_aws::{Clock, Fault, LocalAws, World};
use ratatui::buffer::Buffer;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::console::{Console, keys, options};
use super::world;
use crate::wire::support::clients;

/// A console that is running on a world.
pub(crate) struct Scenario {
    console: Console,
    runner: Runner,
    reports: UnboundedReceiver<Event>,
    local: LocalAws,
    runtime: Runtime,
}

/// How a scenario begins.
pub(crate) struct Beginning {
    world: World,
    width: u16,
    height: u16,
    options: Options,
    faults: Vec<Fault>,
    apis: Vec<(&'static str, &'static [&'static str])>,
}

impl Scenario {
    pub(crate) fn in_world(world: World) -> Beginning {
        Beginning { world, width: 80, height: 24, options: options(), faults: Vec::new(), apis: Vec::new() }
    }

    /// Presses keys as [`Console::press`] reads them, and lets each run to its end.
    pub(crate) fn press(&mut self, pressed: &str) -> &mut Self {
        for key in keys(pressed) {
            self.console.input(key);
            self.run();
        }
        self
    }

    /// The console as it is now, of which nothing runs any more.
    pub(crate) fn still(&self) -> Console {
        let mut console = self.console.clone();
        console.asked.clear();
        console
    }

    pub(crate) fn type_in(&mut self, text: &str) -> &mut Self {
        self.console.type_in(text);
        self.run()
    }

    /// Lets time pass, for the console and for its AWS.
    pub(crate) fn wait(&mut self, seconds: u32) -> &mut Self {
        self.local.clock().advance(Duration::from_secs(seconds.into()));
        self.console.wait(seconds.into());
        self.run()
    }

    /// Leaves an API key this many calls of its quota.
    pub(crate) fn leaves(&mut self, plan: &str, api_key: &str, calls: u32) -> &mut Self {
        let (gateway, _) = clients(&self.local.endpoint());
        let remaining = PatchOperation::builder().op(Op::Replace).path("/remaining").value(calls.to_string());
        let update = gateway.update_usage().usage_plan_id(plan).key_id(api_key);
        let updated = self.runtime.block_on(update.patch_operations(remaining.build()).send());
        updated.expect("another rest of the quota");
        self
    }

    /// Takes an API key into one more plan, with a customer and a tag of its owner's, as another program does.
    pub(crate) fn enters_another_plan(&mut self, api_key: &str) -> &mut Self {
        let (gateway, _) = clients(&self.local.endpoint());
        let customer = PatchOperation::builder().op(Op::Replace).path("/customerId").value("cust-1").build();
        let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{api_key}");
        self.runtime.block_on(async {
            let plan = gateway.create_usage_plan().name("Extra").send().await.expect("a plan");
            let attach = gateway.create_usage_plan_key().usage_plan_id(plan.id().expect("its id"));
            attach.key_id(api_key).key_type("API_KEY").send().await.expect("it is attached");
            let update = gateway.update_api_key().api_key(api_key).patch_operations(customer);
            update.send().await.expect("a customer");
            gateway.tag_resource().resource_arn(arn).tags("team", "blue").send().await.expect("a tag");
        });
        self
    }

    /// Of the API key with this name: how many plans it is in, its customer, and its tag `team`.
    pub(crate) fn api_key_named(&self, name: &str) -> (usize, Option<String>, Option<String>) {
        let (gateway, _) = clients(&self.local.endpoint());
        self.runtime.block_on(async {
            let mut listed = gateway.get_api_keys().name_query(name).send().await.expect("API keys");
            let key = listed.items.take().unwrap_or_default().pop().expect("the API key");
            let plans =
                gateway.get_usage_plans().key_id(key.id().expect("its id")).send().await.expect("plans");
            let team = key.tags.and_then(|tags| tags.get("team").cloned());
            (plans.items().len(), key.customer_id, team)
        })
    }

    pub(crate) fn meets(&mut self, fault: Fault) -> &mut Self {
        self.local.faults().script(fault);
        self
    }

    pub(crate) fn without_faults(&mut self) -> &mut Self {
        self.local.faults().clear();
        self
    }

    #[track_caller]
    pub(crate) fn sees(&mut self, words: &str) -> &mut Self {
        self.console.sees(words);
        self
    }

    #[track_caller]
    pub(crate) fn misses(&mut self, words: &str) -> &mut Self {
        self.console.misses(words);
        self
    }

    /// The screen, with the port that the system chose left open.
    pub(crate) fn screen(&self) -> String {
        let port = self.local.endpoint();
        let port = port.rsplit(':').next().expect("a port");
        self.console.screen().replace(port, &"_".repeat(port.len()))
    }

    /// The drawn screen, with the port that the system chose left open.
    pub(crate) fn picture(&self) -> Buffer {
        let endpoint = self.local.endpoint();
        self.console.picture(endpoint.rsplit(':').next().expect("a port"))
    }

    /// What it was asked to put on the clipboard or to end, since it began.
    pub(crate) fn asked(&self, what: impl Fn(&Effect) -> bool) -> usize {
        self.console.asked.iter().filter(|effect| what(effect)).count()
    }

    fn run(&mut self) -> &mut Self {
        let mut begun = 0;
        loop {
            let asked: Vec<Effect> = self.console.unstarted().to_vec();
            for effect in asked {
                let _inside = self.runtime.enter();
                self.runner.start(effect);
                begun += 1;
            }
            assert!(begun < 1_000, "it asks for more and more");
            self.runtime.block_on(async { while self.runner.ended().await.is_some() {} });
            let reports: Vec<Event> = std::iter::from_fn(|| self.reports.try_recv().ok()).collect();
            if reports.is_empty() {
                return self;
            }
            for report in reports {
                self.console.event(report);
            }
        }
    }
}

impl Beginning {
    pub(crate) fn size(self, width: u16, height: u16) -> Self {
        Self { width, height, ..self }
    }

    pub(crate) fn with(self, options: Options) -> Self {
        Self { options, ..self }
    }

    pub(crate) fn meeting(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// With one more REST API, deployed to these stages.
    pub(crate) fn with_api(mut self, name: &'static str, stages: &'static [&'static str]) -> Self {
        self.apis.push((name, stages));
        self
    }

    /// Starts both, and lets the console read the account.
    pub(crate) fn open(self) -> Scenario {
        let runtime = Runtime::new().expect("a runtime");
        let clock = Clock::standing(world::start());
        let start = keypool_local_aws::Options { world: self.world, clock, ..Default::default() };
        let local = runtime.block_on(LocalAws::start(start)).expect("a local AWS");
        self.faults.into_iter().for_each(|fault| local.faults().script(fault));
        for (name, stages) in self.apis {
            runtime.block_on(make_api(&local.endpoint(), name, stages));
        }
        let clock = local.clock().clone();
        let sources = Sources::fixed(move || clock.now(), 7);
        let (runner, reports) = Runner::new(target(local.endpoint()), Some(sources));
        let console = Console::new(self.width, self.height, self.options);
        let mut scenario = Scenario { console, runner, reports, local, runtime };
        scenario.run();
        scenario
    }
}

/// A REST API whose root answers GET from a mock.
async fn make_api(endpoint: &str, name: &str, stages: &[&str]) {
    let (gateway, _) = clients(endpoint);
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

/// The console's way to a local AWS.
pub(crate) fn target(endpoint: String) -> Target {
    Target {
        profile: None,
        region: Some("us-east-1".to_owned()),
        region_origin: None,
        endpoint_url: Some(endpoint),
        endpoint_origin: None,
        endpoint_after_variables: false,
        ca_bundle: None,
        ca_bundle_origin: None,
        credentials: Credentials::Demo,
        process: None,
        tables: TableNames::default(),
        store_values: true,
        pools: None,
        hosts: std::collections::BTreeMap::new(),
        state_folder: None,
        retries: Retries::Off,
    }
}

/// Whether an effect ends the console.
pub(crate) fn quits(effect: &Effect) -> bool {
    *effect == tui::Effect::Quit
}
