//! The operations, each as a person asks for it and as a change, over a world in which it has something to do.

use std::collections::BTreeSet;

use keypool::ops::{self, SetupTarget};
use keypool_domain::change::{BalanceChange, Extension, OtherPlans};
use keypool_domain::key_file::{ImportAction, ImportedKey, PlannedKey};
use keypool_domain::setup::{LogLevel, StageLogging};
use keypool_domain::{
    ApiChange, ApiKeyId, Change, Edit, Inventory, NewPoolRequest, Plan, PlanChange, PlanEdit, PlanId, Price,
    Secret, Strategy, TenantKey, TenantKeyId, Throttle,
};

use crate::wire::support::plain_run;
use crate::wire::test_account::{TestAccount, create_change};

/// What is asked for.
#[derive(Clone)]
pub(super) struct Operation {
    /// The command line, where there is one.
    pub(super) command_line: Option<String>,
    pub(super) change: Change,
    /// Tenant keys that are to go.
    pub(super) deleted_keys: BTreeSet<String>,
    /// An API key that was promised to work on.
    pub(super) kept_api_key: Option<ApiKeyId>,
    /// Whether a key's state is what is changed.
    pub(super) changes_enabled: bool,
}

pub(super) const OPERATIONS: &[&str] = &[
    "create siloed",
    "create pooled",
    "import",
    "edit siloed",
    "edit pooled",
    "customer",
    "delete siloed",
    "delete pooled",
    "restore",
    "rotate",
    "rotate with a grace",
    "rotate pool key",
    "rotate pool key with a grace",
    "retire",
    "retire pool key",
    "isolate",
    "consolidate",
    "move siloed to siloed",
    "move siloed to pooled",
    "move pooled to siloed",
    "move pooled to pooled",
    "rebalance",
    "grow",
    "drain",
    "create pool",
    "create pool of new keys",
    "set pool",
    "dissolve pool",
    "create plan",
    "edit plan",
    "unlink stage",
    "delete plan",
    "adopt plan",
    "release plan",
    "create in a plan that is adopted",
    "open method",
    "deploy",
    "set log role",
    "log stage",
    "extend",
    "restore in three plans",
    "rotate in three plans",
    "rotate pool key in three plans",
    "isolate in three plans",
    "move siloed to siloed in three plans",
];

/// The end of the name of an operation on API keys that are in three usage plans for three services.
const IN_THREE_PLANS_SUFFIX: &str = " in three plans";

/// One siloed key, and four that share the two keys of a pool.
struct OperationBuilder<'a> {
    account: &'a TestAccount,
    own_key: TenantKey,
    shared_keys: Vec<TenantKey>,
}

/// Makes the world ready for one of them.
pub(super) async fn prepare_operation(operation: &str, stage: &TestAccount) -> Operation {
    let own = stage.create_key(&stage.siloed_plan, "own").await;
    let shared = stage.create_keys(&stage.sharded_plan, "shared", 4).await;
    if operation.ends_with(IN_THREE_PLANS_SUFFIX) {
        let [first, second] = &stage.pool_keys;
        stage.create_services(&[&own.require_api_key().expect("known"), first, second]).await;
    }
    let town = OperationBuilder { account: stage, own_key: own, shared_keys: shared };
    match operation.trim_end_matches(IN_THREE_PLANS_SUFFIX) {
        "create siloed" => town.create("Siloed", &stage.siloed_plan),
        "create pooled" => town.create("Sharded", &stage.sharded_plan),
        "import" => town.import(),
        "edit siloed" => edit_operation(&town.own_key),
        "customer" => {
            let row = &town.own_key.id;
            let change = Change::SetCustomer { tenant_key: row.clone(), customer: "cust-1".to_owned() };
            planned_operation(format!("keys edit {row} --customer-id cust-1"), change)
        }
        "edit pooled" => edit_operation(&town.shared_keys[0]),
        "delete siloed" => delete_operation(&town.own_key),
        "delete pooled" => delete_operation(&town.shared_keys[0]),
        "restore" => town.restore().await,
        "rotate" => town.rotate(0),
        "rotate with a grace" => town.rotate(3_600),
        "rotate pool key" => town.rotate_pool_key(0),
        "rotate pool key with a grace" => town.rotate_pool_key(3_600),
        "retire" => town.retire(town.rotate(3_600), &town.own_key.require_api_key().expect("known")).await,
        "retire pool key" => town.retire(town.rotate_pool_key(3_600), &town.pool_key()).await,
        "isolate" => {
            let row = &town.shared_keys[0].id;
            planned_operation(format!("keys isolate {row}"), Change::Isolate(vec![row.clone()]))
        }
        "consolidate" => town.consolidate().await,
        "rebalance" => town.rebalance().await,
        "grow" => planned_operation(
            "pools grow Sharded".to_owned(),
            Change::Grow { plan: stage.sharded_plan.clone(), count: 1 },
        ),
        "drain" => {
            town.apply(Change::Grow { plan: stage.sharded_plan.clone(), count: 1 }).await;
            let key = town.pool_key();
            planned_operation(format!("pools drain {key}"), Change::Drain(key))
        }
        "create pool" => town.create_pool(&[7, 8]).await.0,
        "create pool of new keys" => town.create_pool_of_new_keys().await,
        "set pool" => {
            let set = Change::SetPool { plan: stage.sharded_plan.clone(), strategy: None, capacity: Some(7) };
            planned_operation("pools set Sharded --capacity 7".to_owned(), set)
        }
        "dissolve pool" => {
            let (create, plan) = town.create_pool(&[7, 8]).await;
            town.apply(create.change).await;
            planned_operation("pools dissolve Other".to_owned(), Change::DissolvePool(plan))
        }
        "create plan" | "edit plan" | "unlink stage" | "delete plan" | "release plan" => {
            town.plan_operation(operation).await
        }
        "adopt plan" => {
            let plan = town.create_foreign_plan().await;
            let change = PlanChange::Adopt { plan, entry: None };
            planned_operation("plans adopt Adoptee".to_owned(), change.into())
        }
        "create in a plan that is adopted" => town.create("Adoptee", &town.create_foreign_plan().await),
        "open method" | "deploy" | "set log role" | "log stage" => town.setup_operation(operation).await,
        "extend" => town.extend(),
        moved => town.change_plan(moved).await,
    }
}

fn planned_operation(line: String, change: Change) -> Operation {
    Operation {
        command_line: Some(line),
        change,
        deleted_keys: BTreeSet::new(),
        kept_api_key: None,
        changes_enabled: false,
    }
}

fn edit_operation(row: &TenantKey) -> Operation {
    let edit = Edit { name: None, description: Some("mine".into()), enabled: Some(false) };
    let line = format!("keys edit {} --description mine --disable", row.id);
    Operation {
        changes_enabled: true,
        ..planned_operation(line, Change::Edit { tenant_key: row.id.clone(), edit })
    }
}

fn delete_operation(row: &TenantKey) -> Operation {
    let goes = BTreeSet::from([format!("{}/{}", row.tenant, row.name)]);
    Operation {
        deleted_keys: goes,
        ..planned_operation(format!("keys delete {}", row.id), Change::Delete(vec![row.id.clone()]))
    }
}

impl OperationBuilder<'_> {
    async fn apply(&self, change: Change) -> Inventory {
        self.account.apply(&change).await.expect("the world is made ready");
        self.account.inventory().await
    }

    fn pool_key(&self) -> ApiKeyId {
        self.shared_keys[0].require_api_key().expect("known")
    }

    fn create(&self, name: &str, plan: &PlanId) -> Operation {
        let line = format!("keys create --plan {name} --tenant acme --name new --description tests");
        planned_operation(line, create_change(plan, "new", 1))
    }

    /// Three keys out of a file.
    fn import(&self) -> Operation {
        let port = self.account.endpoint.rsplit(':').next().expect("a port");
        let path = format!("{}/import-{port}.csv", env!("CARGO_TARGET_TMPDIR"));
        let mut text = "Name,Key,UsagePlanIds,Tenant\n".to_owned();
        let plan = &self.account.siloed_plan;
        let mut keys = Vec::new();
        for (line, name) in (2..).zip(["one", "two", "three"]) {
            let value = format!("value-of-{name}-{port}-0123456789");
            text += &format!("{name},{value},{plan},acme\n");
            let key = ImportedKey {
                name: name.to_owned(),
                value: Secret::new(value),
                description: String::new(),
                enabled: true,
                plans: vec![plan.clone()],
                tenant: Some("acme".into()),
                existing: None,
            };
            keys.push(PlannedKey { line, action: ImportAction::Create, key });
        }
        std::fs::write(&path, text).expect("a file");
        planned_operation(format!("keys import {path}"), Change::Import(keys))
    }

    /// A key that was deleted; only the console brings it back.
    async fn restore(&self) -> Operation {
        let gone = self.account.apply(&Change::Delete(vec![self.own_key.id.clone()])).await;
        let api_key = gone.expect("it is deleted").former.remove(0).1;
        let value = Secret::new("the-value-that-it-had-before-it-went");
        let change = Change::restore(self.own_key.clone(), value, api_key);
        Operation { command_line: None, ..planned_operation(String::new(), change) }
    }

    fn rotate(&self, grace: u64) -> Operation {
        let row = &self.own_key.id;
        planned_operation(
            format!("keys rotate {row} --grace {grace}s"),
            Change::Rotate { tenant_keys: vec![row.clone()], grace },
        )
    }

    fn rotate_pool_key(&self, grace: u64) -> Operation {
        let api_key = self.pool_key();
        let keeps = (grace > 0).then(|| api_key.clone());
        let line = format!("pools rotate {api_key} --grace {grace}s");
        Operation { kept_api_key: keeps, ..planned_operation(line, Change::RotatePoolKey { api_key, grace }) }
    }

    fn extend(&self) -> Operation {
        let (plan, api_key) = (self.account.sharded_plan.clone(), self.pool_key());
        let line = format!("usage extend {api_key} --remaining 900 --reason tests");
        let keys = vec![(api_key, BalanceChange::Set(900))];
        planned_operation(line, Change::Extend(Extension { plan, keys, reason: "tests".to_owned() }))
    }

    async fn retire(&self, rotation: Operation, old: &ApiKeyId) -> Operation {
        self.apply(rotation.change).await;
        planned_operation(format!("pools retire {old}"), Change::Retire(old.clone()))
    }

    /// A tenant of the pool that was isolated goes back.
    async fn consolidate(&self) -> Operation {
        let applied = self.account.apply(&Change::Isolate(vec![self.shared_keys[0].id.clone()])).await;
        let row = applied.expect("it is isolated").moved.remove(0);
        planned_operation(
            format!("keys consolidate {row}"),
            Change::Consolidate { tenant_keys: vec![row], others: OtherPlans::Refuse },
        )
    }

    /// One key of the pool has two tenants, the other none.
    async fn rebalance(&self) -> Operation {
        let first = self.pool_key();
        let gone: Vec<TenantKeyId> = self
            .shared_keys
            .iter()
            .filter(|row| row.require_api_key().expect("known") != first)
            .map(|row| row.id.clone())
            .collect();
        self.apply(Change::Delete(gone)).await;
        planned_operation(
            "pools rebalance Sharded".to_owned(),
            Change::Rebalance(self.account.sharded_plan.clone()),
        )
    }

    /// A further plan, two keys of which are to be its pool.
    async fn create_pool(&self, numbers: &[u32]) -> (Operation, PlanId) {
        let plan = self.account.create_plan("Other").await;
        let mut api_keys = Vec::new();
        for number in numbers {
            api_keys.push(self.account.create_api_key_in(&plan, *number).await);
        }
        let keys: Vec<_> = api_keys.iter().map(|id| format!("--key {id}")).collect();
        let line = format!("pools create Other {} --capacity 5", keys.join(" "));
        let strategy = Strategy::LeastTenants;
        let pool = NewPoolRequest { plan: plan.clone(), api_keys, new_keys: 0, strategy, capacity: 5 };
        (planned_operation(line, Change::CreatePool(pool)), plan)
    }

    async fn create_pool_of_new_keys(&self) -> Operation {
        let plan = self.account.create_plan("Other").await;
        let strategy = Strategy::LeastTenants;
        let pool = NewPoolRequest { plan, api_keys: Vec::new(), new_keys: 2, strategy, capacity: 5 };
        planned_operation("pools create Other --new 2 --capacity 5".to_owned(), Change::CreatePool(pool))
    }

    async fn change_plan(&self, operation: &str) -> Operation {
        let (row, to, plan) = match operation {
            "move siloed to siloed" => (&self.own_key, "Other", self.account.create_plan("Other").await),
            "move siloed to pooled" => (&self.own_key, "Sharded", self.account.sharded_plan.clone()),
            "move pooled to siloed" => (&self.shared_keys[0], "Siloed", self.account.siloed_plan.clone()),
            "move pooled to pooled" => {
                let (create, plan) = self.create_pool(&[7, 8]).await;
                self.apply(create.change).await;
                (&self.shared_keys[0], "Other", plan)
            }
            unknown => panic!("{unknown} is no operation"),
        };
        let change = Change::ChangePlan { tenant_keys: vec![row.id.clone()], plan, others: OtherPlans::Keep };
        planned_operation(format!("keys move {} --plan {to} --keep-other-plans", row.id), change)
    }

    /// A plan that another team made, without a price-list entry.
    async fn create_foreign_plan(&self) -> PlanId {
        let over =
            self.account.inventory().await.plan(&self.account.siloed_plan).expect("a plan").stages[0].clone();
        let stage = aws_sdk_apigateway::types::ApiStage::builder().api_id(over.api).stage(over.stage).build();
        let asked = self.account.gateway.create_usage_plan().name("Adoptee").api_stages(stage);
        PlanId::new(asked.send().await.expect("a plan").id.expect("an id"))
    }

    async fn plan_operation(&self, operation: &str) -> Operation {
        let over =
            self.account.inventory().await.plan(&self.account.siloed_plan).expect("a plan").stages[0].clone();
        let new = Plan {
            throttle: Some(Throttle { rate: 5.0, burst: 5 }),
            stages: vec![over.clone()],
            product_code: Some("4bs4z".to_owned()),
            ..Plan::new("", "Gold")
        };
        let create =
            Change::from(PlanChange::Create(new.with_price_list_entry(None, Some(Price::from_cents(900)))));
        if operation == "create plan" {
            let line =
                format!("plans create Gold --rate 5 --burst 5 --price 9 --product-code 4bs4z --stage {over}");
            return planned_operation(line, create);
        }
        let plan = self.apply(create).await.find_plan("Gold").expect("a plan").id.clone();
        let edit = |edit| Change::from(PlanChange::Edit { plan: plan.clone(), edit });
        match operation {
            "edit plan" => {
                let throttle = Some(Some(Throttle { rate: 7.0, burst: 7 }));
                let change =
                    edit(PlanEdit { throttle, price: Some(Price::from_cents(800)), ..PlanEdit::default() });
                planned_operation("plans edit Gold --rate 7 --burst 7 --price 8".to_owned(), change)
            }
            "unlink stage" => {
                let change = edit(PlanEdit { unlink: vec![over.clone()], ..PlanEdit::default() });
                planned_operation(format!("plans unlink Gold {over}"), change)
            }
            "release plan" => {
                planned_operation("plans release Gold".to_owned(), PlanChange::Release(plan).into())
            }
            _ => planned_operation("plans delete Gold".to_owned(), PlanChange::Delete(plan).into()),
        }
    }

    async fn setup_operation(&self, operation: &str) -> Operation {
        let read = ops::read_setup(&self.account.aws, &SetupTarget::default(), &plain_run())
            .await
            .expect("a reading");
        let stage = read.reading.stage.clone().expect("a stage");
        let (line, change) = match operation {
            "open method" => {
                let methods = read.reading.methods.expect("methods");
                let methods = methods.into_iter().map(|one| (one.resource, one.method)).collect();
                let open = ApiChange::RequireKeys { api: stage.api, methods, required: false };
                ("setup methods --open GET /", open)
            }
            "deploy" => ("setup deploy", ApiChange::Deploy(stage)),
            "set log role" => {
                let role = "arn:aws:iam::123456789012:role/logs";
                (
                    "setup role arn:aws:iam::123456789012:role/logs",
                    ApiChange::SetLogRole { role: role.to_owned(), replaces: Ok(None) },
                )
            }
            _ => {
                let logging = StageLogging { level: Some(LogLevel::Info), access: None };
                ("setup logging --level info", ApiChange::SetStageLogging { stage, logging, replaces: None })
            }
        };
        planned_operation(line.to_owned(), Change::from(change))
    }
}
