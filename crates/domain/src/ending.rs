//! Keys that stop working at a known time: values in their grace period, and tenant keys with an expiry.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::key::tag;
use crate::text::format_duration;
use crate::words::words;
use crate::{
    ApiKey, ApiKeyId, Change, Inventory, Known, PlanId, PoolKeyState, Presence, Tenant, TenantKey, Unknown,
};

words! {
    /// Why a key stops working.
    pub enum EndingKind {
        /// Another API key replaced it, and its grace period ends.
        Grace => "grace",
        /// The tenant key expires.
        Expiry => "expiry",
    }
}

words! {
    /// How far an ending is.
    pub enum EndingState {
        /// The key works until its end.
        Running => "running",
        /// The key is disabled, and remains until its end.
        Disabled => "disabled",
        /// The end has passed, but the key may still work.
        Due => "due",
        /// The end cannot be read.
        Unknown => "unknown",
    }
}

/// How long before its end a key is warned of.
pub const WARNING_PERIOD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A key with an end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending<'a> {
    pub kind: EndingKind,
    /// The API key that stops working.
    pub api_key: ApiKeyId,
    /// Its own end, from which on [`Ending::change`] ends it.
    pub ends_at: Known<Timestamp>,
    /// When the tenant key that replaced it expires, which disables both.
    pub successor_expires_at: Option<Timestamp>,
    /// Whether API Gateway accepts calls with it, or may.
    pub is_enabled: bool,
    /// The tenant keys whose value it is, or was before it was replaced.
    pub tenant_keys: Vec<&'a TenantKey>,
    pub replaced_by: Option<&'a ApiKeyId>,
    /// Whether several tenants share the API key, or did before it was replaced.
    pub is_pool_key: bool,
}

/// An ending as it was shown, to recognise it in a later inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingId {
    pub kind: EndingKind,
    pub api_key: ApiKeyId,
    pub ends_at: Known<Timestamp>,
}

impl<'a> Ending<'a> {
    pub fn id(&self) -> EndingId {
        EndingId { kind: self.kind, api_key: self.api_key.clone(), ends_at: self.ends_at.clone() }
    }

    /// When it stops working. A disabled key works no longer, and is removed at its own end.
    pub fn stops_at(&self) -> Known<Timestamp> {
        let earlier = self.successor_expires_at.filter(|_| self.is_enabled);
        self.ends_at.clone().map(|at| earlier.map_or(at, |expires_at| at.min(expires_at)))
    }

    pub fn state(&self, now: Timestamp) -> EndingState {
        match self.stops_at() {
            Known::Value(at) if at > now && self.is_enabled => EndingState::Running,
            Known::Value(at) if at > now => EndingState::Disabled,
            Known::Value(_) => EndingState::Due,
            Known::Unknown(_) => EndingState::Unknown,
        }
    }

    /// Whether its own end has passed.
    pub fn is_past_own_end(&self, now: Timestamp) -> Known<bool> {
        self.ends_at.clone().map(|at| at <= now)
    }

    /// Whether it works, and stops within [`WARNING_PERIOD`].
    pub fn is_upcoming(&self, now: Timestamp) -> bool {
        let left = self.stops_at().map(|at| at.duration_since(now));
        let is_soon = |left: &SignedDuration| left.is_positive() && *left <= WARNING_PERIOD;
        self.is_enabled && left.value_to_show().is_some_and(is_soon)
    }

    /// The tenants, each once, in order.
    pub fn tenants(&self) -> BTreeSet<&'a Tenant> {
        self.tenant_keys.iter().map(|tenant_key| &tenant_key.tenant).collect()
    }

    /// The usage plans of the tenant keys, each once.
    pub fn plans(&self) -> BTreeSet<&'a PlanId> {
        self.tenant_keys.iter().map(|tenant_key| &tenant_key.plan).collect()
    }

    /// The change that ends the key, or why nothing would end it.
    pub fn change(&self) -> Result<Change, &'static str> {
        match self.kind {
            EndingKind::Grace => Ok(Change::Retire(self.api_key.clone())),
            EndingKind::Expiry if self.is_pool_key => {
                Err("its API key is shared, so disabling it would not stop its calls: isolate it first")
            }
            EndingKind::Expiry => {
                let tenant_keys = self.tenant_keys.iter().map(|tenant_key| tenant_key.id.clone()).collect();
                Ok(Change::SetEnabled { tenant_keys, enabled: false })
            }
        }
    }

    /// For example "API key k0, replaced by k1, of acme works until 2026-12-01T00:00:00Z (in 2 h 5 m)".
    pub fn describe(&self, now: Timestamp) -> String {
        let key = &self.api_key;
        let what = match (self.kind, self.replaced_by) {
            (EndingKind::Grace, Some(new)) => format!("API key {key}, replaced by {new},"),
            (EndingKind::Grace, None) | (EndingKind::Expiry, _) => format!("API key {key}"),
        };
        let tenants: Vec<_> = self.tenants().into_iter().map(Tenant::as_str).collect();
        let of = if tenants.is_empty() { String::new() } else { format!(" of {}", tenants.join(", ")) };
        let at = match self.stops_at() {
            Known::Value(at) => at,
            Known::Unknown(why) => return format!("{what}{of} has an end that is unknown: {why}"),
        };
        let left = (at > now).then(|| describe_time_left(at.duration_since(now)));
        match (left, self.is_enabled) {
            (Some(left), true) => {
                let is_early = self.ends_at.value_to_show() != Some(&at);
                let expires = if is_early { ", when its tenant key expires" } else { "" };
                format!("{what}{of} works until {at:.0} (in {left}){expires}")
            }
            (None, true) => format!("{what}{of} was to end at {at:.0}, but may still work"),
            (Some(left), false) => {
                let happens = self.kind.describe_end(true);
                format!("{what}{of} is disabled, and {happens} at {at:.0} (in {left})")
            }
            (None, false) => {
                let happened = self.kind.describe_end(false);
                format!("{what}{of} is disabled, and {happened} at {at:.0}")
            }
        }
    }
}

impl EndingKind {
    /// What happens to a disabled key at its end.
    const fn describe_end(self, is_to_come: bool) -> &'static str {
        match (self, is_to_come) {
            (Self::Grace, true) => "may be deleted",
            (Self::Grace, false) => "was to be deleted",
            (Self::Expiry, true) => "its tenant key expires",
            (Self::Expiry, false) => "its tenant key expired",
        }
    }
}

/// For example "45 s", "12 min", "5 h", "3 days": rounded down to the largest unit.
fn describe_time_left(left: SignedDuration) -> String {
    let seconds = left.as_secs().unsigned_abs();
    let unit = [86_400, 3_600, 60, 1].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
    format_duration(seconds / unit * unit)
}

/// Every key with an end, soonest first; those whose end is unknown come last. An expired key that is disabled has
/// ended, and so has an API key that is gone.
pub fn find_endings(inventory: &Inventory) -> Vec<Ending<'_>> {
    let replaced = inventory.listed_api_keys().iter().filter_map(|key| grace_ending(key, inventory));
    let expiring = inventory.distinct_tenant_keys().filter_map(|key| expiry_ending(key, inventory));
    let mut all: Vec<_> = replaced.chain(expiring).collect();
    all.sort_by(|a, b| {
        let order = |ending: &Ending<'_>| {
            let at = ending.stops_at().value_to_show().copied();
            (at.is_none(), at, ending.kind, ending.api_key.clone())
        };
        order(a).cmp(&order(b))
    });
    all
}

/// One sentence for each key that ends within [`WARNING_PERIOD`], soonest first.
pub fn upcoming_endings(inventory: &Inventory, now: Timestamp) -> Vec<String> {
    let endings = find_endings(inventory).into_iter().filter(|ending| ending.is_upcoming(now));
    endings.map(|ending| ending.describe(now)).collect()
}

/// The ending of an API key in its grace period.
pub fn grace_ending<'a>(key: &'a ApiKey, inventory: &'a Inventory) -> Option<Ending<'a>> {
    let text = key.tags.get(tag::RETIRES_AT)?;
    let ends_at = parse_time(text, tag::RETIRES_AT, &key.id);
    let pool = inventory.pool_of_api_key(&key.id);
    let own_pool_key = pool.and_then(|pool| pool.pool_key(&key.id));
    let is_assigned = own_pool_key.is_some_and(|pool_key| pool_key.state == PoolKeyState::Active);
    // Tenants that still have it were to move: its rotation is not finished.
    if is_assigned || inventory.tenant_keys_of_api_key(&key.id).len() > 0 {
        return None;
    }
    let successor = inventory.latest_successor(key);
    let new_pool = successor.and_then(|new| inventory.pool_of_api_key(&new.id));
    let tenant_keys: Vec<_> =
        successor.into_iter().flat_map(|new| inventory.tenant_keys_of_api_key(&new.id)).collect();
    let is_pool_key = pool.or(new_pool).is_some();
    // A shared key does not expire for one tenant.
    let own = tenant_keys.iter().filter(|_| !is_pool_key);
    let expiries = own.filter_map(|tenant_key| inventory.expiry(tenant_key).value_to_show().copied()?);
    Some(Ending {
        kind: EndingKind::Grace,
        api_key: key.id.clone(),
        ends_at,
        successor_expires_at: expiries.min(),
        is_enabled: key.enabled,
        tenant_keys,
        replaced_by: successor.map(|new| &new.id),
        is_pool_key,
    })
}

/// The ending of a tenant key with an expiry that has not ended yet.
pub fn expiry_ending<'a>(tenant_key: &'a TenantKey, inventory: &'a Inventory) -> Option<Ending<'a>> {
    let ends_at = match inventory.expiry(tenant_key) {
        Known::Value(at) => Known::Value(at?),
        Known::Unknown(Unknown::NotReadYet) => return None,
        Known::Unknown(why) => Known::Unknown(why),
    };
    let api_key = tenant_key.api_key().value_to_show()?.clone();
    let is_pool_key = inventory.is_shared(tenant_key).is_known_to_be(&true);
    let is_enabled = may_work(&api_key, inventory);
    if !is_pool_key && tenant_key.enabled.is_known_to_be(&false) && !is_enabled {
        return None;
    }
    Some(Ending {
        kind: EndingKind::Expiry,
        api_key,
        ends_at,
        successor_expires_at: None,
        is_enabled,
        tenant_keys: vec![tenant_key],
        replaced_by: None,
        is_pool_key,
    })
}

/// Whether API Gateway accepts calls with the API key or with one that it replaced, or may.
fn may_work(api_key: &ApiKeyId, inventory: &Inventory) -> bool {
    let may_be_enabled = match inventory.api_key(api_key) {
        Presence::Present(key) => key.enabled,
        Presence::Missing => false,
        Presence::Unknown(_) => true,
    };
    may_be_enabled || inventory.predecessors(api_key).iter().any(|old| old.enabled)
}

/// When the tenant of an API key loses access, as a tag says.
pub(crate) fn expiry_of_tag(key: &ApiKey) -> Known<Option<Timestamp>> {
    let text = key.tags.get(tag::EXPIRES_AT);
    text.map_or(Known::Value(None), |text| parse_time(text, tag::EXPIRES_AT, &key.id).map(Some))
}

fn parse_time(text: &str, tag: &str, api_key: &ApiKeyId) -> Known<Timestamp> {
    let unreadable = || Known::unreadable(format!("tag {tag} is \"{text}\""), format!("API key {api_key}"));
    text.parse().map_or_else(|_| unreadable(), Known::Value)
}

impl Inventory {
    /// When the tenant key expires: as its item says, or else as a tag of its own API key says.
    pub fn expiry(&self, tenant_key: &TenantKey) -> Known<Option<Timestamp>> {
        match &tenant_key.expires_at {
            Known::Value(None) => {}
            stored @ (Known::Value(Some(_)) | Known::Unknown(_)) => return stored.clone(),
        }
        let own = self.api_key(&ApiKeyId::new(tenant_key.id.as_str())).key();
        let own = own.filter(|_| tenant_key.pool_key.is_known_to_be(&None));
        own.map_or(Known::Value(None), expiry_of_tag)
    }

    /// When the tenant key expired; `None` if it has no end, or one to come, or its end is unknown.
    pub fn expired_at(&self, tenant_key: &TenantKey, now: Timestamp) -> Option<Timestamp> {
        self.expiry(tenant_key).value_to_show().copied()?.filter(|at| *at <= now)
    }

    /// Whether the tenant key expires, or an API key that its own replaced is in its grace period.
    pub fn has_ending(&self, tenant_key: &TenantKey) -> bool {
        let expires = self.expiry(tenant_key).value_to_show().is_some_and(Option::is_some);
        let is_retiring = |old: &&ApiKey| old.tags.contains_key(tag::RETIRES_AT);
        let api_key = tenant_key.api_key();
        let old_keys = api_key.value_to_show().map(|id| self.predecessors(id)).unwrap_or_default();
        expires || old_keys.iter().any(is_retiring)
    }

    /// The ending of an API key that was replaced, or of the tenant key whose own it is.
    pub fn ending_of_api_key(&self, id: &ApiKeyId) -> Option<Ending<'_>> {
        let grace = self.api_key(id).key().and_then(|key| grace_ending(key, self));
        grace.or_else(|| {
            let own = self.tenant_keys_of_api_key(id).filter(|key| key.known_pool_key().is_none());
            own.filter_map(|key| expiry_ending(key, self)).next()
        })
    }
}
