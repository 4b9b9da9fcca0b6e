//! Pools that live in a parameter of SSM, against moto, which has parameters.

use aws_sdk_ssm::types::ParameterType;
use keypool::aws::{Aws, Failure, PoolsLocation, Target};
use keypool::ops;
use keypool_domain::pool_file::{self, FileFormat};
use keypool_domain::{Change, Mode, PlanId};

use super::moto::Moto;
use super::support::{plain_run, read_inventory, target};
use super::test_account::{Backend, POOLS_TABLE, TestAccount, create_change};
use crate::support::command::Machine;

const PARAMETER_NAME: &str = "/keypool/pools";

struct ParameterAccount {
    _moto: Moto,
    account: TestAccount,
    aws: Aws,
    ssm: aws_sdk_ssm::Client,
}

/// The stage without its table, and a connection that reads pools from the parameter.
async fn start_with_parameter() -> Option<ParameterAccount> {
    let moto = Moto::start("pools in a parameter of SSM, against moto")?;
    let stage = TestAccount::build(Backend::Moto, &moto.endpoint).await;
    stage.dynamodb.delete_table().table_name(POOLS_TABLE).send().await.expect("the table is deleted");
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
    Some(ParameterAccount { _moto: moto, account: stage, aws, ssm })
}

impl ParameterAccount {
    async fn import_pool(&self, plan: &PlanId, keys: &[&str], capacity: u32) -> Result<(), Failure> {
        let keys: Vec<_> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let text = format!(
            "[{{\"planId\": \"{plan}\", \"capacity\": {capacity}, \"apiKeys\": [{}]}}]",
            keys.join(",")
        );
        let entries = pool_file::read(&text, FileFormat::Json).expect("a list");
        let seen = read_inventory(&self.aws).await;
        let pools = ops::plan_pool_import(&self.aws, &seen, &entries, 100).await.expect("it fits");
        ops::import_pools(&self.aws, &seen, &pools, &plain_run()).await
    }

    async fn import_sharded_pool(&self, capacity: u32) {
        let [a, b] = &self.account.pool_keys;
        self.import_pool(&self.account.sharded_plan, &[a.as_str(), b.as_str()], capacity)
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
    let Some(there) = start_with_parameter().await else { return };
    let ParameterAccount { account, aws, .. } = &there;
    assert!(there.remarks().await.contains("no parameter /keypool/pools yet"));
    there.import_sharded_pool(3).await;
    assert!(
        there
            .remarks()
            .await
            .contains("pools are those of parameter /keypool/pools: their capacities are soft")
    );

    let before = read_inventory(aws).await;
    let created = ops::apply(aws, &before, &create_change(&stage.sharded_plan, "web", 4), &plain_run()).await;
    let created = created.expect("four references").created;
    let seen = read_inventory(aws).await;
    assert!(
        created
            .iter()
            .all(|id| seen.tenant_key(id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Pooled)))
    );
    let pool = seen.pool(&stage.sharded_plan).expect("the pool");
    assert_eq!(pool.keys.iter().map(|key| (key.tenants, key.capacity)).collect::<Vec<_>>(), [(2, 3); 2]);
    let grow = Change::Grow { plan: stage.sharded_plan.clone(), count: 1 };
    let refused = ops::apply(aws, &seen, &grow, &plain_run()).await;
    assert!(
        matches!(&refused, Err(Failure::Tables(why)) if why.contains("pools import FILE")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_import_replaces_only_the_pool_of_its_plan() {
    let Some(there) = start_with_parameter().await else { return };
    there.import_sharded_pool(3).await;
    let other = there.account.create_plan("Other").await;
    let key = there.account.create_api_key_in(&other, 7).await;
    there.import_pool(&other, &[key.as_str()], 9).await.expect("it is written");
    there.import_sharded_pool(5).await;
    let seen = read_inventory(&there.aws).await;
    let capacity = |plan| seen.pool(plan).map(|pool| (pool.capacity, pool.keys.len()));
    assert_eq!((capacity(&other), capacity(&there.account.sharded_plan)), (Some((9, 1)), Some((5, 2))));
    let parameter = there.get_parameter().await.expect("the parameter");
    assert_eq!((parameter.version, parameter.r#type), (3, Some(ParameterType::String)));
}

#[tokio::test]
async fn an_encrypted_parameter_stays_encrypted() {
    let Some(there) = start_with_parameter().await else { return };
    let secret =
        there.ssm.put_parameter().name(PARAMETER_NAME).value("[]").r#type(ParameterType::SecureString);
    secret.send().await.expect("a parameter");
    there.import_sharded_pool(3).await;
    let parameter = there.get_parameter().await.expect("the parameter");
    assert_eq!(parameter.r#type, Some(ParameterType::SecureString));
    assert!(read_inventory(&there.aws).await.pool(&there.account.sharded_plan).is_some());
}

#[tokio::test]
async fn oversized_and_invalid_pool_lists_are_refused() {
    let Some(there) = start_with_parameter().await else { return };
    there.import_sharded_pool(3).await;
    let long = there.account.create_plan(&"x".repeat(8_200)).await;
    let key = there.account.create_api_key_in(&long, 7).await;
    let failure = there.import_pool(&long, &[key.as_str()], 9).await.expect_err("too long");
    assert!(
        matches!(&failure, Failure::Limit { message, .. } if message.contains("8192 at most")),
        "{failure:?}"
    );
    assert_eq!(there.get_parameter().await.expect("the parameter").version, 1, "it is as it was");

    let broken = there.ssm.put_parameter().name(PARAMETER_NAME).value("[{]").overwrite(true);
    broken.send().await.expect("a parameter");
    let failure = ops::read_inventory(&there.aws, &plain_run()).await.expect_err("no list");
    let said = "the pools in parameter /keypool/pools cannot be used: line 1, column 3";
    assert!(matches!(&failure, Failure::Setting(why) if why.starts_with(said)), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_imports_into_and_exports_from_the_parameter() {
    let Some(there) = start_with_parameter().await else { return };
    let [a, b] = &there.account.pool_keys;
    let file = format!(
        "exports.apiKeyPools = [{{planId: '{}', apiKeys: ['{a}' '{b}']}}];",
        there.account.sharded_plan
    );
    let machine = Machine::new()
        .with_env("AWS_ENDPOINT_URL", &there.account.endpoint)
        .with_env("KEYPOOL_POOLS_PARAMETER", PARAMETER_NAME)
        .with_credentials()
        .with_file("api_key_pools.js", &file);
    tokio::task::block_in_place(|| {
        let path = machine.path("api_key_pools.js");
        let line = format!("pools import {} --capacity 7", path.display());
        assert_eq!(machine.json(&format!("{line} --dry-run"))[0]["action"], "create");
        assert_eq!(machine.json("pools").as_array().map(Vec::len), Some(0), "it was dry");
        machine.json(&format!("{line} --yes"));
        assert_eq!(machine.json("pools")[0]["capacity"], 7);
        assert_eq!(machine.json("audit")[0]["outcome"], "done");
    });
    let exported = tokio::task::block_in_place(|| machine.run("pools export --format json").stdout);
    assert_eq!(there.get_parameter().await.and_then(|parameter| parameter.value), Some(exported));
}
