//! Whose key an API key is on AWS Marketplace.

use super::*;

fn set(row: &str, customer: &str) -> Change {
    Change::SetCustomer { row: row.into(), customer: customer.into() }
}

/// k1 is sold to c1.
fn sold() -> Inventory {
    with(|parts| {
        let key = parts.api_keys.value_mut().into_iter().flatten().find(|key| key.id == "k1".into());
        key.expect("the key").customer_id = Some("c1".into());
    })
}

#[test]
fn another_customer_is_one_step_and_the_same_is_none() {
    for (inventory, customer) in [(inventory(), "c1"), (sold(), "c2"), (sold(), "")] {
        let steps = steps_in(&inventory, &set("k1", customer));
        let step = Step::SetCustomer { api_key: "k1".into(), customer: customer.into() };
        assert_eq!(steps, [[step]], "{customer}");
    }
    for (inventory, customer) in [(inventory(), ""), (sold(), "c1")] {
        assert_eq!(refused_in(&inventory, &set("k1", customer)), "nothing would change");
    }
}

#[test]
fn where_api_keys_may_not_be_listed_it_is_set_whatever_it_was() {
    let unlisted = with(|parts| parts.api_keys = Known::not_allowed("apigateway:GET", "/apikeys"));
    assert_eq!(steps_in(&unlisted, &set("k1", "")).len(), 1);
    assert!(refused(&set("gone", "c1")).starts_with("API Gateway has no API key gone"));
}

#[test]
fn what_is_no_customer_is_refused() {
    assert!(refused(&set("k1", "a\nb")).starts_with("the customer holds"));
    assert!(refused(&set("k1", &"c".repeat(257))).starts_with("the customer has 257 characters"));
}

#[test]
fn it_is_named_and_a_shared_key_is_warned_of() {
    let seen = inventory();
    assert_eq!(set("k1", "").describe(&seen), "key \"k1-name\" of acme: no customer of AWS Marketplace");
    assert!(set("k1", "c1").describe(&seen).ends_with("set the AWS Marketplace customer to \"c1\""));
    assert!(set("k1", "c1").cautions(&seen).is_empty());
    assert!(set("s1", "c1").cautions(&seen)[0].starts_with("the API key is shared"));
}
