//! The operations, each as a person asks for it and as a change, over a world in which it has something to do.

use std::collections::BTreeSet;

use keypool::ops::{self, Chosen};
use keypool_domain::change::{Balance, Extension, OtherPlans};
use keypool_domain::key_file::{Action, ImportedKey, KeyToBe};
use keypool_domain::setup::{LogLevel, StageLogging};
use keypool_domain::{
    ApiChange, ApiKeyId, Change, Edit, Inventory, Plan, PlanChange, PlanEdit, PlanId, PoolAsked, Price,
    RowId, Secret, Strategy, TenantKey, Throttle,
};

use crate::wire::stage::{Stage, new_keys};
use crate::wire::support::unwatched;

/// What is asked for.
#[derive(Clone)]
pub(super) struct Asked {
    /// The command line, where there is one.
    pub(super) line: Option<String>,
    pub(super) change: Change,
    /// Tenant keys that are to go.
    pub(super) goes: BTreeSet<String>,
    /// An API key that was promised to work on.
    pub(super) keeps: Option<ApiKeyId>,
    /// Whether a key's state is what is changed.
    pub(super) is_edited: bool,
}

pub(super) const ALL: &[&str] = &[
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
const IN_THREE_PLANS: &str = " in three plans";

/// One siloed key, and four that share the two keys of a pool.
struct Town<'a> {
    stage: &'a Stage,
    own: TenantKey,
    shared: Vec<TenantKey>,
}

/// Makes the world ready for one of them.
pub(super) async fn prepared(operation: &str, stage: &Stage) -> Asked {
    let own = stage.one(&stage.siloed, "own").await;
    let shared = stage.created(&stage.sharded, "shared", 4).await;
    if operation.ends_with(IN_THREE_PLANS) {
        let [first, second] = &stage.pool_keys;
        stage.services(&[&own.require_api_key().expect("known"), first, second]).await;
    }
    let town = Town { stage, own, shared };
    match operation.trim_end_matches(IN_THREE_PLANS) {
        "create siloed" => town.create("Siloed", &stage.siloed),
        "create pooled" => town.create("Sharded", &stage.sharded),
        "import" => town.imported(),
        "edit siloed" => edited(&town.own),
        "customer" => {
            let row = &town.own.id;
            let change = Change::SetCustomer { row: row.clone(), customer: "cust-1".to_owned() };
            asked(format!("keys edit {row} --customer-id cust-1"), change)
        }
        "edit pooled" => edited(&town.shared[0]),
        "delete siloed" => deleted(&town.own),
        "delete pooled" => deleted(&town.shared[0]),
        "restore" => town.restored().await,
        "rotate" => town.rotated(0),
        "rotate with a grace" => town.rotated(3_600),
        "rotate pool key" => town.pool_key_rotated(0),
        "rotate pool key with a grace" => town.pool_key_rotated(3_600),
        "retire" => town.retired(town.rotated(3_600), &town.own.require_api_key().expect("known")).await,
        "retire pool key" => town.retired(town.pool_key_rotated(3_600), &town.pool_key()).await,
        "isolate" => {
            let row = &town.shared[0].id;
            asked(format!("keys isolate {row}"), Change::Isolate(vec![row.clone()]))
        }
        "consolidate" => town.consolidated().await,
        "rebalance" => town.rebalanced().await,
        "grow" => {
            asked("pools grow Sharded".to_owned(), Change::Grow { plan: stage.sharded.clone(), count: 1 })
        }
        "drain" => {
            town.apply(Change::Grow { plan: stage.sharded.clone(), count: 1 }).await;
            let key = town.pool_key();
            asked(format!("pools drain {key}"), Change::Drain(key))
        }
        "create pool" => town.pool_created(&[7, 8]).await.0,
        "create pool of new keys" => town.pool_of_new_keys().await,
        "set pool" => {
            let set = Change::SetPool { plan: stage.sharded.clone(), strategy: None, capacity: Some(7) };
            asked("pools set Sharded --capacity 7".to_owned(), set)
        }
        "dissolve pool" => {
            let (create, plan) = town.pool_created(&[7, 8]).await;
            town.apply(create.change).await;
            asked("pools dissolve Other".to_owned(), Change::DissolvePool(plan))
        }
        "create plan" | "edit plan" | "unlink stage" | "delete plan" | "release plan" => {
            town.plan(operation).await
        }
        "adopt plan" => {
            let plan = town.foreign_plan().await;
            let change = PlanChange::Adopt { plan, entry: None };
            asked("plans adopt Adoptee".to_owned(), change.into())
        }
        "create in a plan that is adopted" => town.create("Adoptee", &town.foreign_plan().await),
        "open method" | "deploy" | "set log role" | "log stage" => town.api(operation).await,
        "extend" => town.extended(),
        moved => town.moved(moved).await,
    }
}

fn asked(line: String, change: Change) -> Asked {
    Asked { line: Some(line), change, goes: BTreeSet::new(), keeps: None, is_edited: false }
}

fn edited(row: &TenantKey) -> Asked {
    let edit = Edit { name: None, description: Some("mine".into()), enabled: Some(false) };
    let line = format!("keys edit {} --description mine --disable", row.id);
    Asked { is_edited: true, ..asked(line, Change::Edit { row: row.id.clone(), edit }) }
}

fn deleted(row: &TenantKey) -> Asked {
    let goes = BTreeSet::from([format!("{}/{}", row.tenant, row.name)]);
    Asked { goes, ..asked(format!("keys delete {}", row.id), Change::Delete(vec![row.id.clone()])) }
}

impl Town<'_> {
    async fn apply(&self, change: Change) -> Inventory {
        self.stage.apply(&change).await.expect("the world is made ready");
        self.stage.inventory().await
    }

    fn pool_key(&self) -> ApiKeyId {
        self.shared[0].require_api_key().expect("known")
    }

    fn create(&self, name: &str, plan: &PlanId) -> Asked {
        let line = format!("keys create --plan {name} --tenant acme --name new --description tests");
        asked(line, new_keys(plan, "new", 1))
    }

    /// Three keys out of a file.
    fn imported(&self) -> Asked {
        let port = self.stage.endpoint.rsplit(':').next().expect("a port");
        let path = format!("{}/import-{port}.csv", env!("CARGO_TARGET_TMPDIR"));
        let mut text = "Name,Key,UsagePlanIds,Tenant\n".to_owned();
        let plan = &self.stage.siloed;
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
                known: None,
            };
            keys.push(KeyToBe { line, action: Action::Create, key });
        }
        std::fs::write(&path, text).expect("a file");
        asked(format!("keys import {path}"), Change::Import(keys))
    }

    /// A key that was deleted; only the console brings it back.
    async fn restored(&self) -> Asked {
        let gone = self.stage.apply(&Change::Delete(vec![self.own.id.clone()])).await;
        let api_key = gone.expect("it is deleted").former.remove(0).1;
        let value = Secret::new("the-value-that-it-had-before-it-went");
        let change = Change::restore(self.own.clone(), value, api_key);
        Asked { line: None, ..asked(String::new(), change) }
    }

    fn rotated(&self, grace: u64) -> Asked {
        let row = &self.own.id;
        asked(
            format!("keys rotate {row} --grace {grace}s"),
            Change::Rotate { rows: vec![row.clone()], grace },
        )
    }

    fn pool_key_rotated(&self, grace: u64) -> Asked {
        let api_key = self.pool_key();
        let keeps = (grace > 0).then(|| api_key.clone());
        let line = format!("pools rotate {api_key} --grace {grace}s");
        Asked { keeps, ..asked(line, Change::RotatePoolKey { api_key, grace }) }
    }

    fn extended(&self) -> Asked {
        let (plan, api_key) = (self.stage.sharded.clone(), self.pool_key());
        let line = format!("usage extend {api_key} --remaining 900 --reason tests");
        let keys = vec![(api_key, Balance::Set(900))];
        asked(line, Change::Extend(Extension { plan, keys, reason: "tests".to_owned() }))
    }

    async fn retired(&self, rotation: Asked, old: &ApiKeyId) -> Asked {
        self.apply(rotation.change).await;
        asked(format!("pools retire {old}"), Change::Retire(old.clone()))
    }

    /// A tenant of the pool that was isolated goes back.
    async fn consolidated(&self) -> Asked {
        let applied = self.stage.apply(&Change::Isolate(vec![self.shared[0].id.clone()])).await;
        let row = applied.expect("it is isolated").moved.remove(0);
        asked(
            format!("keys consolidate {row}"),
            Change::Consolidate { rows: vec![row], others: OtherPlans::Refuse },
        )
    }

    /// One key of the pool has two tenants, the other none.
    async fn rebalanced(&self) -> Asked {
        let first = self.pool_key();
        let gone: Vec<RowId> = self
            .shared
            .iter()
            .filter(|row| row.require_api_key().expect("known") != first)
            .map(|row| row.id.clone())
            .collect();
        self.apply(Change::Delete(gone)).await;
        asked("pools rebalance Sharded".to_owned(), Change::Rebalance(self.stage.sharded.clone()))
    }

    /// A further plan, two keys of which are to be its pool.
    async fn pool_created(&self, numbers: &[u32]) -> (Asked, PlanId) {
        let plan = self.stage.another_plan("Other").await;
        let mut api_keys = Vec::new();
        for number in numbers {
            api_keys.push(self.stage.attached_key(&plan, *number).await);
        }
        let keys: Vec<_> = api_keys.iter().map(|id| format!("--key {id}")).collect();
        let line = format!("pools create Other {} --capacity 5", keys.join(" "));
        let strategy = Strategy::LeastTenants;
        let pool = PoolAsked { plan: plan.clone(), api_keys, new_keys: 0, strategy, capacity: 5 };
        (asked(line, Change::CreatePool(pool)), plan)
    }

    async fn pool_of_new_keys(&self) -> Asked {
        let plan = self.stage.another_plan("Other").await;
        let strategy = Strategy::LeastTenants;
        let pool = PoolAsked { plan, api_keys: Vec::new(), new_keys: 2, strategy, capacity: 5 };
        asked("pools create Other --new 2 --capacity 5".to_owned(), Change::CreatePool(pool))
    }

    async fn moved(&self, operation: &str) -> Asked {
        let (row, to, plan) = match operation {
            "move siloed to siloed" => (&self.own, "Other", self.stage.another_plan("Other").await),
            "move siloed to pooled" => (&self.own, "Sharded", self.stage.sharded.clone()),
            "move pooled to siloed" => (&self.shared[0], "Siloed", self.stage.siloed.clone()),
            "move pooled to pooled" => {
                let (create, plan) = self.pool_created(&[7, 8]).await;
                self.apply(create.change).await;
                (&self.shared[0], "Other", plan)
            }
            unknown => panic!("{unknown} is no operation"),
        };
        let change = Change::ChangePlan { rows: vec![row.id.clone()], plan, others: OtherPlans::Keep };
        asked(format!("keys move {} --plan {to} --keep-other-plans", row.id), change)
    }

    /// A plan that another team made, without a price-list entry.
    async fn foreign_plan(&self) -> PlanId {
        let over = self.stage.inventory().await.plan(&self.stage.siloed).expect("a plan").stages[0].clone();
        let stage = aws_sdk_apigateway::types::ApiStage::builder().api_id(over.api).stage(over.stage).build();
        let asked = self.stage.gateway.create_usage_plan().name("Adoptee").api_stages(stage);
        PlanId::new(asked.send().await.expect("a plan").id.expect("an id"))
    }

    async fn plan(&self, operation: &str) -> Asked {
        let over = self.stage.inventory().await.plan(&self.stage.siloed).expect("a plan").stages[0].clone();
        let new = Plan {
            throttle: Some(Throttle { rate: 5.0, burst: 5 }),
            stages: vec![over.clone()],
            product_code: Some("4bs4z".to_owned()),
            ..Plan::new("", "Gold")
        };
        let create = Change::from(PlanChange::Create(new.on_sale(None, Some(Price::from_cents(900)))));
        if operation == "create plan" {
            let line =
                format!("plans create Gold --rate 5 --burst 5 --price 9 --product-code 4bs4z --stage {over}");
            return asked(line, create);
        }
        let plan = self.apply(create).await.find_plan("Gold").expect("a plan").id.clone();
        let edit = |edit| Change::from(PlanChange::Edit { plan: plan.clone(), edit });
        match operation {
            "edit plan" => {
                let throttle = Some(Some(Throttle { rate: 7.0, burst: 7 }));
                let change =
                    edit(PlanEdit { throttle, price: Some(Price::from_cents(800)), ..PlanEdit::default() });
                asked("plans edit Gold --rate 7 --burst 7 --price 8".to_owned(), change)
            }
            "unlink stage" => {
                let change = edit(PlanEdit { unlink: vec![over.clone()], ..PlanEdit::default() });
                asked(format!("plans unlink Gold {over}"), change)
            }
            "release plan" => asked("plans release Gold".to_owned(), PlanChange::Release(plan).into()),
            _ => asked("plans delete Gold".to_owned(), PlanChange::Delete(plan).into()),
        }
    }

    async fn api(&self, operation: &str) -> Asked {
        let read =
            ops::read_setup(&self.stage.aws, &Chosen::default(), &unwatched()).await.expect("a reading");
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
        asked(line.to_owned(), Change::from(change))
    }
}
