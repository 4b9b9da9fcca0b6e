//! Creating, editing, deleting and restoring tenant keys.

use super::*;
use crate::assign::AssignmentError;
use crate::limits::MAX_API_KEYS;
use crate::validate::MAX_DESCRIPTION_CHARS;

#[test]
fn creating_a_siloed_key_writes_the_tenant_key_last() {
    let units = steps(&create("silo", 1));
    assert!(matches!(&units[..], [unit] if matches!(&unit[..],
        [Step::CreateApiKey(key), Step::AttachApiKey { plan, .. }, Step::WriteTenantKey(_)]
            if key.name == "web" && plan.as_str() == "silo")));
}

#[test]
fn several_keys_are_numbered_from_one() {
    let units = create("silo", 3).units(&inventory()).expect("steps");
    let subjects: Vec<_> = units.iter().map(|unit| unit.subject.as_str()).collect();
    assert_eq!(subjects, ["acme · web-1", "acme · web-2", "acme · web-3"]);
}

#[test]
fn creating_in_a_pool_is_one_step_as_long_as_there_is_room() {
    assert!(matches!(&steps(&create("free", 1))[0][..], [Step::WritePooledTenantKey(_)]));
    let refused = create("free", 2).units(&inventory());
    assert_eq!(refused, Err(Refusal::NotEnoughRoom { plan: "free-plan".into(), room: 1, requested: 2 }));
}

#[test]
fn creating_in_a_full_pool_is_refused() {
    let full = inventory_with(|parts| parts.pools[0].keys[0].tenants = 3.into());
    let refused = create("free", 1).units(&full);
    let reason = AssignmentError::Full { keys: 1, tenants: 3 };
    assert_eq!(refused, Err(Refusal::NoPoolKey { plan: "free-plan".into(), reason }));
}

#[test]
fn invalid_fields_are_refused_by_name() {
    let refusal_with = |change: fn(&mut NewTenantKeys)| {
        let mut new = new_keys("silo", 1);
        change(&mut new);
        Change::Create(new).units(&inventory()).expect_err("refused").to_string()
    };
    assert_eq!(refusal_with(|new| new.template.name = "  ".into()), "name is required");
    assert_eq!(refusal_with(|new| new.template.tenant = "".into()), "tenant is required");
    assert!(refusal_with(|new| new.template.name = "x".repeat(1_025)).contains("1025 characters"));
    assert!(refusal_with(|new| new.template.tenant = "x".repeat(257).into()).contains("maximum is 256"));
    assert!(refusal_with(|new| new.template.tenant = "a\u{1b}[2J".into()).contains("'\\u{1b}'"));
    assert!(refusal_with(|new| new.template.name = "two\nlines".into()).contains("line breaks"));
    assert!(refusal_with(|new| new.count = 0).starts_with("cannot create 0 keys"));
    assert!(refusal_with(|new| new.count = 10_000).contains("no room for 10,000 more"));
    assert!(refusal_with(|new| new.template.plan = "nowhere".into()).contains("usage plan nowhere"));
}

#[test]
fn deleting_a_siloed_key_tags_and_disables_first_and_deletes_the_api_key_last() {
    let delete_steps = |id: &str| steps(&Change::Delete(vec![id.into()])).remove(0);
    let (key, tenant_key): (ApiKeyId, TenantKeyId) = ("k1".into(), "k1".into());
    let (tag, disable) = (Step::TagDeletion(key.clone()), Step::DisableApiKey(key.clone()));
    assert_eq!(
        delete_steps("k1"),
        [tag, disable, Step::DeleteTenantKey(tenant_key), Step::DeleteApiKey(key)]
    );
    let (tag, delete) = (Step::TagDeletion("off".into()), Step::DeleteApiKey("off".into()));
    assert_eq!(delete_steps("off"), [tag, Step::DeleteTenantKey("off".into()), delete]);
    let interrupted = inventory_with(|parts| {
        for key in parts.api_keys.value_mut().expect("listed") {
            key.tags.insert(tag::DELETING.to_owned(), "since".to_owned());
        }
    });
    let steps = steps_in(&interrupted, &Change::Delete(vec!["off".into()])).remove(0);
    assert_eq!(
        steps,
        [Step::DeleteTenantKey("off".into()), Step::DeleteApiKey("off".into())],
        "it continues the deletion"
    );
    assert_eq!(delete_steps("gone"), [Step::DeleteTenantKey("gone".into())]);
}

#[test]
fn deleting_a_pooled_key_keeps_the_shared_key_with_a_caution() {
    let change = Change::Delete(vec!["r1".into()]);
    assert_eq!(
        steps(&change),
        [[Step::DeletePooledTenantKey { tenant_key: "r1".into(), api_key: "p1".into() }]]
    );
    assert!(change.cautions(&inventory())[0].contains("can still call"));
    assert!(Change::Delete(vec!["k1".into()]).cautions(&inventory()).is_empty());
}

#[test]
fn a_key_with_a_missing_api_key_cannot_be_edited() {
    let edit = Edit { enabled: Some(false), ..Edit::default() };
    let refused = Change::Edit { tenant_key: "gone".into(), edit }.units(&inventory()).expect_err("refused");
    assert_eq!(refused, Refusal::NoApiKey("gone".into()));
    assert!(refused.to_string().contains("API key gone does not exist: delete"));
}

#[test]
fn an_edit_writes_only_what_differs() {
    let edited = Edit { name: Some("r1-name".into()), enabled: Some(false), ..Edit::default() };
    let difference = Edit { enabled: Some(false), ..Edit::default() };
    let update_tenant_key =
        Step::UpdateTenantKey { tenant_key: "r1".into(), revision: Some(3), edit: difference.clone() };
    assert_eq!(steps(&edit("r1", edited)), [[update_tenant_key]]);
    let update_api_key = Step::UpdateApiKey { api_key: "k1".into(), edit: difference.clone() };
    assert_eq!(steps(&edit("k1", difference))[0][0], update_api_key);
    let same = Edit { name: Some("k1-name".into()), ..Edit::default() };
    assert_eq!(edit("k1", same).units(&inventory()), Err(Refusal::NoDifference));
}

#[test]
fn disabling_one_pooled_tenant_warns_that_calls_continue() {
    let off = Edit { enabled: Some(false), ..Edit::default() };
    assert_eq!(edit("r1", off.clone()).cautions(&inventory()).len(), 1);
    assert!(edit("k1", off).cautions(&inventory()).is_empty());
}

#[test]
fn affected_tenants_are_listed_once() {
    let change = Change::Delete(["r2", "r1", "k1"].map(TenantKeyId::from).to_vec());
    assert_eq!(change.affected_tenants(&inventory()), ["acme", "globex"].map(Tenant::from));
    assert_eq!(change.describe(&inventory()), "delete 3 keys");
    assert_eq!(create("free", 1).describe(&inventory()), "create 1 key in free-plan for acme");
}

#[test]
fn deleting_a_missing_tenant_key_is_refused() {
    let refused = Change::Delete(vec!["nope".into()]).units(&inventory());
    assert_eq!(refused, Err(Refusal::NoTenantKey("nope".into())));
}

#[test]
fn plans_are_found_by_id_before_name_and_never_guessed() {
    let inventory = inventory();
    assert_eq!(inventory.find_plan("free").map(|plan| plan.id.as_str()), Ok("free"));
    assert_eq!(inventory.find_plan("free-plan").map(|plan| plan.id.as_str()), Ok("free"));
    assert!(inventory.find_plan("FreePlan").is_err());
}

#[test]
fn a_siloed_key_is_created_in_its_plan_for_its_tenant() {
    let key = new_keys("silo", 1).template;
    let api_key = NewApiKey {
        name: "web".into(),
        description: String::new(),
        enabled: true,
        plan: "silo".into(),
        tenant: Some("acme".into()),
        replaces: None,
        value: None,
        customer_id: None,
        tags: BTreeMap::new(),
        origin: KeyOrigin::New,
    };
    let attach = Step::AttachApiKey { api_key: KeyRef::New, plan: "silo".into() };
    assert_eq!(steps(&create("silo", 1)), [[Step::CreateApiKey(api_key), attach, Step::WriteTenantKey(key)]]);
}

#[test]
fn restoring_brings_back_the_value_and_the_tenant_key() {
    let old = tenant_key("k9", "silo", "globex", None).with_attributes(|its| {
        (its.description, its.enabled) = ("mine".into(), false.into());
    });
    let former =
        FormerApiKey { enabled: false, description: "its".into(), ..former_api_key("k9", &["silo"]) };
    let value = Secret::new("its value");
    let change = Change::restore(old.clone(), value, former);
    let units = change.units(&inventory()).expect("steps");
    assert_eq!(units[0].subject, "globex · k9-name");
    let Step::CreateApiKey(new) = &units[0].steps[0] else { panic!("{units:?}") };
    assert_eq!((new.value.as_ref().map(Secret::expose), new.enabled), (Some("its value"), false));
    assert_eq!((new.description.as_str(), &new.plan), ("its", &old.plan));
    assert_eq!(units[0].steps[2], Step::WriteTenantKey(NewTenantKey::from_tenant_key(&old).expect("known")));
    assert_eq!(
        described_steps(&change),
        [
            "create API key \"k9\" with its previous value",
            "attach the new API key to usage plan silo-plan",
            "write tenant key \"k9-name\" for globex"
        ]
    );
    assert_eq!(
        refusal(&restore(tenant_key("k9", "nowhere", "globex", None))),
        refusal(&create("nowhere", 1))
    );
}

#[test]
fn the_last_free_api_key_of_the_account_can_be_used() {
    let one_free = inventory_with(|parts| {
        let more = (0..MAX_API_KEYS - 7).map(|n| api_key(&format!("x{n}"), true));
        parts.api_keys.value_mut().expect("listed").extend(more);
    });
    assert_eq!(one_free.api_keys().value_to_show().map(Vec::len), Some(MAX_API_KEYS - 1));
    assert!(create("silo", 1).units(&one_free).is_ok());
    let message = "the account has 9,999 of 10,000 API keys, no room for 2 more: \
                delete some, or pool the plan";
    assert_eq!(refusal_in(&one_free, &create("silo", 2)), message);
    let unknown = inventory_with(|parts| parts.api_keys = Known::not_allowed("apigateway:GET", "/apikeys"));
    assert!(create("silo", 2).units(&unknown).is_ok(), "if keys cannot be listed, API Gateway decides");
}

#[test]
fn editing_a_description_changes_api_key_and_tenant_key_and_is_validated() {
    let to = |text: &str| Edit { description: Some(text.to_owned()), ..Edit::default() };
    let [api_key, tenant_key] = steps(&edit("k1", to("mine"))).remove(0).try_into().expect("two steps");
    assert_eq!(api_key, Step::UpdateApiKey { api_key: "k1".into(), edit: to("mine") });
    let update = Step::UpdateTenantKey { tenant_key: "k1".into(), revision: Some(3), edit: to("mine") };
    assert_eq!(tenant_key, update);
    assert_eq!(refusal(&edit("k1", to(""))), "nothing would change");
    assert!(refusal(&edit("k1", to("two\nlines"))).starts_with("description contains '\\n'"));
    assert!(edit("k1", to(&"x".repeat(MAX_DESCRIPTION_CHARS))).units(&inventory()).is_ok());
    assert!(refusal(&edit("k1", to(&"x".repeat(MAX_DESCRIPTION_CHARS + 1)))).contains("125001 characters"));
}

#[test]
fn enabling_or_disabling_several_keys_changes_only_those_that_differ() {
    let with_off_disabled = inventory_with(|parts| parts.tenant_keys[1].enabled = false.into());
    let switch = |keys: &[&str], enabled| Change::SetEnabled { tenant_keys: ids(keys), enabled };
    let edit = |enabled| Edit { enabled: Some(enabled), ..Edit::default() };
    let update_tenant_key =
        |id: &str, on| Step::UpdateTenantKey { tenant_key: id.into(), revision: Some(3), edit: edit(on) };
    let update_api_key = |api_key: &str, on| Step::UpdateApiKey { api_key: api_key.into(), edit: edit(on) };
    assert_eq!(
        steps_in(&with_off_disabled, &switch(&["k1", "off"], true)),
        [[update_api_key("off", true), update_tenant_key("off", true)]]
    );
    let off = switch(&["k1", "off", "r1"], false);
    assert_eq!(
        steps_in(&with_off_disabled, &off),
        [
            vec![update_api_key("k1", false), update_tenant_key("k1", false)],
            vec![update_tenant_key("r1", false)]
        ]
    );
    assert_eq!(refusal(&switch(&["k1"], true)), "nothing would change");
    assert_eq!(refusal(&switch(&["k1", "x"], false)), "tenant key x does not exist");
    assert_eq!((off.describe(&inventory()).as_str(), off.verb()), ("disable 3 keys", "Disable"));
    assert!(
        off.cautions(&inventory())
            .concat()
            .starts_with("API Gateway cannot disable a shared key for one tenant")
    );
    let on = switch(&["off"], true);
    assert_eq!(
        (on.describe(&inventory()).as_str(), on.verb()),
        ("enable key \"off-name\" of acme", "Enable")
    );
    assert!(
        on.cautions(&inventory()).is_empty()
            && !on.needs_confirmation(&inventory())
            && off.needs_confirmation(&inventory())
    );
    assert!(switch(&["k1"], false).cautions(&inventory()).is_empty(), "a siloed key is really disabled");
    assert_eq!(off.affected_tenants(&inventory()), ["acme"].map(Tenant::from));
}
