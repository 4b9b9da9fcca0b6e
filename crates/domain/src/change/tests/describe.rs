//! Descriptions, buttons and cautions of each change.

use super::*;
use crate::key_file::{ImportAction, ImportedKey, PlannedKey};

/// Each change with its description, its button, whether it needs confirmation, and the start of its caution.
fn all_changes() -> Vec<(Change, &'static str, &'static str, bool, &'static str)> {
    let off = Edit { enabled: Some(false), ..Edit::default() };
    let rotate = |grace| Change::Rotate { tenant_keys: ids(&["k1"]), grace };
    let quota = "a new API key has its own quota";
    let values_stop = "the current values of these tenants stop working";
    vec![
        (
            create("silo", 2),
            "create 2 keys in silo-plan for acme",
            "Create",
            false,
            "calls get 403 everywhere",
        ),
        (edit("k1", off.clone()), "key \"k1-name\" of acme: disable", "Save", true, ""),
        (edit("s1", off), "key \"s1-name\" of acme: disable", "Save", true, "API Gateway cannot disable a"),
        (Change::Delete(ids(&["k1"])), "delete key \"k1-name\" of acme", "Delete", true, ""),
        (Change::Delete(ids(&["x"])), "delete key x", "Delete", true, ""),
        (
            Change::Delete(ids(&["s1"])),
            "delete key \"s1-name\" of acme",
            "Delete",
            true,
            "this key is shared",
        ),
        (Change::Delete(ids(&["s1", "s2"])), "delete 2 keys", "Delete", true, "2 of these keys are shared"),
        (
            restore(tenant_key("k9", "silo", "acme", None)),
            "restore key \"k9-name\" of acme",
            "Restore",
            false,
            "the API key gets a new id",
        ),
        (
            Change::Restore([restoration("k8", "acme"), restoration("k9", "globex")].to_vec()),
            "restore 2 keys",
            "Restore",
            false,
            "the API keys get new ids",
        ),
        (rotate(0), "rotate key \"k1-name\" of acme", "Rotate", true, "the old values stop working at once"),
        (
            rotate(172_800),
            "rotate key \"k1-name\" of acme, old value works for another 2 days",
            "Rotate",
            true,
            quota,
        ),
        (
            rotate_pool_key("b1", 0),
            "rotate pool key b1",
            "Rotate",
            true,
            "the old value stops working at once for 4 tenant keys",
        ),
        (
            rotate_pool_key("b1", 90),
            "rotate pool key b1, old value works for another 90 s",
            "Rotate",
            true,
            quota,
        ),
        (
            Change::SetCustomer { tenant_key: "k1".into(), customer: "c".into() },
            "key \"k1-name\" of acme: set the AWS Marketplace customer to \"c\"",
            "Save",
            false,
            "",
        ),
        (import(ImportAction::Create), "import 1 API key and 1 tenant key", "Import", false, ""),
        (
            import(ImportAction::Overwrite),
            "import 1 API key and 1 tenant key",
            "Import",
            true,
            "1 API key is overwritten",
        ),
        (Change::Retire("spare".into()), "retire API key spare", "Retire", true, ""),
        (
            Change::Isolate(ids(&["s1"])),
            "give key \"s1-name\" of acme its own API key",
            "Isolate",
            true,
            "these tenants still have",
        ),
        (
            Change::Consolidate { tenant_keys: ids(&["k1"]), other_plans: OtherPlans::Refuse },
            "move key \"k1-name\" of acme into the pool",
            "Consolidate",
            true,
            values_stop,
        ),
        (
            change_plan("k1", "other"),
            "move key \"k1-name\" of acme to other-plan",
            "Move",
            true,
            "calls may fail briefly while the key moves",
        ),
        (
            Change::Rebalance("shard".into()),
            "rebalance the pool of shard-plan",
            "Rebalance",
            true,
            "2 tenant keys get other values",
        ),
        (create_pool("silo", &["spare"], 5), "make 1 API key the pool of silo-plan", "Create", false, ""),
        (Change::DissolvePool("free".into()), "dissolve the pool of free-plan", "Dissolve", true, ""),
        (set_pool("free", None, Some(9)), "edit the pool of free-plan", "Save", false, ""),
        (grow("free", 2), "add 2 API keys to the pool of free-plan", "Grow", false, ""),
        (Change::Drain("b1".into()), "drain pool key b1", "Drain", true, values_stop),
    ]
}

fn import(action: ImportAction) -> Change {
    let key = ImportedKey {
        name: "imported".to_owned(),
        value: Secret::new("v".repeat(40)),
        description: String::new(),
        enabled: true,
        plans: vec!["silo".into()],
        tenant: Some("acme".into()),
        existing: None,
        expires_at: None,
    };
    Change::Import(vec![PlannedKey { line: 2, action, key }])
}

#[test]
fn each_change_has_a_description_a_button_and_its_caution() {
    let inventory = inventory();
    for (change, line, verb, needs_confirmation, caution) in all_changes() {
        assert_eq!(change.describe(&inventory), line);
        assert_eq!(
            (change.verb(), change.needs_confirmation(&inventory)),
            (verb, needs_confirmation),
            "{line}"
        );
        let cautions = change.cautions(&inventory);
        assert_eq!(cautions.len(), usize::from(!caution.is_empty()), "{line}: {cautions:?}");
        assert!(cautions.concat().starts_with(caution), "{line}: {cautions:?}");
    }
}

#[test]
fn enabling_or_renaming_a_shared_key_has_no_caution() {
    let on = Edit { enabled: Some(true), ..Edit::default() };
    let name = Edit { name: Some("x".into()), ..Edit::default() };
    for harmless in [on, name] {
        assert!(edit("s1", harmless).cautions(&inventory()).is_empty());
    }
}

#[test]
fn leaving_a_shared_key_warns_that_its_value_stays_known() {
    let change_plan_of = |tenant_keys: &[&str]| Change::ChangePlan {
        tenant_keys: ids(tenant_keys),
        plan: "other".into(),
        other_plans: OtherPlans::Refuse,
    };
    let cautions = |tenant_keys: &[&str]| change_plan_of(tenant_keys).cautions(&inventory()).concat();
    assert_eq!(cautions(&["k1"]), "calls may fail briefly while the key moves; usage counters restart");
    assert!(cautions(&["s1"]).ends_with("tenants that leave a shared key still have its value"));
    assert!(cautions(&["k1", "s1"]).starts_with("calls may fail briefly while the keys move"));
}

#[test]
fn affected_tenants_are_those_using_the_changed_keys() {
    let affected = |change: Change| {
        change
            .affected_tenants(&inventory())
            .iter()
            .map(|tenant| tenant.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    let all_of_b1 = ["acme", "globex", "initech"];
    assert_eq!(affected(create("shard", 3)), ["acme"]);
    assert_eq!(affected(restore(tenant_key("k9", "silo", "globex", None))), ["globex"]);
    assert_eq!(affected(edit("s2", Edit::default())), ["globex"]);
    for change in [rotate_pool_key("b1", 0), Change::Retire("b1".into()), Change::Drain("b1".into())] {
        assert_eq!(affected(change), all_of_b1);
    }
    let tenant_keys = || ids(&["s4", "s2", "s3"]);
    for change in [
        Change::Delete(tenant_keys()),
        Change::Rotate { tenant_keys: tenant_keys(), grace: 0 },
        Change::Isolate(tenant_keys()),
        Change::Consolidate { tenant_keys: tenant_keys(), other_plans: OtherPlans::Refuse },
        Change::ChangePlan {
            tenant_keys: tenant_keys(),
            plan: "silo".into(),
            other_plans: OtherPlans::Refuse,
        },
    ] {
        assert_eq!(affected(change), all_of_b1);
    }
    assert_eq!(affected(Change::Rebalance("shard".into())), ["acme", "globex"], "only the tenants that move");
    for change in [
        create_pool("silo", &["spare"], 5),
        Change::DissolvePool("free".into()),
        set_pool("free", None, Some(9)),
        grow("free", 1),
    ] {
        assert!(affected(change).is_empty());
    }
}

#[test]
fn an_edit_describes_each_field_it_sets() {
    let all = Edit {
        name: Some("web".into()),
        description: Some("mine".into()),
        enabled: Some(true),
        ..Edit::default()
    };
    assert_eq!(all.describe(), "set name to \"web\", set description to \"mine\", enable");
    assert_eq!(Edit::default().describe(), "change nothing");
    assert!(Edit::default().is_empty() && !all.is_empty());
}

#[test]
fn a_restored_key_that_looks_like_another_of_its_tenant_is_named_with_its_id() {
    let namesake = crate::TenantKey { name: "k9-name".into(), ..tenant_key("k1", "silo", "acme", None) };
    let inventory = crate::testing::inventory(Vec::new(), vec![namesake]);
    let restored = |tenant| Change::Restore(vec![restoration("k9", tenant)]).describe(&inventory);
    assert_eq!(restored("acme"), "restore key \"k9 (k9-name)\" of acme");
    assert_eq!(restored("globex"), "restore key \"k9-name\" of globex");
}

fn restoration(id: &str, tenant: &str) -> crate::change::Restoration {
    let (tenant_key, value) = (tenant_key(id, "silo", tenant, None), Secret::new("its value"));
    crate::change::Restoration { tenant_key, value, api_key: former_api_key(id, &["silo"]) }
}
