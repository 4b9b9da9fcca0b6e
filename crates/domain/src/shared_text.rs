//! Texts of an account with a million tenant keys: equal ids are stored once, other texts together in one allocation.

use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use arcstr::{ArcStr, Substr};

use crate::{KeyAttributes, TenantKey};

/// Immutable text, which may be a part of a longer one.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedText(Substr);

/// Lets tenant keys share the memory of their texts and attributes.
#[derive(Debug, Default)]
pub struct TextStore {
    /// Ids of plans, tenants and API keys.
    ids: HashSet<ArcStr>,
    attributes: HashSet<Arc<KeyAttributes>>,
}

impl SharedText {
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Substr::from(text.as_ref()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TextStore {
    /// Replaces the texts and attributes of these tenant keys by equal ones that share memory, with each other and with those of earlier
    /// calls.
    pub fn share_texts(&mut self, tenant_keys: &mut [TenantKey]) {
        let texts_of = |key: &TenantKey| [key.id.as_str(), &key.name].map(str::len);
        let total = tenant_keys.iter().flat_map(texts_of).sum();
        let mut joined = String::with_capacity(total);
        for key in &*tenant_keys {
            joined.extend([key.id.as_str(), &key.name]);
        }
        let joined = ArcStr::from(joined);
        let mut end = 0;
        let mut part = |len: usize| {
            let start = end;
            end += len;
            if len == 0 { SharedText::default() } else { SharedText(joined.substr(start..start + len)) }
        };
        for key in tenant_keys {
            let [id, name] = texts_of(key).map(&mut part);
            (*key.id.text_mut(), key.name) = (id, name);
            self.share_id(key.plan.text_mut());
            self.share_id(key.tenant.text_mut());
            if let Some(Some(pool_key)) = key.pool_key.value_mut() {
                self.share_id(pool_key.text_mut());
            }
            match self.attributes.get(&key.attributes) {
                Some(stored) => key.attributes = Arc::clone(stored),
                None => drop(self.attributes.insert(Arc::clone(&key.attributes))),
            }
        }
    }

    fn share_id(&mut self, id: &mut ArcStr) {
        match self.ids.get(id.as_str()) {
            Some(stored) => *id = stored.clone(),
            None => drop(self.ids.insert(id.clone())),
        }
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&String> for SharedText {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<&SharedText> for String {
    fn from(text: &SharedText) -> Self {
        text.as_str().to_owned()
    }
}

impl AsRef<str> for SharedText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq<str> for SharedText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for SharedText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for SharedText {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<SharedText> for String {
    fn eq(&self, other: &SharedText) -> bool {
        self == other.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tenant_key;

    #[test]
    fn tenant_keys_that_share_their_texts_are_equal_to_those_that_do_not() {
        let unnamed = TenantKey { name: "für Zürich".into(), ..tenant_key("", "p", "acme", Some("pool")) };
        let pages = [
            vec![tenant_key("k1", "p", "acme", Some("pool")), tenant_key("k2", "p", "globex", None)],
            vec![unnamed, tenant_key("k3", "p", "acme", None).with_attributes(|its| its.revision = Some(1))],
        ];
        let mut shared = pages.clone();
        let mut store = TextStore::default();
        shared.iter_mut().for_each(|page| store.share_texts(page));
        assert_eq!(shared, pages);
        let attributes = shared.iter().flatten().map(|key| Arc::as_ptr(&key.attributes));
        assert_eq!(attributes.collect::<HashSet<_>>().len(), 2, "equal attributes are stored once");
        let plans = shared.iter_mut().flatten().map(|key| key.plan.text_mut().as_ptr());
        assert_eq!(plans.collect::<HashSet<_>>().len(), 1, "the plan's id is stored once");
        store.share_texts(&mut []);
    }

    #[test]
    fn a_tenant_key_is_small() {
        assert!(size_of::<TenantKey>() <= 96, "{}", size_of::<TenantKey>());
    }
}
