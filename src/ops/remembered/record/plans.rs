//! Usage plans with their price-list entries.

use std::borrow::Cow;

use keypool_domain::{MethodRef, Period, Plan, PlanId, Price, PriceListEntry, Quota, StageRef, Throttle};
use serde::{Deserialize, Serialize};

use super::{Optional, Tags, Text, into_tags, known, tags_record, text};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanRecord<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    description: Text<'a>,
    throttle: Option<ThrottleRecord>,
    /// Limit, period and offset.
    quota: Option<(u64, Text<'a>, u32)>,
    /// API and stage.
    stages: Vec<(Text<'a>, Text<'a>)>,
    /// API, stage, path, verb and throttle.
    method_throttles: Vec<(Text<'a>, Text<'a>, Text<'a>, Text<'a>, ThrottleRecord)>,
    product_code: Option<Text<'a>>,
    price_list_entry: Option<PriceListRecord<'a>>,
    tags: Option<Tags<'a>>,
}

/// The rate as text, because JSON's numbers are rounded, and the burst.
#[derive(Serialize, Deserialize)]
struct ThrottleRecord(String, u32);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceListRecord<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    description: Text<'a>,
    quota: Text<'a>,
    throttle: Text<'a>,
    /// In cents.
    price: Optional<i64>,
}

impl<'a> PlanRecord<'a> {
    pub(super) fn from_plan(plan: &'a Plan) -> Self {
        let Plan {
            id,
            name,
            description,
            throttle,
            quota,
            stages,
            method_throttles,
            product_code,
            price_list_entry,
            tags,
        } = plan;
        let tags = tags.value_to_show();
        Self {
            id: text(id.as_str()),
            name: text(name),
            description: text(description),
            throttle: throttle.as_ref().map(ThrottleRecord::from_throttle),
            quota: quota.map(|Quota { limit, period, offset }| (limit, text(period.as_str()), offset)),
            stages: stages.iter().map(|StageRef { api, stage }| (text(api), text(stage))).collect(),
            method_throttles: method_throttles
                .iter()
                .map(|((StageRef { api, stage }, MethodRef { path, verb }), throttle)| {
                    let throttle = ThrottleRecord::from_throttle(throttle);
                    (text(api), text(stage), text(path), text(verb), throttle)
                })
                .collect(),
            product_code: product_code.as_deref().map(text),
            price_list_entry: price_list_entry.as_ref().map(PriceListRecord::from_entry),
            tags: tags.map(tags_record),
        }
    }

    pub(super) fn into_plan(self) -> Option<Plan> {
        let quota = match self.quota {
            Some((limit, period, offset)) => {
                let period = Period::ALL.into_iter().find(|known| known.as_str() == period)?;
                Some(Quota { limit, period, offset })
            }
            None => None,
        };
        let stage =
            |api: Text<'_>, stage: Text<'_>| StageRef { api: api.into_owned(), stage: stage.into_owned() };
        let throttles = self.method_throttles.into_iter().map(|(api, name, path, verb, throttle)| {
            let method = MethodRef { path: path.into_owned(), verb: verb.into_owned() };
            Some(((stage(api, name), method), throttle.into_throttle()?))
        });
        Some(Plan {
            id: PlanId::new(self.id),
            name: self.name.into_owned(),
            description: self.description.into_owned(),
            throttle: match self.throttle {
                Some(throttle) => Some(throttle.into_throttle()?),
                None => None,
            },
            quota,
            stages: self.stages.into_iter().map(|(api, name)| stage(api, name)).collect(),
            method_throttles: throttles.collect::<Option<_>>()?,
            product_code: self.product_code.map(Cow::into_owned),
            price_list_entry: self.price_list_entry.map(PriceListRecord::into_entry),
            tags: known(self.tags.map(into_tags)),
        })
    }
}

impl ThrottleRecord {
    fn from_throttle(throttle: &Throttle) -> Self {
        let Throttle { rate, burst } = throttle;
        Self(rate.to_string(), *burst)
    }

    fn into_throttle(self) -> Option<Throttle> {
        let rate = self.0.parse().ok().filter(|rate: &f64| rate.is_finite())?;
        Some(Throttle { rate, burst: self.1 })
    }
}

impl<'a> PriceListRecord<'a> {
    fn from_entry(entry: &'a PriceListEntry) -> Self {
        let PriceListEntry { name, description, quota, throttle, price } = entry;
        Self {
            name: text(name),
            description: text(description),
            quota: text(quota),
            throttle: text(throttle),
            price: Optional::from_known(price.as_ref().map(|price| price.map(Price::cents))),
        }
    }

    fn into_entry(self) -> PriceListEntry {
        PriceListEntry {
            name: self.name.into_owned(),
            description: self.description.into_owned(),
            quota: self.quota.into_owned(),
            throttle: self.throttle.into_owned(),
            price: self.price.into_known().map(|price| price.map(Price::from_cents)),
        }
    }
}
