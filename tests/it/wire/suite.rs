//! One suite, written once: reading, creating, editing and deleting, siloed and pooled, on every backend.
//!
//! On local AWS each case is a test of its own; on moto they run in one, so that it starts once.

mod imported;
mod operations;
mod plans;
mod pooled;
mod siloed;

use futures_util::FutureExt;
use keypool_local_aws::{LocalAws, Options, World};

use super::moto::Moto;
use super::test_account::{Backend, TestAccount};

/// Where moto deviates from AWS, and what is therefore expected otherwise there; the rest of the suite holds.
///
/// A case that meets one of these says what it expects of each side, so that a deviation that has gone is noticed.
const MOTO_DEVIATIONS: &[(&str, &str)] = &[
    ("usage", "it has no GetUsage, so the calls of a pool with least-used are not known"),
    ("extension", "it has no UpdateUsage, so no quota is extended"),
    ("numbers", "it answers the numbers of a patched plan as text, which the SDK refuses to read"),
    ("isolation", "transactions that run at the same time write over each other"),
    ("tags", "it knows no tags of API keys after they are made"),
    ("import", "it has no ImportApiKeys"),
    ("methods", "it has no UpdateMethod"),
    (
        "method limits",
        "it passes over the limits of single methods in a patch, and unlinks no stage that has some",
    ),
    ("cascade", "it leaves a deleted API key among the members of its plan"),
];

impl TestAccount {
    /// Whether the backend does as AWS does; where it does not is listed by name and reason.
    fn behaves_like_aws(&self, what: &str) -> bool {
        self.backend == Backend::LocalAws || !MOTO_DEVIATIONS.iter().any(|(name, _)| *name == what)
    }
}

macro_rules! suite {
    ($($part:ident :: $case:ident,)+) => {
        mod on_local_aws {
            use super::*;

            $(
                #[tokio::test]
                async fn $case() {
                    let options = Options { world: World::Empty, ..Options::default() };
                    let local = LocalAws::start(options).await.expect("local AWS");
                    $part::$case(&TestAccount::build(Backend::LocalAws, &local.endpoint()).await).await;
                }
            )+
        }

        #[tokio::test]
        async fn on_moto() {
            let Some(moto) = Moto::start("the end-to-end suite against moto") else { return };
            $(
                // On the heap, each from a function of its own: all cases in one frame would not fit on the stack.
                let boxed = || async { $part::$case(&*reset_moto(&moto).await).await }.boxed_local();
                let case = boxed();
                let held = std::panic::AssertUnwindSafe(case).catch_unwind().await;
                assert!(held.is_ok(), "{} does not hold on moto", stringify!($case));
            )+
        }
    };
}

suite! {
    siloed::the_world_is_seen_as_it_was_made,
    siloed::a_plan_that_was_patched_is_read,
    siloed::a_siloed_key_is_an_api_key_in_the_plan_and_a_row,
    siloed::a_siloed_key_may_begin_disabled,
    siloed::several_keys_end_in_their_number,
    siloed::an_edit_reaches_gateway_and_row_and_leaves_foreign_attributes,
    siloed::a_customer_of_the_marketplace_is_the_api_keys,
    siloed::an_edit_of_a_row_that_changed_is_refused_and_leaves_the_other_edit_whole,
    siloed::an_edit_of_a_row_that_others_wrote_counts_from_one,
    siloed::deleting_removes_api_key_and_row,
    siloed::a_key_that_vanished_meanwhile_is_no_hindrance_to_deleting,
    siloed::rows_may_hold_no_values,
    imported::keys_out_of_a_file_come_with_their_plans_and_rows,
    imported::pools_are_written_with_counters_from_the_rows,
    imported::a_pool_that_was_changed_meanwhile_is_left_alone,
    imported::a_counter_that_moved_meanwhile_is_left_alone,
    imported::what_a_pool_leaves_out_is_counted_no_more,
    pooled::pooled_keys_spread_over_the_pool_and_make_no_api_key,
    pooled::five_pooled_keys_send_the_same_value_behind_one_api_key,
    pooled::a_full_pool_refuses,
    pooled::a_lost_race_chooses_again_and_at_last_refuses,
    pooled::deleting_a_reference_counts_one_less_and_keeps_the_api_key,
    pooled::a_reference_that_vanished_is_said_to_be_gone,
    pooled::an_edit_of_a_reference_touches_only_the_row,
    pooled::a_pool_key_without_a_counter_takes_nobody,
    pooled::a_reference_of_the_sample_is_recognised_and_deleted,
    pooled::least_used_asks_for_todays_calls,
    operations::a_rotated_key_has_another_value_and_nothing_else,
    operations::with_a_grace_the_old_value_stays_until_it_is_retired,
    operations::a_pool_key_is_rotated_with_all_its_tenants,
    operations::an_isolated_tenant_has_a_key_of_its_own,
    operations::a_key_changes_its_plan_whatever_the_models,
    operations::a_move_of_a_row_that_changed_is_refused_and_taken_back,
    operations::a_skewed_pool_is_brought_level,
    operations::a_pool_grows_and_a_drained_key_leaves_it,
    operations::keys_of_a_plan_become_its_pool_and_go_with_it,
    operations::a_pool_is_set_as_far_as_its_tenants_allow,
    operations::a_deleted_key_comes_back_with_its_value,
    plans::a_plan_is_made_with_everything_and_told,
    plans::an_edit_of_a_plan_reaches_gateway_and_its_row,
    plans::stages_are_linked_and_unlinked_with_the_limits_of_their_methods,
    plans::a_plan_goes_with_its_stages_and_its_row,
    plans::logs_are_set_for_the_account_and_the_stage,
    plans::a_method_that_needs_a_key_is_met_after_a_deployment,
    operations::a_quota_is_extended_and_set_back,
}

/// Everything that moto held is gone.
async fn reset_moto(moto: &Moto) -> Box<TestAccount> {
    let reset = format!("{}/moto-api/reset", moto.endpoint);
    let asked = post(&reset).await;
    assert_eq!(asked, 200, "moto resets");
    Box::new(Box::pin(TestAccount::build(Backend::Moto, &moto.endpoint)).await)
}

/// The status of a POST without a body.
async fn post(url: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = tokio::net::TcpStream::connect(host).await.expect("a connection");
    let request =
        format!("POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    answer.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status")
}
