//! The operations of the scenarios, each as a command line and as a `Change`, with the account state that it needs.

use std::collections::BTreeSet;

use keypool::ops::{self, SetupTarget};
use keypool_domain::change::{BalanceChange, Extension, OtherPlans};
use keypool_domain::key_file::{ImportAction, ImportedKey, PlannedKey};
use keypool_domain::setup::{LogLevel, StageLogging};
use keypool_domain::{
    ApiChange, ApiKeyId, Change, Edit, Expiry, Inventory, NewPoolRequest, Plan, PlanChange, PlanEdit, PlanId,
    Price, Secret, StageRef, Strategy, TenantKey, TenantKeyId, Throttle,
};

use crate::wire::support::silent_run;
use crate::wire::test_account::{TestAccount, create_change};

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

#[derive(Clone)]
pub(super) struct Operation {
    /// `None` for operations that only the console offers.
    pub(super) command_line: Option<String>,
    pub(super) change: Change,
    /// Tenant keys that the operation deletes, as `tenant/name`.
    pub(super) deleted_keys: BTreeSet<String>,
    /// An API key that must keep working during its grace period.
    pub(super) kept_api_key: Option<ApiKeyId>,
    /// Whether the operation disables a key.
    pub(super) may_disable_keys: bool,
    /// Whether the operation ends everything that is due, so that a second run must finish the first.
    pub(super) ends_all_due: bool,
}

/// An account with a siloed tenant key, and four tenant keys that share two pool keys.
pub(super) struct OperationBuilder<'a> {
    pub(super) account: &'a TestAccount,
    pub(super) siloed_key: TenantKey,
    pub(super) shared_keys: Vec<TenantKey>,
}

impl Operation {
    pub(super) fn new(command_line: String, change: Change) -> Self {
        Self {
            command_line: Some(command_line),
            change,
            deleted_keys: BTreeSet::new(),
            kept_api_key: None,
            may_disable_keys: false,
            ends_all_due: false,
        }
    }
}

pub(super) fn edit_operation(tenant_key: &TenantKey) -> Operation {
    let edit = Edit { description: Some("mine".into()), enabled: Some(false), ..Edit::default() };
    let line = format!("keys edit {} --description mine --disable", tenant_key.id);
    Operation {
        may_disable_keys: true,
        ..Operation::new(line, Change::Edit { tenant_key: tenant_key.id.clone(), edit })
    }
}

pub(super) fn disable_operation(tenant_key: &TenantKey) -> Operation {
    let change = Change::SetEnabled { tenant_keys: vec![tenant_key.id.clone()], enabled: false };
    Operation { command_line: None, may_disable_keys: true, ..Operation::new(String::new(), change) }
}

pub(super) fn delete_operation(tenant_key: &TenantKey) -> Operation {
    let deleted_keys = BTreeSet::from([format!("{}/{}", tenant_key.tenant, tenant_key.name)]);
    let command_line = format!("keys delete {}", tenant_key.id);
    let change = Change::Delete(vec![tenant_key.id.clone()]);
    Operation { deleted_keys, ..Operation::new(command_line, change) }
}

impl OperationBuilder<'_> {
    pub(super) async fn apply(&self, change: Change) -> Inventory {
        self.account.apply(&change).await.expect("the preparatory change");
        self.account.inventory().await
    }

    pub(super) fn pool_key(&self) -> ApiKeyId {
        self.shared_keys[0].require_api_key().expect("known")
    }

    pub(super) fn create(&self, name: &str, plan: &PlanId) -> Operation {
        let command_line = format!("keys create --plan {name} --tenant acme --name new --description tests");
        Operation::new(command_line, create_change(plan, "new", 1))
    }

    /// Imports three keys from a file.
    pub(super) fn import(&self) -> Operation {
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
                expires_at: None,
            };
            keys.push(PlannedKey { line, action: ImportAction::Create, key });
        }
        std::fs::write(&path, text).expect("a file");
        Operation::new(format!("keys import {path}"), Change::Import(keys))
    }

    /// Restores a deleted key, which only the console can do.
    pub(super) async fn restore(&self) -> Operation {
        let deleted = self.account.apply(&Change::Delete(vec![self.siloed_key.id.clone()])).await;
        let api_key = deleted.expect("it is deleted").former_keys.remove(0).1;
        let value = Secret::new("the-value-that-it-had-before-it-went");
        let change = Change::restore(self.siloed_key.clone(), value, api_key);
        Operation { command_line: None, ..Operation::new(String::new(), change) }
    }

    pub(super) fn rotate(&self, grace: u64) -> Operation {
        let id = &self.siloed_key.id;
        let change = Change::Rotate { tenant_keys: vec![id.clone()], grace };
        Operation::new(format!("keys rotate {id} --grace {grace}s"), change)
    }

    pub(super) fn rotate_pool_key(&self, grace: u64) -> Operation {
        let api_key = self.pool_key();
        let kept_api_key = (grace > 0).then(|| api_key.clone());
        let line = format!("pools rotate {api_key} --grace {grace}s");
        Operation { kept_api_key, ..Operation::new(line, Change::RotatePoolKey { api_key, grace }) }
    }

    pub(super) fn extend(&self) -> Operation {
        let (plan, api_key) = (self.account.pooled_plan.clone(), self.pool_key());
        let line = format!("usage extend {api_key} --remaining 900 --reason tests");
        let keys = vec![(api_key, BalanceChange::Set(900))];
        Operation::new(line, Change::Extend(Extension { plan, keys, reason: "tests".to_owned() }))
    }

    pub(super) async fn retire(&self, rotation: Operation, old: &ApiKeyId) -> Operation {
        self.apply(rotation.change).await;
        Operation::new(format!("pools retire {old}"), Change::Retire(old.clone()))
    }

    /// Moves the end of the grace period of the API key that `retire` deletes into the past.
    pub(super) async fn end_due(&self, line: &str, retire: Operation) -> Operation {
        let Change::Retire(old) = &retire.change else { panic!("{:?} ends no grace period", retire.change) };
        self.account.tag_api_key(old.as_str(), keypool_domain::key::tag::RETIRES_AT, LONG_AGO).await;
        Operation { ends_all_due: true, ..Operation::new(line.to_owned(), retire.change) }
    }

    /// Ends a tenant key that expired and still has an old value in its grace period.
    pub(super) async fn end_expired_key(&self) -> Operation {
        let rotated = self.account.apply(&self.rotate(3_600).change).await.expect("it is rotated");
        let id = rotated.moved[0].clone();
        let edit = Edit { expiry: Some(Expiry::At(LONG_AGO.parse().expect("a time"))), ..Edit::default() };
        self.apply(Change::Edit { tenant_key: id.clone(), edit }).await;
        let change = Change::SetEnabled { tenant_keys: vec![id], enabled: false };
        let operation = Operation::new("keys retire --due".to_owned(), change);
        Operation { may_disable_keys: true, ends_all_due: true, ..operation }
    }

    /// Consolidates a tenant key that was isolated before.
    pub(super) async fn consolidate(&self) -> Operation {
        let applied = self.account.apply(&Change::Isolate(vec![self.shared_keys[0].id.clone()])).await;
        let tenant_key = applied.expect("it is isolated").moved.remove(0);
        let command_line = format!("keys consolidate {tenant_key}");
        let change = Change::Consolidate { tenant_keys: vec![tenant_key], other_plans: OtherPlans::Refuse };
        Operation::new(command_line, change)
    }

    /// Rebalances a pool in which one key has two tenants and the other has none.
    pub(super) async fn rebalance(&self) -> Operation {
        let first = self.pool_key();
        let deleted: Vec<TenantKeyId> = self
            .shared_keys
            .iter()
            .filter(|tenant_key| tenant_key.require_api_key().expect("known") != first)
            .map(|tenant_key| tenant_key.id.clone())
            .collect();
        self.apply(Change::Delete(deleted)).await;
        let rebalance = Change::Rebalance(self.account.pooled_plan.clone());
        Operation::new("pools rebalance Sharded".to_owned(), rebalance)
    }

    /// Creates a plan with API keys named by `numbers`; the operation makes those API keys the pool of the plan.
    pub(super) async fn create_pool(&self, numbers: &[u32]) -> (Operation, PlanId) {
        let plan = self.account.create_plan("Other").await;
        let mut api_keys = Vec::new();
        for number in numbers {
            api_keys.push(self.account.create_api_key_in(&plan, *number).await);
        }
        let keys: Vec<_> = api_keys.iter().map(|id| format!("--key {id}")).collect();
        let line = format!("pools create Other {} --capacity 5", keys.join(" "));
        let strategy = Strategy::LeastTenants;
        let pool = NewPoolRequest { plan: plan.clone(), api_keys, new_keys: 0, strategy, capacity: 5 };
        (Operation::new(line, Change::CreatePool(pool)), plan)
    }

    pub(super) async fn create_pool_of_new_keys(&self) -> Operation {
        let plan = self.account.create_plan("Other").await;
        let strategy = Strategy::LeastTenants;
        let pool = NewPoolRequest { plan, api_keys: Vec::new(), new_keys: 2, strategy, capacity: 5 };
        Operation::new("pools create Other --new 2 --capacity 5".to_owned(), Change::CreatePool(pool))
    }

    pub(super) async fn change_plan(&self, operation: &str) -> Operation {
        let (tenant_key, plan_name, plan) = match operation {
            "move siloed to siloed" => (&self.siloed_key, "Other", self.account.create_plan("Other").await),
            "move siloed to pooled" => (&self.siloed_key, "Sharded", self.account.pooled_plan.clone()),
            "move pooled to siloed" => (&self.shared_keys[0], "Siloed", self.account.siloed_plan.clone()),
            "move pooled to pooled" => {
                let (create, plan) = self.create_pool(&[7, 8]).await;
                self.apply(create.change).await;
                (&self.shared_keys[0], "Other", plan)
            }
            operation => panic!("unknown operation {operation}"),
        };
        let tenant_keys = vec![tenant_key.id.clone()];
        let change = Change::ChangePlan { tenant_keys, plan, other_plans: OtherPlans::Keep };
        let command_line = format!("keys move {} --plan {plan_name} --keep-other-plans", tenant_key.id);
        Operation::new(command_line, change)
    }

    async fn siloed_plan_stage(&self) -> StageRef {
        self.account.inventory().await.plan(&self.account.siloed_plan).expect("a plan").stages[0].clone()
    }

    /// Creates a plan as another team would, without a price-list entry.
    pub(super) async fn create_foreign_plan(&self) -> PlanId {
        let stage_ref = self.siloed_plan_stage().await;
        let api_stage = aws_sdk_apigateway::types::ApiStage::builder()
            .api_id(stage_ref.api)
            .stage(stage_ref.stage)
            .build();
        let request = self.account.gateway.create_usage_plan().name("Adoptee").api_stages(api_stage);
        PlanId::new(request.send().await.expect("a plan").id.expect("an id"))
    }

    pub(super) async fn plan_operation(&self, operation: &str) -> Operation {
        let stage = self.siloed_plan_stage().await;
        let plan = Plan {
            throttle: Some(Throttle { rate: 5.0, burst: 5 }),
            stages: vec![stage.clone()],
            product_code: Some("4bs4z".to_owned()),
            ..Plan::new("", "Gold")
        };
        let has_tables = self.account.has_tables();
        let plan = match has_tables {
            true => plan.with_price_list_entry(None, Some(Price::from_cents(900))),
            false => plan,
        };
        let create = Change::from(PlanChange::Create(plan));
        let price_option = |price: &str| if has_tables { format!(" --price {price}") } else { String::new() };
        if operation == "create plan" {
            let options = format!("--rate 5 --burst 5{} --product-code 4bs4z", price_option("9"));
            let line = format!("plans create Gold {options} --stage {stage}");
            return Operation::new(line, create);
        }
        let plan = self.apply(create).await.find_plan("Gold").expect("a plan").id.clone();
        let edit = |edit| Change::from(PlanChange::Edit { plan: plan.clone(), edit });
        match operation {
            "edit plan" => {
                let throttle = Some(Some(Throttle { rate: 7.0, burst: 7 }));
                let price = has_tables.then_some(Price::from_cents(800));
                let change = edit(PlanEdit { throttle, price, ..PlanEdit::default() });
                Operation::new(format!("plans edit Gold --rate 7 --burst 7{}", price_option("8")), change)
            }
            "unlink stage" => {
                let change = edit(PlanEdit { unlink: vec![stage.clone()], ..PlanEdit::default() });
                Operation::new(format!("plans unlink Gold {stage}"), change)
            }
            "release plan" => {
                Operation::new("plans release Gold".to_owned(), PlanChange::Release(plan).into())
            }
            _ => Operation::new("plans delete Gold".to_owned(), PlanChange::Delete(plan).into()),
        }
    }

    pub(super) async fn setup_operation(&self, operation: &str) -> Operation {
        let setup = ops::read_setup(&self.account.aws, &SetupTarget::default(), &silent_run())
            .await
            .expect("the setup");
        let stage = setup.state.stage.clone().expect("a stage");
        let (line, change) = match operation {
            "open method" => {
                let methods = setup.state.methods.expect("methods");
                let methods = methods.into_iter().map(|method| (method.resource, method.method)).collect();
                let open = ApiChange::RequireKeys { api: stage.api, methods, required: false };
                ("setup methods --open GET /", open)
            }
            "deploy" => ("setup deploy", ApiChange::Deploy(stage)),
            "set log role" => {
                let role = "arn:aws:iam::123456789012:role/logs";
                let change = ApiChange::SetLogRole { role: role.to_owned(), replaces: Ok(None) };
                ("setup role arn:aws:iam::123456789012:role/logs", change)
            }
            _ => {
                let logging = StageLogging { level: Some(LogLevel::Info), access: None };
                ("setup logging --level info", ApiChange::SetStageLogging { stage, logging, replaces: None })
            }
        };
        Operation::new(line.to_owned(), Change::from(change))
    }
}
