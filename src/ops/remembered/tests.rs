//! Tests of the file of a remembered inventory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{
    Inventory, InventoryParts, InventorySource, Known, MethodRef, Period, Price, PriceListEntry, Quota,
    Secret, StageRef, TenantKey, Throttle, Unknown,
};
use proptest::prelude::any;
use proptest::{prop_assert, prop_assume, proptest};

use super::file::{Identity, RememberedFile, decode, encode};
use super::is_worth_remembering;
use crate::aws::WithoutTables;

fn identity() -> Identity {
    Identity { account: "123456789012 us-east-1 AWS".to_owned(), settings: "tables".to_owned() }
}

/// An account in which everything that may be set is set somewhere, and unknown somewhere else.
fn fill(parts: &mut InventoryParts) {
    let throttle = Throttle { rate: 0.1 + 0.2, burst: 7 };
    let stage = StageRef { api: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() };
    let method = MethodRef { path: "/pets/{id}".to_owned(), verb: "GET".to_owned() };
    let plan = &mut parts.plans[0];
    plan.description = "\"quoted\"\nünï".to_owned();
    plan.throttle = Some(throttle);
    plan.quota = Some(Quota { limit: u64::MAX, period: Period::Week, offset: 3 });
    plan.stages.push(stage.clone());
    plan.method_throttles.insert((stage, method), throttle);
    plan.product_code = Some("code".to_owned());
    plan.tags = Known::Value([("team".to_owned(), "a".to_owned())].into());
    plan.price_list_entry = Some(PriceListEntry {
        name: "Test".to_owned(),
        description: "for tests".to_owned(),
        quota: "20 per DAY".to_owned(),
        throttle: String::new(),
        price: Known::Value(Some(Price::from_cents(4_990))),
    });
    parts.plans[1].tags = Known::Unknown(Unknown::NotReadYet);
    if let Known::Value(keys) = &mut parts.api_keys {
        keys[0].customer_id = Some("customer".to_owned());
        keys[0].tags.insert("ownerId".to_owned(), "acme".to_owned());
        keys[0].enabled = false;
    }
    let [first, second, ..] = &mut parts.tenant_keys[..] else { panic!("two tenant keys") };
    first.enabled = Known::Unknown(Unknown::NotReadYet);
    first.revision = Some(3);
    first.created_at = Some(parts.taken_at.into());
    second.pool_key = Known::Unknown(Unknown::NotReadYet);
    let pool = &mut parts.pools[0];
    pool.capacity = Known::Unknown(Unknown::NotReadYet);
    pool.keys[0].tenants = Known::Unknown(Unknown::NotReadYet);
    parts.remarks.push("a remark".to_owned());
}

fn sample() -> Arc<Inventory> {
    InventoryBuilder::sample().edit_parts(fill).build()
}

fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| encode(&sample(), &identity()).expect("a text"))
}

fn decoded(text: &str, now: Timestamp) -> Result<Inventory, String> {
    decode(text, &identity(), now, &WithoutTables::default())
}

fn in_folder(folder: &Path) -> RememberedFile {
    RememberedFile::new(folder, "account", identity())
}

#[test]
fn everything_but_values_and_reasons_is_remembered() {
    let inventory = sample();
    let remembered = decoded(text(), inventory.taken_at()).expect("an inventory");
    assert_eq!(remembered.remembered_at(), Some(inventory.taken_at()));
    assert_eq!(remembered.source(), inventory.source());
    assert_eq!(remembered.plans(), inventory.plans());
    assert_eq!(remembered.api_keys(), inventory.api_keys());
    assert_eq!(remembered.pools(), inventory.pools());
    for plan in inventory.plans() {
        assert_eq!(remembered.members(&plan.id), inventory.members(&plan.id));
    }
    let without_value =
        |key: &TenantKey| TenantKey { value: Known::Unknown(Unknown::NotReadYet), ..key.clone() };
    let expected: Vec<_> = inventory.tenant_keys().iter().map(without_value).collect();
    assert_eq!(remembered.tenant_keys(), expected);
    assert_eq!((remembered.remarks(), inventory.remarks().len()), (&[][..], 1));
}

#[test]
fn no_value_is_in_the_file() {
    let values = InventoryBuilder::sample().edit_parts(|parts| {
        for (n, key) in parts.tenant_keys.iter_mut().enumerate() {
            key.value = Known::Value(Some(Secret::new(format!("a-secret-value-of-a-key-{n:04}"))));
        }
    });
    let inventory = values.build();
    let text = encode(&inventory, &identity()).expect("a text");
    assert!(inventory.tenant_keys().iter().all(|key| key.stored_value().is_some()));
    for key in inventory.tenant_keys() {
        let value = key.stored_value().expect("a value").expose();
        assert!(text.contains(key.id.as_str()) && !text.contains(value), "{text}");
    }
}

#[test]
fn the_settings_of_an_account_without_tables_are_those_of_the_connection() {
    let source = |managed: &[&str]| InventorySource::ApiGateway {
        tenants: WithoutTables::default().tenants,
        managed_plans: managed.iter().map(|plan| (*plan).to_owned()).collect(),
    };
    let inventory = InventoryBuilder::sample().edit_parts(|parts| parts.source = source(&["old"])).build();
    let text = encode(&inventory, &identity()).expect("a text");
    let without_tables = WithoutTables { managed_plans: vec!["new".to_owned()], ..WithoutTables::default() };
    let remembered = decode(&text, &identity(), inventory.taken_at(), &without_tables).expect("an inventory");
    assert_eq!(*remembered.source(), source(&["new"]));
}

#[test]
fn a_file_of_another_account_setting_or_version_or_of_the_future_is_ignored() {
    let now = sample().taken_at();
    let refusal = |text: &str, identity: &Identity, now| {
        decode(text, identity, now, &WithoutTables::default()).expect_err("refused")
    };
    for account in
        ["210987654321 us-east-1 AWS", "123456789012 eu-west-1 AWS", "123456789012 us-east-1 http://aws"]
    {
        let other = Identity { account: account.to_owned(), ..identity() };
        assert!(refusal(text(), &other, now).starts_with("it is of another account"), "{account}");
    }
    let settings = Identity { settings: "other tables".to_owned(), ..identity() };
    assert!(refusal(text(), &settings, now).starts_with("it is of another account"));
    let earlier = now - SignedDuration::from_micros(1);
    assert!(refusal(text(), &identity(), earlier).starts_with("it was read in the future"));
    let newer = text().replacen("inventory-1", "inventory-2", 1);
    assert_eq!(refusal(&newer, &identity(), now), "it is of another version");
}

proptest! {
    #[test]
    fn a_cut_or_changed_file_is_ignored(at in any::<proptest::sample::Index>(), bit in 0_u8..8, cuts in any::<bool>()) {
        let mut bytes = text().as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cuts { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        let folder = tempfile::tempdir().expect("a folder");
        let file = in_folder(folder.path());
        fs::write(file.path(), bytes).expect("written");
        let read = file.read(sample().taken_at(), &WithoutTables::default());
        prop_assert!(read.is_err(), "{read:?}");
    }

    #[test]
    fn any_text_is_ignored(text in ".*") {
        prop_assume!(!text.is_empty());
        prop_assert!(decoded(&text, Timestamp::MAX).is_err());
    }
}

#[test]
fn the_file_is_private_and_replaced_whole() {
    let state = tempfile::tempdir().expect("a folder");
    let folder = state.path().join("keypool/inventory");
    let file = in_folder(&folder);
    let (now, settings) = (sample().taken_at(), WithoutTables::default());
    assert_eq!(file.read(now, &settings), Ok(None));
    file.write(&InventoryBuilder::empty().build()).expect("written");
    // What a killed program leaves is not in the way, and its mode does not matter.
    fs::write(file.path().with_extension("new"), "half of").expect("written");
    file.write(&sample()).expect("written again");
    let read = file.read(now, &settings).expect("readable").expect("an inventory");
    assert_eq!(read.tenant_keys().len(), sample().tenant_keys().len());
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(file.path())), (0o700, 0o600));
    let names = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().ends_with(".new")).count(), 0);
}

#[test]
fn a_file_that_another_program_writes_is_left_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = in_folder(folder.path());
    let lock = fs::File::create(file.path().with_extension("lock")).expect("a file");
    lock.lock().expect("locked");
    file.write(&sample()).expect("no error");
    assert!(!file.path().exists());
    drop(lock);
    file.write(&sample()).expect("written");
    assert!(file.path().exists());
}

#[test]
fn what_is_no_file_is_ignored_and_a_folder_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = in_folder(folder.path());
    fs::create_dir(file.path()).expect("a folder in its place");
    assert!(file.read(Timestamp::MAX, &WithoutTables::default()).is_err());
    let below_file = folder.path().join("file");
    fs::write(&below_file, "").expect("written");
    assert!(in_folder(&below_file.join("inventory")).write(&sample()).is_err());
}

#[test]
fn only_a_complete_account_is_remembered() {
    let complete = InventoryBuilder::sample().build();
    assert!(is_worth_remembering(&complete));
    assert!(
        !is_worth_remembering(&InventoryBuilder::sample().build_as_read()),
        "the keys of plans are unread"
    );
    let remembered = Inventory::clone(&complete).into_remembered(complete.taken_at());
    assert!(!is_worth_remembering(&remembered));
    let unreadable = Unknown::unreadable("a plan without a name", "GetUsagePlans");
    assert!(!is_worth_remembering(&Inventory::clone(&complete).with_unreadable_plans(Some(unreadable))));
}
