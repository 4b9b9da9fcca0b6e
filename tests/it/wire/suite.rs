//! One suite of cases that runs on local AWS and on moto: reads and all changes, siloed and pooled.
//!
//! On local AWS each case is a test of its own, in an account with tables and, unless it needs them, in one without.
//! On moto all cases run in one test, so that moto starts once.

mod imports;
mod operations;
mod plans;
mod pooled;
pub(in crate::wire) mod refused;
mod siloed;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use keypool_local_aws::{LocalAws, Options, World};

use super::moto::Moto;
use super::test_account::{Account, Backend, TestAccount};
use refused::NeedsTables;

/// Known deviations of moto from AWS: name and description.
///
/// A case affected by one asserts the behaviour of both backends, so a fixed deviation fails the suite.
const MOTO_DEVIATIONS: &[(&str, &str)] = &[
    ("usage", "no GetUsage, so least-used assignment has no data"),
    ("extension", "no UpdateUsage, so quotas cannot be extended"),
    ("numbers", "returns the numbers of a patched plan as text, which the SDK rejects"),
    ("isolation", "concurrent transactions overwrite each other"),
    ("tags", "no tagging of existing API keys"),
    ("import", "no ImportApiKeys"),
    ("methods", "no UpdateMethod"),
    ("method throttles", "ignores method throttles in a patch and cannot unlink a stage that has them"),
    ("cascade", "keeps a deleted API key as a member of its plan"),
];

impl TestAccount {
    /// Whether the backend behaves like AWS in the aspect named in `MOTO_DEVIATIONS`.
    fn behaves_like_aws(&self, aspect: &str) -> bool {
        self.backend == Backend::LocalAws || !MOTO_DEVIATIONS.iter().any(|(name, _)| *name == aspect)
    }
}

macro_rules! suite {
    (
        both accounts { $($both_part:ident :: $both:ident,)+ }
        only with tables { $($table_part:ident :: $table:ident => $reason:expr,)+ }
    ) => {
        mod on_local_aws {
            use super::*;

            $(
                #[tokio::test]
                async fn $both() {
                    on_local_aws(Account::WithTables, async |account| $both_part::$both(account).await).await;
                }
            )+
            $(
                #[tokio::test]
                async fn $table() {
                    on_local_aws(Account::WithTables, async |account| $table_part::$table(account).await).await;
                }
            )+
        }

        mod on_local_aws_without_tables {
            use super::*;

            $(
                #[tokio::test]
                async fn $both() {
                    on_local_aws(Account::WithoutTables, async |account| $both_part::$both(account).await).await;
                }
            )+
        }

        /// The cases that an account without tables cannot have.
        const NEED_TABLES: &[(&str, NeedsTables)] = &[$((stringify!($table), $reason),)+];

        #[tokio::test]
        async fn on_moto() {
            let Some(moto) = Moto::start("the suite against moto") else { return };
            $(
                // Boxed per case: the futures of all cases in one frame would overflow the stack.
                let start = || async { $both_part::$both(&*reset_moto(&moto).await).await }.boxed_local();
                assert_case_passes(stringify!($both), start()).await;
            )+
            $(
                let start = || async { $table_part::$table(&*reset_moto(&moto).await).await }.boxed_local();
                assert_case_passes(stringify!($table), start()).await;
            )+
        }
    };
}

suite! {
    both accounts {
        siloed::the_inventory_has_plans_limits_prices_and_pools,
        siloed::patched_plan_limits_are_read,
        siloed::creating_a_siloed_key_makes_an_api_key_in_the_plan_and_a_tenant_key,
        siloed::a_siloed_key_can_be_created_disabled,
        siloed::several_new_keys_get_numbered_names,
        siloed::an_edit_changes_api_key_and_tenant_key_and_keeps_unknown_attributes,
        siloed::setting_the_marketplace_customer_changes_the_api_key,
        siloed::deleting_a_siloed_key_removes_api_key_and_tenant_key,
        siloed::a_tenant_key_whose_api_key_is_already_gone_can_be_deleted,
        operations::rotating_a_siloed_key_changes_only_id_and_value,
        operations::rotation_with_grace_keeps_the_old_value_until_it_is_retired,
        operations::a_siloed_key_moves_to_a_siloed_plan,
        operations::restoring_a_deleted_key_brings_back_its_value,
        operations::a_quota_extension_can_be_reversed,
        plans::a_new_plan_has_all_requested_settings,
        plans::a_plan_edit_changes_plan_and_price_list_and_can_be_reversed,
        plans::unlinking_a_stage_drops_its_method_throttles_and_linking_restores_them,
        plans::deleting_a_plan_deletes_its_price_list_entry,
        plans::the_logging_role_and_the_stage_logs_can_be_set,
        plans::requiring_keys_takes_effect_with_a_deployment,
    }
    only with tables {
        siloed::editing_a_tenant_key_that_changed_meanwhile_is_refused => NeedsTables::Items,
        siloed::editing_a_tenant_key_without_revision_sets_revision_one => NeedsTables::Items,
        siloed::values_stay_out_of_the_table_with_store_values_off => NeedsTables::Items,
        imports::imported_keys_get_plans_and_tenant_keys => NeedsTables::Change(refused::import),
        imports::imported_pools_get_counters_from_tenant_keys => NeedsTables::Pool,
        imports::an_import_is_refused_if_the_pool_changed_meanwhile => NeedsTables::Pool,
        imports::an_import_is_refused_if_a_counter_changed_meanwhile => NeedsTables::Pool,
        imports::importing_a_pool_without_one_of_its_keys_deletes_the_counter => NeedsTables::Pool,
        pooled::pooled_keys_are_spread_over_the_pool_without_new_api_keys => NeedsTables::Pool,
        pooled::tenant_keys_of_one_pool_key_share_its_value => NeedsTables::Pool,
        pooled::a_full_pool_refuses_new_keys => NeedsTables::Pool,
        pooled::concurrent_creates_never_exceed_the_capacity => NeedsTables::Pool,
        pooled::deleting_pooled_keys_lowers_the_counters_and_keeps_the_api_keys => NeedsTables::Pool,
        pooled::deleting_or_editing_a_missing_tenant_key_fails_as_gone => NeedsTables::Pool,
        pooled::editing_a_pooled_key_changes_only_the_tenant_key => NeedsTables::Pool,
        pooled::a_pool_key_without_counter_gets_no_new_tenants => NeedsTables::Pool,
        pooled::a_pooled_key_of_the_sample_app_is_recognised_and_deleted => NeedsTables::Pool,
        pooled::least_used_assignment_reads_usage => NeedsTables::Pool,
        operations::rotating_a_pool_key_moves_all_its_tenants => NeedsTables::Change(refused::rotate_pool_key),
        operations::isolate_gives_a_tenant_its_own_api_key_and_consolidate_returns_it_to_the_pool
            => NeedsTables::Change(refused::isolate_and_consolidate),
        operations::change_plan_works_between_siloed_and_sharded_plans => NeedsTables::Pool,
        operations::moving_a_tenant_key_that_changed_meanwhile_is_refused_and_undone => NeedsTables::Items,
        operations::rebalance_levels_a_skewed_pool => NeedsTables::Change(refused::rebalance),
        operations::grow_adds_pool_keys_and_drain_removes_one => NeedsTables::Change(refused::grow_and_drain),
        operations::create_pool_uses_keys_of_the_plan_and_dissolve_deletes_them
            => NeedsTables::Change(refused::create_and_dissolve_pool),
        operations::the_capacity_cannot_go_below_the_number_of_tenants => NeedsTables::Change(refused::set_pool),
    }
}

/// Runs a case in a new account on local AWS.
async fn on_local_aws(kind: Account, case: impl AsyncFnOnce(&TestAccount)) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    case(&TestAccount::build_as(kind, Backend::LocalAws, &local.endpoint()).await).await;
}

async fn assert_case_passes(name: &str, case: LocalBoxFuture<'_, ()>) {
    let result = std::panic::AssertUnwindSafe(case).catch_unwind().await;
    assert!(result.is_ok(), "case {name} fails on moto");
}

/// Deletes all state in moto and builds a new test account.
async fn reset_moto(moto: &Moto) -> Box<TestAccount> {
    let reset = format!("{}/moto-api/reset", moto.endpoint);
    let status = post(&reset).await;
    assert_eq!(status, 200, "reset moto");
    Box::new(Box::pin(TestAccount::build(Backend::Moto, &moto.endpoint)).await)
}

/// Sends a POST without a body; returns the HTTP status.
async fn post(url: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = tokio::net::TcpStream::connect(host).await.expect("a connection");
    let request =
        format!("POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut response = String::new();
    socket.read_to_string(&mut response).await.expect("a response");
    response.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status")
}
