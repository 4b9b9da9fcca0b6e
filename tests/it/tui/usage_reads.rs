//! Which plan's usage is read when, what is shown until then, and how often each is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use keypool::aws::{Failure, Pace};
use keypool::tui::{Effect, Event, Query, QueryResult, Snapshot, TaskId, TaskReport};
use keypool_domain::testing::{InventoryBuilder, start_time};
use keypool_domain::usage::{DayUse, PlanUsage, Usage};
use keypool_domain::{ApiKeyId, Inventory, PlanId};
use keypool_local_aws::World;

use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;

const PLANS: usize = 40;
/// The plan with a key that has nearly used up its quota.
const NEAR_LIMIT: &str = "Plan37";

fn plan_name(number: usize) -> String {
    format!("Plan{number:02}")
}

fn inventory() -> Arc<Inventory> {
    let builder = (0..PLANS).fold(InventoryBuilder::empty(), |builder, n| builder.plan(&plan_name(n), 100));
    builder.siloed_key(NEAR_LIMIT, "nearlimit0", "acme", "web").build()
}

/// A console that reads usage, and the answers of AWS.
struct Reads {
    console: Console,
    inventory: Arc<Inventory>,
    answered: BTreeSet<TaskId>,
    usage: Option<Usage>,
    /// The calls that each read takes.
    calls: u32,
}

impl Reads {
    fn start(console: Console) -> Self {
        let mut reads =
            Self { console, inventory: inventory(), answered: BTreeSet::new(), usage: None, calls: 1 };
        reads.console.press("1");
        reads.finish_inventory();
        reads
    }

    fn at_aws() -> Self {
        let mut console = Console::new(120, 24, options());
        console.finish_connecting_to("https://apigateway.example.com");
        Self::start(console)
    }

    fn on_loopback() -> Self {
        let mut console = Console::new(120, 24, options());
        console.finish_connecting();
        Self::start(console)
    }

    fn finish_inventory(&mut self) -> &mut Self {
        self.inventory = inventory();
        let mut snapshot = Snapshot::new(Arc::clone(&self.inventory));
        if let Some(usage) = &self.usage {
            snapshot = snapshot.with_usage(Arc::new(usage.clone()), start_time());
        }
        self.console.finish_task(TaskReport::Loaded(Ok(QueryResult::Inventory(snapshot))));
        self
    }

    /// The oldest query about usage that has no answer.
    fn next_query(&self) -> Option<(TaskId, Query)> {
        self.console.effects.iter().find_map(|effect| match effect {
            Effect::Load(id, query @ (Query::PlanUsage(..) | Query::UsageWithRefusals(_)), _) => {
                (!self.answered.contains(id)).then(|| (*id, query.clone()))
            }
            _ => None,
        })
    }

    fn send(&mut self, id: TaskId, result: Result<QueryResult, Failure>) {
        self.answered.insert(id);
        self.console.send_event(Event::Task(id, TaskReport::Loaded(result)));
    }

    /// Answers all queries, and returns the plans that were read, in order.
    fn answer(&mut self) -> Vec<String> {
        let mut read = Vec::new();
        while let Some((id, query)) = self.next_query() {
            let result = if let Query::PlanUsage(plan, range) = query {
                read.push(self.inventory.plan_name(&plan).to_owned());
                let usage = usage_of_plan(&plan, range);
                self.usage.get_or_insert_with(|| Usage::empty(range)).plans.insert(plan, usage);
                QueryResult::PlanUsage(self.calls)
            } else {
                let usage = Arc::new(self.usage.clone().expect("usage"));
                let snapshot = Snapshot::new(Arc::clone(&self.inventory));
                QueryResult::Usage(snapshot.with_usage(usage, start_time()))
            };
            self.send(id, Ok(result));
        }
        read
    }

    /// Lets seconds pass one by one, and returns the plans that are read in each.
    fn answer_each_second(&mut self, seconds: usize) -> Vec<Vec<String>> {
        (0..seconds)
            .map(|_| {
                self.console.wait(1);
                self.answer()
            })
            .collect()
    }
}

fn usage_of_plan(plan: &PlanId, range: keypool_domain::usage::DayRange) -> PlanUsage {
    let mut keys = BTreeMap::new();
    if plan.as_str() == NEAR_LIMIT.to_lowercase() {
        let today = DayUse { day: range.to(), used: 90, remaining: Some(10) };
        keys.insert(ApiKeyId::new("nearlimit0"), vec![today]);
    }
    PlanUsage::new(plan.clone(), range, keys, start_time())
}

/// The plan whose usage the effect reads.
const fn plan_read(effect: &Effect) -> Option<&PlanId> {
    match effect {
        Effect::Load(_, Query::PlanUsage(plan, _), _) => Some(plan),
        _ => None,
    }
}

/// The plans listed on the screen, from the top.
fn listed_plans(console: &Console) -> Vec<String> {
    let screen = console.screen();
    let first_words =
        screen.lines().filter_map(|line| line.split(['│', '▌', ' ']).find(|word| !word.is_empty()));
    let is_plan =
        |word: &&str| word.strip_prefix("Plan").is_some_and(|number| number.parse::<usize>().is_ok());
    first_words.filter(is_plan).map(str::to_owned).collect()
}

#[test]
fn plans_in_view_are_read_at_once_and_the_rest_at_one_call_a_second() {
    let mut reads = Reads::at_aws();
    let mut read = reads.answer();
    let visible = listed_plans(&reads.console);
    assert!(visible.len() > 3 && visible.len() < PLANS / 2, "{visible:?}");
    // Its key is on the screen, too.
    let in_view: Vec<_> = visible.iter().cloned().chain([NEAR_LIMIT.to_owned()]).collect();
    // The first plan out of view follows at once.
    let first_of_rest = read.pop().expect("a plan");
    assert_eq!((read, &first_of_rest), (in_view.clone(), &plan_name(visible.len())));
    let known = in_view.len() + 1;
    reads.console.shows(&format!("warnings so far: {known} of 40 plans"));
    reads
        .console
        .shows(&format!("{known} of 40 plans: ▲ Plan37 nearlimit0"))
        .press("G")
        .shows("Plan39 siloed 0 0 100/day …");

    // The rows that came into view are read at once.
    let now_visible = listed_plans(&reads.console);
    let expected: Vec<_> = now_visible.iter().rev().take(1).chain(&now_visible).cloned().collect();
    let mut expected: Vec<_> = expected.into_iter().filter(|plan| plan != NEAR_LIMIT).collect();
    expected.pop();
    assert_eq!(reads.answer(), expected, "the plan under the cursor comes first");
    reads.console.shows("Plan39 siloed 0 0 100/day 0").lacks("100/day …");

    // A read that takes two calls is followed by a pause of two seconds.
    let left = PLANS - known - expected.len();
    reads.calls = 2;
    let each_second = reads.answer_each_second(5);
    let counts: Vec<_> = each_second.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 0, 1, 0, 1]);
    reads.calls = 1;
    let each_second = reads.answer_each_second(left);
    assert!(each_second.iter().all(|read| read.len() <= 1), "{each_second:?}");
    assert_eq!(each_second.concat().len(), left - 3);
    reads.console.lacks("so far").shows("▲ Plan37 nearlimit0");
    assert_eq!(reads.usage.as_ref().map(|usage| usage.plans.len()), Some(PLANS));
}

#[test]
fn nothing_is_read_again_while_it_is_fresh_except_on_request() {
    let mut reads = Reads::on_loopback();
    assert_eq!(reads.answer().into_iter().collect::<BTreeSet<_>>().len(), PLANS, "loopback has no rate");
    reads.console.lacks("so far");
    reads.console.wait(60);
    let visible: BTreeSet<_> =
        listed_plans(&reads.console).into_iter().chain([NEAR_LIMIT.to_owned()]).collect();
    reads.console.press("r");
    let refreshed = reads.finish_inventory().answer();
    assert_eq!(refreshed.len(), visible.len());
    assert_eq!(refreshed.into_iter().collect::<BTreeSet<_>>(), visible, "what is seen");
    // Five minutes after the first reads; those on request are fresh.
    reads.console.wait(245).press("r");
    let refreshed: Vec<_> = reads.finish_inventory().answer();
    assert_eq!(refreshed.iter().collect::<BTreeSet<_>>().len(), PLANS);
    assert_eq!(refreshed.len(), PLANS, "each once");
}

#[test]
fn plans_near_their_limits_go_before_the_rest() {
    let mut reads = Reads::at_aws();
    reads.answer();
    reads.answer_each_second(PLANS);
    // The filter hides the key, so that its plan is no longer in view.
    reads.console.press("/").type_text("nothing").press("<enter> 1").wait(400).press("r");
    let read = reads.finish_inventory().answer();
    let visible = listed_plans(&reads.console);
    assert!(!visible.contains(&NEAR_LIMIT.to_owned()), "{visible:?}");
    assert_eq!(read[..visible.len()], visible);
    assert_eq!(read[visible.len()], NEAR_LIMIT);
    assert_eq!(read.len(), visible.len() + 2, "and the first of the rest: {read:?}");
}

#[test]
fn the_usage_screen_of_the_account_needs_all_plans() {
    let mut reads = Reads::at_aws();
    let first = reads.answer().len();
    reads.console.press("u").shows("plans so far");
    assert_eq!(first + reads.answer().len(), PLANS);
    reads.console.lacks("so far");
}

#[test]
fn usage_that_is_not_read_yet_is_unknown_and_not_exported() {
    let mut reads = Reads::at_aws();
    reads
        .console
        .press("j")
        .shows("Plan00 siloed 0 0 100/day …")
        .press("d")
        .shows("not read yet")
        .press("<esc> u");
    reads.console.shows("reading usage · 0/40").press("<esc>");
    reads.answer();
    reads.console.press("G u").shows("reading usage").press("<esc> gg u").shows("plans so far");
    reads.console.press("<ctrl-s>").shows("usage is not loaded yet");
}

#[test]
fn one_unreadable_plan_does_not_stop_the_rest_and_four_do() {
    let failure = || Failure::Denied { action: "apigateway:GET".to_owned(), resource: "usage".to_owned() };
    let mut reads = Reads::on_loopback();
    let (id, _) = reads.next_query().expect("a query");
    reads.send(id, Err(failure()));
    assert_eq!(reads.answer().len(), PLANS - 1);
    reads.console.shows("warnings so far: 39 of 40 plans").lacks("not allowed");

    let mut reads = Reads::on_loopback();
    for _ in 0..4 {
        let (id, _) = reads.next_query().expect("a query");
        reads.send(id, Err(failure()));
    }
    reads
        .console
        .shows("usage: not allowed: apigateway:GET")
        .lacks("so far")
        .shows("Plan00 siloed 0 0 100/day ?");
    let cancelled = reads.console.effects.iter().filter(|effect| matches!(effect, Effect::Cancel(_))).count();
    let started = reads.console.effects.iter().filter_map(plan_read).count();
    assert_eq!(started - cancelled, 4, "what still ran is cancelled");
    reads.console.wait(60);
    assert_eq!(reads.console.effects.iter().filter_map(plan_read).count(), started);
}

#[test]
fn the_console_says_what_it_waits_for_while_aws_limits_the_rate() {
    let pace = Pace { operation: None, calls_per_second: 3.0, waiting: 42, wait: Duration::from_secs(14) };
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    let line = "AWS limits the rate: 3 calls/s, 42 waiting, about 14 s";
    console.press("r").send_event(Event::Pace(Some(pace))).shows(line);
    console.wait(6).shows(&format!("{line} · Esc cancels")).send_event(Event::Pace(None));
    console.lacks("AWS limits").shows("waiting for AWS for 6 s");
}

#[test]
fn a_slow_read_of_usage_can_be_cancelled_and_one_of_the_keys_of_plans_is_not_shown() {
    let mut console = Console::new(120, 24, options());
    console.finish_connecting();
    let inventory = InventoryBuilder::sample().build_as_read();
    let snapshot = Snapshot::new(inventory);
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Inventory(snapshot))));
    let is_membership = |effect: &Effect| matches!(effect, Effect::Load(_, Query::MembersOfPlans(_), _));
    assert!(console.effects.iter().any(is_membership));
    console.wait(6).shows("reading the usage of the plans: waiting for AWS for 6 s · Esc cancels");
    console.press("<esc>");
    let usage_read = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Cancel(id) => Some(*id),
        _ => None,
    });
    let cancelled = TaskReport::Loaded(Err(Failure::Cancelled));
    console.send_event(Event::Task(usage_read.expect("a cancelled read"), cancelled));
    console.lacks("waiting for AWS").lacks("so far");
}

#[test]
fn usage_of_an_inventory_that_is_no_longer_shown_is_indexed_again() {
    let mut reads = Reads::on_loopback();
    let Some((_, Query::PlanUsage(_, range))) = reads.next_query() else { panic!("no read of a plan") };
    let next_index = |reads: &mut Reads| loop {
        match reads.next_query().expect("a query") {
            (id, Query::UsageWithRefusals(_)) => return id,
            (id, _) => reads.send(id, Ok(QueryResult::PlanUsage(1))),
        }
    };
    let snapshot_of = |inventory: Arc<Inventory>| {
        let mut usage = Usage::empty(range);
        let plans = inventory.plans().iter().map(|plan| (plan.id.clone(), usage_of_plan(&plan.id, range)));
        usage.plans = plans.collect();
        Ok(QueryResult::Usage(Snapshot::new(inventory).with_usage(Arc::new(usage), start_time())))
    };
    let first = next_index(&mut reads);
    reads.send(first, snapshot_of(inventory()));
    reads.console.lacks("Plan37 acme");
    let again = next_index(&mut reads);
    let shown = Arc::clone(&reads.inventory);
    assert!(reads.console.effects.iter().any(|effect| matches!(
        effect,
        Effect::Load(id, _, Some(inventory)) if *id == again && Arc::ptr_eq(inventory, &shown)
    )));
    reads.send(again, snapshot_of(shown));
    reads.console.shows("▲ Plan37 nearlimit0");
}

/// At the account's limit of plans, each is read once: a call for each of the two months.
#[test]
fn usage_of_300_plans_takes_600_calls_and_no_plan_is_read_twice() {
    let world = World::Scale { plans: 300, keys: 600, tenants: 900 };
    let mut console = Scenario::builder(world).size(120, 40).start();
    console.shows("plans 300/300").lacks("so far");
    assert_eq!(console.count_calls("GetUsage"), 600);
    let read: Vec<&PlanId> = console.effects().iter().filter_map(plan_read).collect();
    assert_eq!((read.len(), read.iter().collect::<BTreeSet<_>>().len()), (300, 300));
}
