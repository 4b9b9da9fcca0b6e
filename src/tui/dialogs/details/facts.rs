//! The facts shown in the details dialog.

use keypool_domain::text::pluralize;
use keypool_domain::{
    AccountPart, ApiKeyId, Extent, Inventory, Known, Plan, PlanId, Presence, PriceListEntry, Secret,
    TenantKey, TenantKeyId, Unknown,
};

use super::ages;
use crate::aws::{Context, Endpoint, Endpoints};
use crate::tui::styles::Role;
use crate::tui::text;

/// Further tenants are only counted.
const MAX_NAMED_TENANTS: usize = 200;

/// A label and its text.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) role: Role,
}

pub(super) fn fact(name: &'static str, text: impl Into<String>) -> Fact {
    Fact { name, text: text.into(), role: Role::Text }
}

pub(super) fn warning(name: &'static str, text: impl Into<String>) -> Fact {
    Fact { name, text: text.into(), role: Role::Warn }
}

/// A number of tenant keys, which says "so far" until all were read, and "listed" if not all are read.
fn count_tenant_keys(inventory: &Inventory, count: usize) -> String {
    match inventory.extent(AccountPart::TenantKeys) {
        Extent::Complete | Extent::Remembered { .. } => text::format_count(count),
        Extent::Partial { .. } => format!("{} so far", text::format_count(count)),
        Extent::OnDemand { .. } => format!("{} listed", text::format_count(count)),
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

fn yes_or_no(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

/// Throttle and quota as API Gateway enforces them.
fn limit_facts(plan: &Plan) -> [Fact; 2] {
    let throttle = plan
        .throttle
        .map_or_else(|| "none; stage and account limits apply".to_owned(), |throttle| throttle.to_string());
    let quota = plan.quota.map_or_else(
        || "none".to_owned(),
        |quota| format!("{}/{} per API key", text::format_count(quota.limit as usize), quota.period),
    );
    [fact("throttle", throttle), fact("quota", quota)]
}

pub(super) fn account_facts(inventory: &Inventory, context: Option<&Context>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(context) = context {
        facts.push(fact("profile", context.profile.as_deref().unwrap_or("–")));
        facts.push(fact("region", context.region.as_str()));
        facts.extend(endpoint_facts(&context.endpoints));
    }
    facts.push(fact("source", inventory.source().to_string()));
    let pool_keys: usize = inventory.pools().iter().map(|pool| pool.keys.len()).sum();
    facts.push(fact("usage plans", text::format_count(inventory.plans().len())));
    facts.push(fact(
        "API keys",
        inventory
            .api_keys()
            .value_to_show()
            .map_or_else(|| text::format_unlisted_api_keys(inventory), |keys| text::format_count(keys.len())),
    ));
    facts.push(fact("tenant keys", count_tenant_keys(inventory, inventory.distinct_tenant_keys().count())));
    facts.push(match inventory.find_missing_part(&[AccountPart::Pools]) {
        Some(unread) => warning("pools", unread.to_string()),
        None => {
            let pools = text::format_count(inventory.pools().len());
            fact("pools", format!("{pools} with {}", pluralize(pool_keys, "API key")))
        }
    });
    let unread = inventory.plans_with_unread_members().count();
    if unread > 0 {
        let (read, all) = (inventory.plans().len() - unread, inventory.plans().len());
        let [read, all] = [read, all].map(text::format_count);
        facts.push(fact("keys of plans", format!("read for {read} of {all} usage plans")));
    }
    facts.push(fact("fetched", format!("{:.0}", inventory.taken_at())));
    facts.extend(inventory.remarks().iter().map(|remark| warning("remark", remark.as_str())));
    facts
}

/// Two facts if API Gateway and DynamoDB have different hosts.
fn endpoint_facts(endpoints: &Endpoints) -> Vec<Fact> {
    let describe = |endpoint: &Endpoint| match &endpoint.url {
        Some(url) => format!("{url} ({})", endpoint.origin),
        None => endpoint.origin.to_string(),
    };
    if endpoints.has_different_hosts() {
        return vec![
            warning("endpoint, keys", describe(&endpoints.api_gateway)),
            warning("endpoint, tables", describe(&endpoints.dynamodb)),
        ];
    }
    vec![fact("endpoint", describe(&endpoints.api_gateway))]
}

pub(super) fn plan_facts(inventory: &Inventory, id: &PlanId, usage: &[Fact]) -> Vec<Fact> {
    let Some(plan) = inventory.plan(id) else { return vec![missing_fact()] };
    let mut facts = vec![
        fact("name", plan.name.as_str()),
        fact("id", plan.id.as_str()),
        fact("description", or_dash(&plan.description)),
        fact("model", text::format_model(inventory, id)),
    ];
    facts.extend(limit_facts(plan));
    facts.extend_from_slice(usage);
    let stages: Vec<_> = plan.stages.iter().map(ToString::to_string).collect();
    facts.push(if stages.is_empty() {
        warning("stages", "none: its keys cannot call any API")
    } else {
        fact("stages", stages.join(", "))
    });
    facts.extend(
        plan.method_throttles.iter().map(|((stage, method), throttle)| {
            fact("method limit", format!("{throttle}: {method} on {stage}"))
        }),
    );
    facts.extend(
        plan.product_code.as_deref().map(|code| fact("AWS Marketplace", format!("product code {code}"))),
    );
    facts.push(match &plan.price_list_entry {
        Some(entry) => {
            let price = describe_price(entry);
            fact("price list", format!("{} · {} · {} · {price}", entry.name, entry.quota, entry.throttle))
        }
        None if !inventory.source().has_tables() => fact("price list", "none"),
        None => warning("price list", "no entry in the Plans table"),
    });
    if let Some(pool) = inventory.pool(id) {
        let keys = format!("{} API keys, {}", pool.keys.len(), pool.strategy);
        facts.push(match &pool.capacity {
            Known::Value(capacity) => fact("pool", format!("{keys}, {capacity} tenants each")),
            Known::Unknown(why) => warning("pool", format!("{keys}; capacity unknown: {why}")),
        });
    }
    facts.push(fact("tenant keys", count_tenant_keys(inventory, inventory.tenant_keys_of_plan(id).len())));
    facts.push(tenants_fact(inventory, &inventory.tenants_of_plan(id)));
    facts
}

fn describe_price(entry: &PriceListEntry) -> String {
    match &entry.price {
        Known::Value(Some(price)) => format!("price {price}"),
        Known::Value(None) => "no price".to_owned(),
        Known::Unknown(why) => format!("price unknown: {why}"),
    }
}

pub(super) fn pool_key_facts(
    inventory: &Inventory,
    plan: &PlanId,
    id: &ApiKeyId,
    usage: &[Fact],
) -> Vec<Fact> {
    let pool_key = inventory
        .pool(plan)
        .and_then(|pool| pool.pool_key(id))
        .map(|key| inventory.pool_key_with_actual_count(key));
    let mut facts = vec![fact("id", id.as_str()), fact("plan", inventory.plan_name(plan))];
    if let Some(key) = pool_key {
        facts.push(fact("state", key.state.as_str()));
        let filled = format!(
            "{} of {}",
            text::format_known_count(&key.tenants),
            text::format_known_count(&key.capacity)
        );
        facts.push(match key.tenants.reason().or_else(|| key.capacity.reason()) {
            None => fact("tenants", filled),
            Some(why) => warning("tenants", format!("{filled}; unknown: {why}")),
        });
    }
    facts.extend_from_slice(usage);
    facts.extend(api_key_facts(inventory, id));
    facts.push(ages::pool_key_fact(id, inventory));
    facts.push(tenants_fact(inventory, &inventory.tenants_of_api_key(id)));
    facts
}

fn api_key_facts(inventory: &Inventory, id: &ApiKeyId) -> Vec<Fact> {
    match inventory.api_key(id) {
        Presence::Present(key) if key.enabled => {
            let name = fact("API key name", or_dash(&key.name));
            let customer =
                key.customer_id.as_deref().map(|id| fact("AWS Marketplace", format!("customer {id}")));
            std::iter::once(name).chain(customer).collect()
        }
        Presence::Present(key) => vec![
            fact("API key name", or_dash(&key.name)),
            Fact { role: Role::Error, ..fact("API Gateway", "disabled: calls return 403") },
        ],
        Presence::Unknown(why) => vec![warning("API Gateway", format!("unknown: {why}"))],
        Presence::Missing => {
            vec![Fact { role: Role::Error, ..fact("API Gateway", "API key missing: calls return 403") }]
        }
    }
}

pub(super) fn tenant_key_facts(
    inventory: &Inventory,
    id: &TenantKeyId,
    revealed: Option<&Secret>,
    usage: &[Fact],
) -> Vec<Fact> {
    let Some(key) = inventory.tenant_key(id) else { return vec![missing_fact()] };
    let mut facts = vec![
        fact("name", key.name.as_str()),
        fact("tenant", key.tenant.as_str()),
        fact("description", or_dash(&key.description)),
        match &key.enabled {
            Known::Value(on) => fact("enabled", yes_or_no(*on)),
            Known::Unknown(why) => warning("enabled", format!("unknown: {why}")),
        },
        fact(
            "plan",
            format!(
                "{} · {}",
                inventory.plan_name(&key.plan),
                match inventory.mode_name(key) {
                    Known::Value(mode) => mode,
                    Known::Unknown(Unknown::NotReadYet) => "siloed or pooled: not read yet",
                    Known::Unknown(_) => "siloed or pooled: unknown",
                }
            ),
        ),
    ];
    facts.extend(inventory.plan(&key.plan).into_iter().flat_map(limit_facts));
    facts.extend_from_slice(usage);
    // What was asked for comes first, where a low screen shows it.
    let at = if revealed.is_some() { 0 } else { facts.len() };
    facts.insert(at, value_fact(key, revealed));
    facts.push(fact("id", key.id.as_str()));
    match &key.api_key() {
        Known::Value(api_key) => {
            facts.push(fact("API key", api_key.as_str()));
            facts.extend(api_key_facts(inventory, api_key));
        }
        Known::Unknown(why) => facts.push(warning("API key", format!("unknown: {why}"))),
    }
    facts.push(fact("created", key.created_at().map_or_else(|| "–".to_owned(), |at| format!("{at:.0}"))));
    if inventory.is_shared(key).is_known_to_be(&true)
        && let Known::Value(api_key) = key.api_key()
    {
        facts.push(fact(
            "shared by",
            match inventory.find_missing_part(&[AccountPart::TenantKeys]) {
                None if inventory.tenant_key_count(&api_key).reason().is_some() => {
                    format!("{} tenant keys", text::format_tenant_keys_of(inventory, &api_key))
                }
                None => pluralize(inventory.tenant_keys_of_api_key(&api_key).len(), "tenant key"),
                Some(unread) => unread.to_string(),
            },
        ));
        facts.push(tenants_fact(inventory, &inventory.tenants_of_api_key(&api_key)));
        if let Some(why) = inventory.tenant_key_count(&api_key).reason() {
            facts.push(warning("", format!("there may be more tenants: {why}")));
        }
    }
    facts
}

fn value_fact(key: &TenantKey, revealed: Option<&Secret>) -> Fact {
    match (revealed, key.stored_value()) {
        (Some(secret), _) => Fact { role: Role::Accent, ..fact("value", secret.expose()) },
        (None, Some(secret)) => fact("value", secret.masked()),
        (None, None) => fact("value", "••••"),
    }
}

fn tenants_fact(inventory: &Inventory, tenants: &[&keypool_domain::Tenant]) -> Fact {
    let mut names: Vec<_> =
        tenants.iter().take(MAX_NAMED_TENANTS).map(|tenant| tenant.as_str().to_owned()).collect();
    if tenants.len() > MAX_NAMED_TENANTS {
        names.push(format!("and {} more", text::format_count(tenants.len() - MAX_NAMED_TENANTS)));
    }
    let unread = inventory.find_missing_part(&[AccountPart::TenantKeys]);
    let none = || unread.map_or_else(|| "none".to_owned(), |unread| unread.to_string());
    fact("tenants", if names.is_empty() { none() } else { names.join(", ") })
}

fn missing_fact() -> Fact {
    warning("", "no longer exists")
}
