//! The AWS Marketplace customer of an API key.

use super::*;

fn set_customer(tenant_key: &str, customer: &str) -> Change {
    Change::SetCustomer { tenant_key: tenant_key.into(), customer: customer.into() }
}

/// The customer of `k1` is `c1`.
fn inventory_with_customer() -> Inventory {
    inventory_with(|parts| {
        let key = parts.api_keys.value_mut().into_iter().flatten().find(|key| key.id == "k1".into());
        key.expect("the key").customer_id = Some("c1".into());
    })
}

#[test]
fn setting_the_same_customer_changes_nothing() {
    for (inventory, customer) in
        [(inventory(), "c1"), (inventory_with_customer(), "c2"), (inventory_with_customer(), "")]
    {
        let steps = steps_in(&inventory, &set_customer("k1", customer));
        let step = Step::SetCustomer { api_key: "k1".into(), customer: customer.into() };
        assert_eq!(steps, [[step]], "{customer}");
    }
    for (inventory, customer) in [(inventory(), ""), (inventory_with_customer(), "c1")] {
        assert_eq!(refusal_in(&inventory, &set_customer("k1", customer)), "nothing would change");
    }
}

#[test]
fn the_customer_is_set_even_if_api_keys_cannot_be_listed() {
    let unlisted = inventory_with(|parts| parts.api_keys = Known::not_allowed("apigateway:GET", "/apikeys"));
    assert_eq!(steps_in(&unlisted, &set_customer("k1", "")).len(), 1);
    assert!(refusal(&set_customer("gone", "c1")).starts_with("API key gone does not exist"));
}

#[test]
fn an_invalid_customer_is_refused() {
    assert!(refusal(&set_customer("k1", "a\nb")).starts_with("customer contains"));
    assert!(
        refusal(&set_customer("k1", &"c".repeat(257))).starts_with("customer is too long: 257 characters")
    );
}

#[test]
fn setting_the_customer_of_a_shared_key_has_a_caution() {
    let inventory = inventory();
    assert_eq!(
        set_customer("k1", "").describe(&inventory),
        "key \"k1-name\" of acme: remove the AWS Marketplace customer"
    );
    assert!(
        set_customer("k1", "c1").describe(&inventory).ends_with("set the AWS Marketplace customer to \"c1\"")
    );
    assert!(set_customer("k1", "c1").cautions(&inventory).is_empty());
    assert!(set_customer("s1", "c1").cautions(&inventory)[0].starts_with("the API key is shared"));
}
