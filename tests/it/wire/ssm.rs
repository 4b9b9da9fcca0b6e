//! Pools in an SSM parameter, tested on moto, which has a parameter store.

use aws_sdk_ssm::types::ParameterType;
use keypool::aws::{Aws, Failure, PoolsLocation, Target};
use keypool::ops;
use keypool_domain::pool_file::{self, FileFormat};
use keypool_domain::{Change, Mode, PlanId};

use super::moto::Moto;
use super::support::{read_inventory, silent_run, target};
use super::test_account::{Backend, POOLS_TABLE, TestAccount, create_change};
use crate::support::command::Machine;

const PARAMETER_NAME: &str = "/keypool/pools";

struct ParameterAccount {
    _moto: Moto,
    account: TestAccount,
    aws: Aws,
    ssm: aws_sdk_ssm::Client,
}

/// A test account without a Pools table, and a connection that reads the pools from the parameter.
async fn start_with_parameter() -> Option<ParameterAccount> {
    let moto = Moto::start("pools in an SSM parameter, against moto")?;
    let account = TestAccount::build(Backend::Moto, &moto.endpoint).await;
    account.dynamodb.delete_table().table_name(POOLS_TABLE).send().await.expect("the table is deleted");
    let target =
        Target { pools: Some(PoolsLocation::Parameter(PARAMETER_NAME.to_owned())), ..target(&moto.endpoint) };
    let aws = Aws::connect(&target).await.expect("a connection");
    let ssm = aws_sdk_ssm::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_ssm::config::Region::new("us-east-1"))
        .endpoint_url(&moto.endpoint)
        .credentials_provider(aws_credential_types::Credentials::new("demo", "demo", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let ssm = aws_sdk_ssm::Client::from_conf(ssm.build());
    Some(ParameterAccount { _moto: moto, account, aws, ssm })
}

impl ParameterAccount {
    async fn import_pool(&self, plan: &PlanId, keys: &[&str], capacity: u32) -> Result<(), Failure> {
        let keys: Vec<_> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let text = format!(
            "[{{\"planId\": \"{plan}\", \"capacity\": {capacity}, \"apiKeys\": [{}]}}]",
            keys.join(",")
        );
        let entries = pool_file::read(&text, FileFormat::Json).expect("a list");
        let inventory = read_inventory(&self.aws).await;
        let pools = ops::plan_pool_import(&self.aws, &inventory, &entries, 100).await.expect("it fits");
        ops::import_pools(&self.aws, &inventory, &pools, &silent_run()).await
    }

    async fn import_sharded_pool(&self, capacity: u32) {
        let [a, b] = &self.account.pool_keys;
        self.import_pool(&self.account.pooled_plan, &[a.as_str(), b.as_str()], capacity)
            .await
            .expect("it is written");
    }

    async fn get_parameter(&self) -> Option<aws_sdk_ssm::types::Parameter> {
        self.ssm.get_parameter().name(PARAMETER_NAME).with_decryption(true).send().await.ok()?.parameter
    }

    async fn remarks(&self) -> String {
        read_inventory(&self.aws).await.remarks().join("\n")
    }
}

#[tokio::test]
async fn pools_are_written_to_and_used_from_the_parameter() {
    let Some(fixture) = start_with_parameter().await else { return };
    let ParameterAccount { account, aws, .. } = &fixture;
    assert!(fixture.remarks().await.contains("no parameter /keypool/pools yet"));
    fixture.import_sharded_pool(3).await;
    assert!(
        fixture.remarks().await.contains("pools are read from parameter /keypool/pools: capacities are soft")
    );

    let before = read_inventory(aws).await;
    let created =
        ops::apply(aws, &before, &create_change(&account.pooled_plan, "web", 4), &silent_run()).await;
    let created = created.expect("four pooled keys").created;
    let inventory = read_inventory(aws).await;
    assert!(created.iter().all(|id| {
        inventory.tenant_key(id).is_some_and(|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Pooled))
    }));
    let pool = inventory.pool(&account.pooled_plan).expect("the pool");
    for key in &pool.keys {
        assert!(key.tenants.is_known_to_be(&2) && key.capacity.is_known_to_be(&3), "{key:?}");
    }
    assert_eq!(pool.keys.len(), 2);
    let grow = Change::Grow { plan: account.pooled_plan.clone(), count: 1 };
    let refused = ops::apply(aws, &inventory, &grow, &silent_run()).await;
    assert!(
        matches!(&refused, Err(Failure::Tables(error)) if error.contains("pools import FILE")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_import_replaces_only_the_pool_of_its_plan() {
    let Some(fixture) = start_with_parameter().await else { return };
    fixture.import_sharded_pool(3).await;
    let other = fixture.account.create_plan("Other").await;
    let key = fixture.account.create_api_key_in(&other, 7).await;
    fixture.import_pool(&other, &[key.as_str()], 9).await.expect("it is written");
    fixture.import_sharded_pool(5).await;
    let inventory = read_inventory(&fixture.aws).await;
    let capacity = |plan| inventory.pool(plan).map(|pool| (pool.capacity.clone(), pool.keys.len()));
    assert_eq!(
        (capacity(&other), capacity(&fixture.account.pooled_plan)),
        (Some((9.into(), 1)), Some((5.into(), 2)))
    );
    let parameter = fixture.get_parameter().await.expect("the parameter");
    assert_eq!((parameter.version, parameter.r#type), (3, Some(ParameterType::String)));
}

#[tokio::test]
async fn an_encrypted_parameter_stays_encrypted() {
    let Some(fixture) = start_with_parameter().await else { return };
    let secret =
        fixture.ssm.put_parameter().name(PARAMETER_NAME).value("[]").r#type(ParameterType::SecureString);
    secret.send().await.expect("a parameter");
    fixture.import_sharded_pool(3).await;
    let parameter = fixture.get_parameter().await.expect("the parameter");
    assert_eq!(parameter.r#type, Some(ParameterType::SecureString));
    assert!(read_inventory(&fixture.aws).await.pool(&fixture.account.pooled_plan).is_some());
}

#[tokio::test]
async fn oversized_and_invalid_pool_lists_are_refused() {
    let Some(fixture) = start_with_parameter().await else { return };
    fixture.import_sharded_pool(3).await;
    let long_plan = fixture.account.create_plan(&"x".repeat(8_200)).await;
    let key = fixture.account.create_api_key_in(&long_plan, 7).await;
    let failure = fixture.import_pool(&long_plan, &[key.as_str()], 9).await.expect_err("too long");
    assert!(
        matches!(&failure, Failure::Limit { message, .. } if message.contains("8192 at most")),
        "{failure:?}"
    );
    assert_eq!(
        fixture.get_parameter().await.expect("the parameter").version,
        1,
        "the parameter is unchanged"
    );

    let broken = fixture.ssm.put_parameter().name(PARAMETER_NAME).value("[{]").overwrite(true);
    broken.send().await.expect("a parameter");
    let failure = ops::read_inventory(&fixture.aws, &silent_run()).await.expect_err("no list");
    let message = "the pools in parameter /keypool/pools cannot be used: line 1, column 3";
    assert!(matches!(&failure, Failure::Setting(error) if error.starts_with(message)), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_imports_into_and_exports_from_the_parameter() {
    let Some(fixture) = start_with_parameter().await else { return };
    let [a, b] = &fixture.account.pool_keys;
    let file = format!(
        "exports.apiKeyPools = [{{planId: '{}', apiKeys: ['{a}' '{b}']}}];",
        fixture.account.pooled_plan
    );
    let machine = Machine::new()
        .with_env("AWS_ENDPOINT_URL", &fixture.account.endpoint)
        .with_env("KEYPOOL_POOLS_PARAMETER", PARAMETER_NAME)
        .with_credentials()
        .with_file("api_key_pools.js", &file);
    tokio::task::block_in_place(|| {
        let path = machine.path("api_key_pools.js");
        let line = format!("pools import {} --capacity 7", path.display());
        assert_eq!(machine.json(&format!("{line} --dry-run"))[0]["action"], "create");
        assert_eq!(machine.json("pools").as_array().map(Vec::len), Some(0), "a dry run writes nothing");
        machine.json(&format!("{line} --yes"));
        assert_eq!(machine.json("pools")[0]["capacity"], 7);
        assert_eq!(machine.json("audit")[0]["outcome"], "done");
    });
    let exported = tokio::task::block_in_place(|| machine.run("pools export --format json").stdout);
    assert_eq!(fixture.get_parameter().await.and_then(|parameter| parameter.value), Some(exported));
}
