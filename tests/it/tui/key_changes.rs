//! Creating, editing and deleting tenant keys: forms, confirmation and results.

use keypool::aws::Failure;
use keypool::ops::{Applied, Progress};
use keypool::tui::{Effect, Event, Options, TaskReport};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Change, Edit, NewTenantKey, NewTenantKeys, TenantKeyId};

use crate::support::console::{Console, change_outcome, options};

fn console() -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), 100, 40)
}

fn changes(console: &Console) -> Vec<Change> {
    let change = |effect: &Effect| match effect {
        Effect::Apply(_, change, _) => Some(change.clone()),
        _ => None,
    };
    console.effects.iter().filter_map(change).collect()
}

fn tenant_key_ids(ids: &[&str]) -> Vec<TenantKeyId> {
    ids.iter().map(|id| TenantKeyId::new(*id)).collect()
}

#[test]
fn the_form_creates_keys_in_the_selected_plan() {
    let mut console = console();
    console.press("jjj n").shows("BasicPlan → sharded: shared API key, room for 46");
    console.type_text("acme").press("<tab>").type_text("web app").press("<tab>").type_text("for the shop");
    console.press("<tab><space><tab>").type_text("3").shows("← no →").press("<enter>");
    let key = NewTenantKey {
        plan: "basicplan".into(),
        tenant: "acme".into(),
        name: "web app".into(),
        description: "for the shop".into(),
        enabled: false,
        expires_at: None,
    };
    assert_eq!(changes(&console), [Change::Create(NewTenantKeys { template: key, count: 3 })]);
    console.shows("create 3 keys in BasicPlan for acme · Esc stops");
}

#[test]
fn the_plan_is_chosen_by_arrow_or_letter() {
    let mut console = console();
    console
        .press("n<backtab>")
        .shows("← PremiumPlan →")
        .press("<right>")
        .shows("← TestPlan →")
        .press("f")
        .shows("← FreePlan →");
}

#[test]
fn a_validation_error_is_shown_at_its_field() {
    let mut console = console();
    console.press("jjj n<enter>").shows("tenant is required").type_text("ac?me").lacks("is required");
    console
        .press("<enter>")
        .shows("tenant contains '?'")
        .press("<backspace><backspace><backspace>")
        .type_text("me");
    console.press("<enter>").shows("name is required").type_text("web");
    console.press("<backtab><backtab><backtab><backtab>").shows("►count");
    console.type_text("100").press("<enter>").shows("BasicPlan has room for 46 more keys, not 100");
    assert_eq!(changes(&console), []);
}

#[test]
fn an_edit_sends_only_changed_fields() {
    let mut console = console();
    console.press("jjjj 3 e").shows("edit key \"backend\" of ").type_text("2").press("<enter>");
    let edit = Edit { name: Some("backend2".into()), ..Edit::default() };
    assert_eq!(changes(&console), [Change::Edit { tenant_key: "premium000".into(), edit }]);
    console.press("e<enter>").shows("nothing would change");
}

#[test]
fn marked_keys_are_enabled_or_disabled_together() {
    let mut console = console();
    console.press("jjjj 3 <space><space> e").shows("edit 2 keys").shows("nothing would change");
    console.press("<enter>").shows("disable 2 keys").type_text("2").press("<enter>");
    let [Change::SetEnabled { tenant_keys, enabled: false }] = &changes(&console)[..] else {
        panic!("{:?}", changes(&console))
    };
    assert_eq!(tenant_keys.len(), 2);
}

#[test]
fn disabling_a_shared_key_asks_first_and_explains_why() {
    let mut console = console();
    console
        .press("jj 3 e<tab><tab><space><enter>")
        .shows("API Gateway cannot disable a shared key for one tenant");
    assert_eq!(changes(&console), []);
    console.press("y");
    assert_eq!(changes(&console).len(), 1);
}

#[test]
fn leftovers_of_a_failed_create_are_shown_in_full_at_80_by_24() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("j n").type_text("zeta").press("<tab>").type_text("one").press("<enter>");
    let refused_connection = |port: u16| Failure::Unreachable {
        endpoint: format!("http://127.0.0.1:{port}"),
        cause: "Connection refused (os error 111)".to_owned(),
    };
    console.finish_task(change_outcome(Err(Failure::UndoFailed {
        failure: Box::new(refused_connection(4599)),
        remnant: "perhaps an API key named \"one\"".to_owned(),
        undo: Box::new(refused_connection(4599)),
    })));
    console.shows("is left").shows("to clean up");
}

#[test]
fn the_delete_dialog_shows_its_steps_and_defaults_to_cancel() {
    let mut console = console();
    console.press("jjjj 3 D").shows("delete key \"backend\" of acme").shows("affects 1 tenant: acme");
    console
        .shows("disable API key premium000")
        .shows("delete tenant key premium000")
        .shows("►[ Cancel ]")
        .press("<enter>");
    assert_eq!(changes(&console), []);
    console.lacks("Cancel").press("D<tab><enter>");
    assert_eq!(changes(&console), [Change::Delete(tenant_key_ids(&["premium000"]))]);
}

#[test]
fn a_change_to_several_tenants_asks_for_their_number() {
    let mut console = console();
    console.press("jj 3 <space><space><space> D").shows("affects 3 tenants: acme, globex, initech");
    console.shows("3 of these keys are shared").press("y <tab><enter>").lacks("►[ Delete");
    assert_eq!(changes(&console), []);
    console
        .press("D 2")
        .shows("►[ Cancel ]")
        .press("<backspace>3")
        .shows("►[ Delete 3 keys ]")
        .press("<enter>");
    let ids = ["FreePlan-acme-trial", "FreePlan-globex-trial", "FreePlan-initech-trial"];
    assert_eq!(changes(&console), [Change::Delete(tenant_key_ids(&ids))]);
}

#[test]
fn a_read_only_context_refuses_every_write() {
    let read_only = Options { is_read_only: true, ..options() };
    let mut console = Console::with_options(read_only, InventoryBuilder::sample().build(), 100, 40);
    console.shows("[ro]").lacks(" n new").press("3");
    for keys in ["n", "e", "D", ":new<enter>", ":delete<enter>", ":edit<enter>"] {
        console
            .press(keys)
            .shows("this context is read-only")
            .shows("start without --readonly")
            .lacks("Cancel");
    }
    console.press(":").shows("create keys (read-only)");
    assert_eq!(changes(&console), []);
}

#[test]
fn a_change_reports_progress_and_esc_stops_it_between_steps() {
    let mut console = console();
    console.press("jjjj 3 D y");
    let id = console.last_task_id();
    let progress = Progress { done: 1, total: Some(3), doing: "delete API key premium000".to_owned() };
    console
        .send_event(Event::Task(id, TaskReport::Progress(progress)))
        .shows("· 1/3 · delete API key premium000 · Esc stops");
    console.press("<esc>").shows("stopping after this step");
    assert_eq!(console.effects.last(), Some(&Effect::Cancel(id)));
    console
        .finish_task(change_outcome(Err(Failure::Cancelled)))
        .shows("of acme: stopped before it was finished");
    assert!(matches!(console.effects.last(), Some(Effect::Load(..))), "the account is refreshed");
}

#[test]
fn after_a_create_the_account_is_refreshed_and_the_cursor_is_on_the_new_key() {
    let mut console = console();
    console.press("jjj n").type_text("zeta").press("<tab>").type_text("web").press("<enter>");
    let applied = Applied { created: tenant_key_ids(&["BasicPlan-zeta-web"]), ..Applied::default() };
    console.finish_task(change_outcome(Ok(applied))).shows("1 key created");
    console.finish_loading(
        InventoryBuilder::sample().pooled_key("BasicPlan", "basic0005x", "zeta", "web").build(),
    );
    console.shows("BasicPlan · 5 ·").shows("▌ web zeta");
}

#[test]
fn a_refresh_started_before_a_change_is_discarded() {
    let mut console = console();
    console.press("jjjj 3 r");
    let old_refresh = console.last_task_id();
    console.press("D y");
    console.finish_task(change_outcome(Ok(Applied {
        deleted: tenant_key_ids(&["premium000"]),
        ..Applied::default()
    })));
    assert!(console.effects.contains(&Effect::Cancel(old_refresh)));
    assert!(matches!(console.effects.last(), Some(Effect::Load(id, ..)) if *id != old_refresh));
}

#[test]
fn after_a_deletion_the_cursor_stays_at_its_position() {
    let mut console = console();
    console.press("jj 3 j D y");
    console.finish_task(change_outcome(Ok(Applied {
        deleted: tenant_key_ids(&["FreePlan-globex-trial"]),
        ..Applied::default()
    })));
    let mut builder = InventoryBuilder::empty().plan("FreePlan", 100).pool("FreePlan", &["freeq0001x"], 10);
    for tenant in ["acme", "initech", "umbrella"] {
        builder = builder.pooled_key("FreePlan", "freeq0001x", tenant, "trial");
    }
    console.finish_loading(builder.build()).shows("1 key deleted").shows("▌ trial initech");
}

#[test]
fn every_move_that_is_offered_leads_to_its_steps() {
    let mut offered = 0;
    for plan in ["jj", "jjj", "jjjj"] {
        for item in 0..4 {
            let mut console = console();
            console
                .press("1g")
                .press(plan)
                .press("3 m")
                .shows("╭ move ")
                .press(&"j".repeat(item))
                .press("<enter>");
            let screen = console.screen();
            let is_unavailable = screen.contains("╭ move ");
            assert!(is_unavailable || screen.contains("[ Cancel ]"), "{plan} {item}: {screen}");
            offered += usize::from(!is_unavailable);
        }
    }
    assert!(offered >= 2, "{offered}");
}
