//! Notes about keys that have ended, for accounts without a Pools table.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use keypool_domain::price::Price;
use keypool_domain::{FormerKey, Known};
use serde::{Deserialize, Serialize};

use super::history::{self, PastChange};
use super::trail::Trail;
use crate::aws::Aws;

/// As in the Pools table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FormerNote {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    name: String,
    plan_id: String,
    plan_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    /// Why the price could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price_unknown: Option<String>,
    api_key_id: String,
    shared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    left_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    continued_as: Option<String>,
    /// By month, for example `2026-10`; a month that is missing is unknown.
    calls: BTreeMap<String, u64>,
}

impl FormerNote {
    pub(super) fn new(former: &FormerKey) -> Self {
        Self {
            tenant_key_id: former.tenant_key.as_ref().map(ToString::to_string),
            owner: former.tenant.as_ref().map(ToString::to_string),
            name: former.name.clone(),
            plan_id: former.plan.to_string(),
            plan_name: former.plan_name.clone(),
            price: former.price.value_to_show().copied().flatten().map(|price| price.to_string()),
            price_unknown: former.price.reason().map(ToString::to_string),
            api_key_id: former.api_key.to_string(),
            shared: former.is_shared,
            created_at: former.since,
            left_at: former.until,
            continued_as: former.continued_as.as_ref().map(ToString::to_string),
            calls: former
                .calls
                .iter()
                .map(|(month, calls)| (month.strftime("%Y-%m").to_string(), *calls))
                .collect(),
        }
    }

    fn to_former_key(&self) -> FormerKey {
        let month = |(month, calls): (&String, &u64)| Some((format!("{month}-01").parse().ok()?, *calls));
        FormerKey {
            tenant_key: self.tenant_key_id.clone().map(Into::into),
            tenant: self.owner.clone().map(Into::into),
            name: self.name.clone(),
            plan: self.plan_id.clone().into(),
            plan_name: self.plan_name.clone(),
            price: self.known_price(),
            api_key: self.api_key_id.clone().into(),
            is_shared: self.shared,
            since: self.created_at,
            until: self.left_at,
            continued_as: self.continued_as.clone().map(Into::into),
            calls: self.calls.iter().filter_map(month).collect::<BTreeMap<Date, u64>>(),
        }
    }

    fn known_price(&self) -> Known<Option<Price>> {
        let unreadable = |what: String| Known::unreadable(what, "the note of its key in the audit trail");
        match (&self.price, &self.price_unknown) {
            (Some(price), _) => price.parse().map_or_else(
                |_| {
                    unreadable(format!(
                        "`price` is {}, not a price",
                        keypool_domain::text::json_string(price)
                    ))
                },
                |price| Known::Value(Some(price)),
            ),
            (None, Some(why)) => unreadable(why.clone()),
            (None, None) => Known::Value(None),
        }
    }
}

/// Returns the notes about keys of this endpoint, account and region, or says why the file cannot be read.
pub(in crate::ops) async fn former_keys_in_trail(trail: &Trail, aws: &Aws) -> Result<Vec<FormerKey>, String> {
    let Some(path) = trail.file() else { return Ok(Vec::new()) };
    let history = history::read(path);
    let changes =
        history.map_err(|why| format!("the audit trail {} cannot be read: {why}", path.display()))?.changes;
    let account = aws.caller_arn().await.and_then(|caller| account_of(&caller).map(str::to_owned));
    let context = aws.context();
    let is_of_account = |change: &&PastChange| {
        let of_change = change.caller().and_then(account_of);
        (change.region(), change.endpoint()) == (&context.region, context.endpoint())
            && of_change.zip(account.as_deref()).is_none_or(|(one, other)| one == other)
    };
    let notes = changes.iter().filter(is_of_account).flat_map(PastChange::former_notes);
    Ok(notes.map(FormerNote::to_former_key).collect())
}

fn account_of(caller: &str) -> Option<&str> {
    caller.split(':').nth(4)
}

#[cfg(test)]
mod tests {
    use keypool_domain::testing;

    use super::*;

    #[test]
    fn a_note_in_the_trail_says_the_same_as_one_in_the_table() {
        let full = testing::former_key();
        let least = FormerKey {
            tenant_key: None,
            tenant: None,
            price: Known::Value(None),
            since: None,
            continued_as: None,
            calls: BTreeMap::new(),
            ..full.clone()
        };
        for former in [full, least] {
            let json = serde_json::to_string(&FormerNote::new(&former)).expect("JSON");
            let note: FormerNote = serde_json::from_str(&json).expect("a note");
            assert_eq!(note.to_former_key(), former, "{json}");
        }
    }

    #[test]
    fn a_price_that_could_not_be_read_stays_unknown_in_the_trail() {
        let former =
            FormerKey { price: Known::unreadable("`price` is \"$199\"", "item p1"), ..testing::former_key() };
        let json = serde_json::to_string(&FormerNote::new(&former)).expect("JSON");
        let note: FormerNote = serde_json::from_str(&json).expect("a note");
        let reason = note.to_former_key().price.reason().expect("unknown").to_string();
        assert!(reason.contains("`price` is \"$199\""), "{reason}");
    }
}
