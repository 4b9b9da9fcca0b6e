//! Gaps in the figures of a report, in sentences.

use std::collections::BTreeSet;

use keypool_domain::charging::{self, PriceGap, Report, UsageGap};
use keypool_domain::text::{group_thousands, pluralize, pluralize_calls};
use keypool_domain::usage::Usage;
use keypool_domain::{ApiKeyId, FormerKey, Inventory, Tenant, TenantKey};

use super::ChargeRequest;

/// Further keys are only counted.
const MAX_NAMED_KEYS: usize = 10;

/// Describes gaps in the figures, which matter before charging.
pub(super) fn describe_gaps(
    report: &Report,
    inventory: &Inventory,
    usage: &Usage,
    request: &ChargeRequest<'_>,
) -> Vec<String> {
    let joined = charging::joined_later(report, inventory).into_iter().map(|(plan, count)| {
        format!(
            "no flat price is charged to {} who joined {} after the month",
            pluralize(count, "tenant"),
            inventory.plan_name(&plan.id)
        )
    });
    let gaps = request.log.map(|log| charging::log_gaps(report, log)).unwrap_or_default();
    let gaps = gaps.into_iter().map(|(plan, logged, counted)| {
        format!(
            "the access log has {} of the {} calls with shared keys of {plan}: the others are not charged",
            group_thousands(logged),
            group_thousands(counted),
        )
    });
    let without_tenant = request.log.map_or(0, |log| log.without_tenant().map(|(_, calls)| calls).sum());
    let without_tenant = (without_tenant > 0).then(|| {
        format!(
            "the access log has {} without a tenant, with API keys that are not one tenant's own: not charged",
            pluralize_calls(without_tenant)
        )
    });
    let replaced = match request.log {
        Some(_) => Vec::new(),
        None => charging::keys_with_missing_usage(inventory, usage),
    };
    let former = charging::former_keys_with_unknown_usage(inventory, usage, request.log);
    let missing = charging::keys_with_unknown_usage(inventory, usage, request.log);
    let rates = request.tariff.names_without_plan(inventory, report).into_iter().map(|name| {
        format!(
            "the rate of \"{name}\" is not used: no plan has this name or id (charging.plans in config.toml)"
        )
    });
    let excesses = request.log.map(|log| charging::log_excesses(report, log)).unwrap_or_default();
    joined
        .chain(undated_caveat(&charging::tenants_since_unknown(report, inventory)))
        .chain(former_usage_caveats(&former))
        .chain(missing_usage_caveats(&missing, inventory))
        .chain(price_caveats(report))
        .chain(log_excess_caveats(&excesses))
        .chain(gaps)
        .chain(without_tenant)
        .chain(rates)
        .chain(replaced_keys_caveat(&replaced, inventory))
        .collect()
}

/// Notes tenants whose keys have no date: they may have come after the month.
fn undated_caveat(tenants: &[&Tenant]) -> Option<String> {
    let first = tenants.first()?;
    let more = count_more(tenants.len());
    Some(format!(
        "it is unknown since when {first}{more} have had a key: the flat price is charged from the first of the month"
    ))
}

/// Notes keys that ended with calls that nothing tells.
fn former_usage_caveats(former: &[&FormerKey]) -> Vec<String> {
    let (named, others) = former.split_at(former.len().min(MAX_NAMED_KEYS));
    let describe = |former: &&FormerKey| {
        let owner = former.tenant.as_ref().map_or_else(String::new, |tenant| format!(" of {tenant}"));
        format!(
            "API key {}{owner} in {} ended on {}: its calls are unknown",
            former.api_key,
            former.plan_name,
            former.last_day()
        )
    };
    let others = (!others.is_empty())
        .then(|| format!("the calls with {} are unknown, too", pluralize(others.len(), "other ended key")));
    named.iter().map(describe).chain(others).collect()
}

/// Notes tenant keys whose API key or plan is gone: nothing tells their calls.
fn missing_usage_caveats(tenant_keys: &[(&TenantKey, UsageGap)], inventory: &Inventory) -> Vec<String> {
    let (named, others) = tenant_keys.split_at(tenant_keys.len().min(MAX_NAMED_KEYS));
    let describe = |(tenant_key, gap): &(&TenantKey, UsageGap)| {
        let key = format!("key \"{}\" of {}", inventory.key_name(tenant_key), tenant_key.tenant);
        let plan = inventory.plan_name(&tenant_key.plan);
        match gap {
            UsageGap::ApiKeyGone => {
                format!("the API key of {key} in {plan} was deleted elsewhere: its calls are unknown")
            }
            UsageGap::NotInPlan => {
                format!(
                    "the API key of {key} is not in {plan}, which it left elsewhere: its calls are unknown"
                )
            }
            UsageGap::PlanGone => {
                format!(
                    "usage plan {plan} of {key} was deleted elsewhere: its price and the calls in it are unknown"
                )
            }
        }
    };
    let others = (!others.is_empty()).then(|| {
        format!(
            "the calls with {} whose API key or plan is gone are unknown, too",
            pluralize(others.len(), "other key")
        )
    });
    named.iter().map(describe).chain(others).collect()
}

/// Notes deleted plans whose rate may be one that is not used.
fn price_caveats(report: &Report) -> Vec<String> {
    let unmatched = report.lines.iter().filter(|line| line.price_gap == Some(PriceGap::RateUnmatched));
    let plans: BTreeSet<_> = unmatched.map(|line| line.plan_name.as_str()).collect();
    let describe = |plan: &str| {
        format!(
            "{plan} is deleted and has no rate: the price of its calls is unknown, because a rate that is not used may be \
             its; name the rate after the plan or its id"
        )
    };
    plans.into_iter().map(describe).collect()
}

/// Notes keys with more calls in the log than API Gateway counted.
fn log_excess_caveats(excesses: &[(ApiKeyId, u64, u64)]) -> Vec<String> {
    let (named, others) = excesses.split_at(excesses.len().min(MAX_NAMED_KEYS));
    let describe = |(key, logged, counted): &(ApiKeyId, u64, u64)| {
        format!(
            "the access log has {} with key {key}, but API Gateway counted only {}: is part of the log in it twice?",
            pluralize_calls(*logged),
            group_thousands(*counted)
        )
    };
    let others = (!others.is_empty()).then(|| {
        format!("the access log has too many calls with {}, too", pluralize(others.len(), "other key"))
    });
    named.iter().map(describe).chain(others).collect()
}

/// " and 2 others" after the first of `count`.
fn count_more(count: usize) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {}", pluralize(more, "other")),
    }
}

/// Notes tenant keys whose API key was replaced during the month: the calls of the old key are missing.
fn replaced_keys_caveat(replaced: &[&TenantKey], inventory: &Inventory) -> Option<String> {
    let first = replaced.first()?;
    let more = count_more(replaced.len());
    Some(format!(
        "key \"{}\" of {}{more} got a new API key since the month started: calls with the old one are missing, unless an \
         access log has them",
        inventory.key_name(first),
        first.tenant
    ))
}

#[cfg(test)]
mod tests {
    use keypool_domain::Known;
    use keypool_domain::testing::InventoryBuilder;

    use super::*;

    #[test]
    fn ended_keys_with_unknown_calls_are_named_up_to_ten() {
        let former = |number: usize| FormerKey {
            tenant_key: None,
            tenant: Some("acme".into()),
            name: "web".to_owned(),
            plan: "p".into(),
            plan_name: "Silo".to_owned(),
            price: Known::Value(None),
            api_key: format!("k{number}").as_str().into(),
            is_shared: false,
            since: None,
            until: "2026-10-30T09:00:00Z".parse().expect("a time"),
            continued_as: None,
            calls: std::collections::BTreeMap::new(),
        };
        let notes: Vec<_> = (0..12).map(former).collect();
        let caveats = former_usage_caveats(&notes.iter().collect::<Vec<_>>());
        assert_eq!(caveats.len(), 11);
        assert_eq!(caveats[9], "API key k9 of acme in Silo ended on 2026-10-30: its calls are unknown");
        assert_eq!(caveats[10], "the calls with 2 other ended keys are unknown, too");
    }

    #[test]
    fn keys_without_an_api_key_are_named_with_their_ids_if_they_look_alike() {
        let inventory = InventoryBuilder::empty()
            .plan("Gold", 100)
            .siloed_key("Gold", "k1", "acme", "web")
            .siloed_key("Gold", "k2", "acme", "web ")
            .build();
        let keys: Vec<_> = inventory.tenant_keys().iter().map(|key| (key, UsageGap::ApiKeyGone)).collect();
        let caveats = missing_usage_caveats(&keys, &inventory);
        let expected = |id: &str| {
            format!(
                "the API key of key \"{id} (web)\" of acme in Gold was deleted elsewhere: its calls are unknown"
            )
        };
        assert_eq!(caveats, ["k1", "k2"].map(expected));
    }

    #[test]
    fn keys_with_more_calls_in_the_log_than_counted_are_named() {
        let caveats = log_excess_caveats(&[("k1".into(), 20_000, 4_500)]);
        let expected = "the access log has 20,000 calls with key k1, but API Gateway counted only 4,500: is part of the log in it \
             twice?";
        assert_eq!(caveats, [expected]);
    }
}
