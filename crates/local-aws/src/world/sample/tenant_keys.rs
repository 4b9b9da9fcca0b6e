//! The sample's tenant keys.

use super::super::builder::Author;
use super::{BASIC, BASIC_KEYS, FREE, FREE_KEY, PREMIUM, TEST};

pub(in crate::world) struct SampleTenantKey {
    pub(in crate::world) plan_id: &'static str,
    pub(in crate::world) owner: &'static str,
    pub(in crate::world) name: &'static str,
    pub(in crate::world) id: &'static str,
    /// Id of the tenant's own API key (siloed) or of its pool key.
    pub(in crate::world) api_key: &'static str,
    pub(in crate::world) author: Author,
}

/// Oldest first.
pub(in crate::world) const TENANT_KEYS: &[SampleTenantKey] = &[
    siloed(TEST, "acme", "acme-sandbox", "29326ml64l"),
    siloed(TEST, "globex", "globex-trial", "g2tjf8cz2k"),
    siloed(TEST, "initech", "tps-reports-dev", "a7edcmpb3u"),
    siloed(TEST, "hooli", "hooli-nucleus", "2m7os5af3r"),
    pooled(FREE, "wonka", "wonka-shop", "09fquo6sbe", FREE_KEY),
    pooled(FREE, "tyrell", "tyrell-replica", "gzgsyebann", FREE_KEY),
    pooled(FREE, "soylent", "soylent-menu", "d4yz0emrvf", FREE_KEY),
    written_by_sample(FREE, "vandelay", "vandelay-imports", "TVA9aw7H", FREE_KEY),
    pooled(FREE, "pied-piper", "piper-beta", "ipgad35l9m", FREE_KEY),
    pooled(FREE, "duff", "duff-taps", "26mi0yhz0n", FREE_KEY),
    pooled(FREE, "gringotts", "gringotts-rates", "artbnlzgcj", FREE_KEY),
    pooled(FREE, "nakatomi", "nakatomi-lobby", "n2qavsyeef", FREE_KEY),
    written_by_sample(FREE, "monarch", "monarch-map", "NloPAmXX", FREE_KEY),
    pooled(FREE, "oscorp", "oscorp-lab", "3i4iyljtop", FREE_KEY),
    pooled(FREE, "initech", "initech-intranet", "mk9my4f0dg", FREE_KEY),
    pooled(FREE, "bluth", "banana-stand", "gc6qpzq05s", FREE_KEY),
    pooled(BASIC, "globex", "globex-billing", "7leio49ern", BASIC_KEYS[0]),
    pooled(BASIC, "massive-dynamic", "pattern-search", "nber02pdcl", BASIC_KEYS[1]),
    pooled(BASIC, "aperture", "aperture-tests", "sx7ifxi2v7", BASIC_KEYS[2]),
    pooled(BASIC, "black-mesa", "black-mesa-logs", "icb4wtcbe4", BASIC_KEYS[3]),
    written_by_sample(BASIC, "weyland", "weyland-fleet", "EuTUIEEc", BASIC_KEYS[4]),
    pooled(BASIC, "wayne", "wayne-alarms", "8xcivwf4e0", BASIC_KEYS[0]),
    pooled(BASIC, "dunder-mifflin", "paper-orders", "b5ayyaeffh", BASIC_KEYS[1]),
    pooled(BASIC, "prestige", "prestige-tickets", "q0vy3238f7", BASIC_KEYS[2]),
    pooled(BASIC, "los-pollos", "los-pollos-menu", "6btf4boh55", BASIC_KEYS[3]),
    pooled(BASIC, "sterling", "sterling-draper", "qaxtjm7kv2", BASIC_KEYS[4]),
    pooled(BASIC, "hooli", "hooli-search", "5puzqm1mny", BASIC_KEYS[0]),
    pooled(BASIC, "rekall", "rekall-booking", "ounii5wcer", BASIC_KEYS[1]),
    pooled(BASIC, "oceanic", "oceanic-flights", "kh24rn0y75", BASIC_KEYS[2]),
    pooled(BASIC, "virtucon", "virtucon-press", "u2uecrcrwt", BASIC_KEYS[3]),
    siloed(PREMIUM, "acme", "acme-production", "biz3mbrpjd"),
    siloed(PREMIUM, "umbrella", "umbrella-research", "h2g8xemm4q"),
    written_by_sample(PREMIUM, "cyberdyne", "skynet-feed", "la48clorw8", "la48clorw8"),
    siloed(PREMIUM, "stark", "stark-jarvis", "76kzof0yi2"),
];

const fn siloed(
    plan_id: &'static str,
    owner: &'static str,
    name: &'static str,
    id: &'static str,
) -> SampleTenantKey {
    SampleTenantKey { plan_id, owner, name, id, api_key: id, author: Author::Keypool }
}

const fn pooled(
    plan_id: &'static str,
    owner: &'static str,
    name: &'static str,
    id: &'static str,
    api_key: &'static str,
) -> SampleTenantKey {
    SampleTenantKey { plan_id, owner, name, id, api_key, author: Author::Keypool }
}

/// A tenant key that the sample application wrote.
const fn written_by_sample(
    plan_id: &'static str,
    owner: &'static str,
    name: &'static str,
    id: &'static str,
    api_key: &'static str,
) -> SampleTenantKey {
    SampleTenantKey { plan_id, owner, name, id, api_key, author: Author::Sample }
}
