//! Rules that say which tenant an API key belongs to.

use std::fmt;
use std::str::FromStr;

use regex::Regex;

use crate::key::{POOL_KEY_OWNER, tag};
use crate::{ApiKey, Refusal, Tenant};

/// Tried in order: the first that finds a tenant decides. If none does, the key's name is the tenant, or else its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRules {
    rules: Vec<TenantRule>,
    is_configured: bool,
}

/// Where an API key names its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantRule {
    /// The value of this tag.
    Tag(String),
    /// The AWS Marketplace customer.
    CustomerId,
    /// The group `tenant` of a pattern that the key's name matches.
    Name(NamePattern),
}

/// A regular expression with a group named `tenant`.
#[derive(Debug, Clone)]
pub struct NamePattern(Regex);

/// Where keypool writes the tenant of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantPlace<'a> {
    /// A tag with this name.
    Tag(&'a str),
    CustomerId,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseTenantRuleError {
    #[error("\"{0}\" is no rule: write \"tag:NAME\", \"customerId\" or \"name:PATTERN\"")]
    Unknown(String),
    #[error("\"{0}\" names no tag: write for example \"tag:ownerId\"")]
    NoTagName(String),
    #[error("\"{rule}\" is not a regular expression: {reason}")]
    Pattern { rule: String, reason: String },
    #[error("\"{0}\" has no group named tenant: write for example \"name:^(?<tenant>[^-]+)-\"")]
    NoGroup(String),
}

const TENANT_GROUP: &str = "tenant";

impl Default for TenantRules {
    /// What is read while nothing is configured: keypool's own tag, then the customer.
    fn default() -> Self {
        let rules = vec![TenantRule::Tag(tag::OWNER.to_owned()), TenantRule::CustomerId];
        Self { rules, is_configured: false }
    }
}

impl TenantRules {
    /// Rules that the user has configured.
    pub const fn configured(rules: Vec<TenantRule>) -> Self {
        Self { rules, is_configured: true }
    }

    pub fn rules(&self) -> &[TenantRule] {
        &self.rules
    }

    pub const fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// The tenant of an API key. Never keypool's own name for pool keys, which is no tenant.
    pub fn tenant(&self, key: &ApiKey) -> Tenant {
        let found = self.rules.iter().find_map(|rule| rule.find_tenant(key));
        let fallback = || [key.name.trim(), key.id.as_str()].into_iter().find(|text| is_tenant(text));
        Tenant::new(found.or_else(fallback).unwrap_or_default())
    }

    /// Where the tenant of a new key is written: where the first rule reads it.
    pub fn place(&self) -> Result<TenantPlace<'_>, Refusal> {
        if !self.is_configured {
            return Err(Refusal::TenantsNotConfigured);
        }
        match self.rules.first() {
            Some(TenantRule::Tag(name)) if !name.starts_with(tag::PREFIX) && !name.starts_with("aws:") => {
                Ok(TenantPlace::Tag(name))
            }
            Some(TenantRule::CustomerId) => Ok(TenantPlace::CustomerId),
            Some(rule @ (TenantRule::Tag(_) | TenantRule::Name(_))) => {
                Err(Refusal::TenantNotWritable(rule.to_string()))
            }
            None => Err(Refusal::TenantsNotConfigured),
        }
    }
}

impl TenantRule {
    /// The tenant that the API key names here.
    pub fn find_tenant<'a>(&self, key: &'a ApiKey) -> Option<&'a str> {
        let text = match self {
            Self::Tag(name) => key.tags.get(name)?.as_str(),
            Self::CustomerId => key.customer_id.as_deref()?,
            Self::Name(NamePattern(pattern)) => {
                pattern.captures(&key.name)?.name(TENANT_GROUP).map(|found| found.as_str())?
            }
        };
        Some(text.trim()).filter(|text| is_tenant(text))
    }
}

fn is_tenant(text: &str) -> bool {
    !text.is_empty() && text != POOL_KEY_OWNER
}

impl NamePattern {
    /// Parses a regular expression with a group named `tenant`.
    pub fn new(pattern: &str) -> Result<Self, ParseTenantRuleError> {
        let rule = || format!("name:{pattern}");
        let regex = Regex::new(pattern).map_err(|why| {
            let reason = why.to_string();
            let last_line = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            ParseTenantRuleError::Pattern { rule: rule(), reason: last_line.to_owned() }
        })?;
        let has_group = regex.capture_names().flatten().any(|name| name == TENANT_GROUP);
        if has_group { Ok(Self(regex)) } else { Err(ParseTenantRuleError::NoGroup(rule())) }
    }
}

impl PartialEq for NamePattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for NamePattern {}

impl FromStr for TenantRule {
    type Err = ParseTenantRuleError;

    fn from_str(text: &str) -> Result<Self, ParseTenantRuleError> {
        match text.split_once(':') {
            None if text == "customerId" => Ok(Self::CustomerId),
            Some(("tag", name)) if name.trim().is_empty() => {
                Err(ParseTenantRuleError::NoTagName(text.to_owned()))
            }
            Some(("tag", name)) => Ok(Self::Tag(name.to_owned())),
            Some(("name", pattern)) => NamePattern::new(pattern).map(Self::Name),
            _ => Err(ParseTenantRuleError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for TenantRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(name) => write!(f, "tag:{name}"),
            Self::CustomerId => f.write_str("customerId"),
            Self::Name(NamePattern(pattern)) => write!(f, "name:{pattern}"),
        }
    }
}

impl fmt::Display for TenantRules {
    /// For example `tag:ownerId, customerId, else the key's name (not configured)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in &self.rules {
            write!(f, "{rule}, ")?;
        }
        let state = if self.is_configured { "" } else { " (not configured: nothing can be written)" };
        write!(f, "else the key's name{state}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tags;

    fn key(name: &str, customer: Option<&str>, owner: Option<&str>) -> ApiKey {
        ApiKey {
            customer_id: customer.map(str::to_owned),
            tags: owner.map(|owner| tags(&[("ownerId", owner)])).unwrap_or_default(),
            ..ApiKey::new("k1", name)
        }
    }

    fn configured(rules: &[&str]) -> TenantRules {
        TenantRules::configured(rules.iter().map(|rule| rule.parse().expect("a rule")).collect())
    }

    #[test]
    fn rules_are_tried_in_order_and_the_name_or_id_remains() {
        let rules = configured(&["tag:ownerId", "customerId", "name:^(?<tenant>[^-]+)-"]);
        let tenant = |key: ApiKey| rules.tenant(&key).to_string();
        assert_eq!(tenant(key("acme-web", Some("c1"), Some("globex"))), "globex");
        assert_eq!(tenant(key("acme-web", Some("c1"), Some(" "))), "c1", "an empty tag names no tenant");
        assert_eq!(tenant(key("acme-web", None, None)), "acme");
        assert_eq!(tenant(key("partner", None, None)), "partner");
        assert_eq!(tenant(key("", None, None)), "k1");
        assert_eq!(tenant(key("", None, Some(POOL_KEY_OWNER))), "k1", "the owner of pool keys is no tenant");
    }

    #[test]
    fn nothing_is_written_before_the_rules_are_configured_or_where_the_first_cannot_be_written() {
        assert_eq!(TenantRules::default().place(), Err(Refusal::TenantsNotConfigured));
        assert_eq!(configured(&["tag:team", "customerId"]).place(), Ok(TenantPlace::Tag("team")));
        assert_eq!(configured(&["customerId"]).place(), Ok(TenantPlace::CustomerId));
        for rule in ["name:^(?<tenant>.+)$", "tag:aws:cloudformation:stack-name", "tag:keypool:plan"] {
            assert_eq!(configured(&[rule]).place(), Err(Refusal::TenantNotWritable(rule.to_owned())));
        }
    }

    #[test]
    fn rules_round_trip_and_errors_say_what_to_write() {
        for rule in ["tag:ownerId", "tag:cost:centre", "customerId", "name:^(?<tenant>[^-]+)-"] {
            assert_eq!(rule.parse::<TenantRule>().map(|rule| rule.to_string()).as_deref(), Ok(rule));
        }
        let error = |rule: &str| rule.parse::<TenantRule>().expect_err("no rule").to_string();
        assert!(error("owner").contains("\"owner\" is no rule: write \"tag:NAME\""), "{}", error("owner"));
        assert!(error("tag:").contains("names no tag"));
        assert!(error("name:[").contains("is not a regular expression: unclosed character class"));
        assert!(error("name:^a").contains("no group named tenant"));
    }
}
