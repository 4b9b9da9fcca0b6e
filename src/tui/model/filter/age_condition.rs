//! The filter field `age`: how old the API key of a tenant key is, e.g. `age:>90d`, `age:<7` or `age:?`.

use keypool_domain::KeyAge;

/// In whole days, as the age is displayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum AgeCondition {
    Above(u64),
    AtLeast(u64),
    Below(u64),
    AtMost(u64),
    Equal(u64),
    Unknown,
}

/// What a condition begins with; none means the same number of days.
const PREFIXES: [Prefix; 6] = [
    (">=", AgeCondition::AtLeast),
    ("<=", AgeCondition::AtMost),
    (">", AgeCondition::Above),
    ("<", AgeCondition::Below),
    ("=", AgeCondition::Equal),
    ("", AgeCondition::Equal),
];

type Prefix = (&'static str, fn(u64) -> AgeCondition);

impl AgeCondition {
    /// Parses the text after `age:`; returns `None` if it has no number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if matches!(text, "?" | "unknown") {
            return Some(Self::Unknown);
        }
        let (number, condition) =
            PREFIXES.into_iter().find_map(|(prefix, make)| Some((text.strip_prefix(prefix)?, make)))?;
        let days = number.strip_suffix('d').unwrap_or(number).parse().ok()?;
        Some(condition(days))
    }

    pub(super) fn matches(self, age: Option<KeyAge>) -> bool {
        let Some(age) = age else { return self == Self::Unknown };
        match self {
            Self::Above(days) => age.days() > days,
            Self::AtLeast(days) => age.days() >= days,
            Self::Below(days) => age.days() < days,
            Self::AtMost(days) => age.days() <= days,
            Self::Equal(days) => age.days() == days,
            Self::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use keypool_domain::testing::{at, parts, start_time};
    use keypool_domain::{ApiKey, Inventory, InventoryParts};

    use super::*;

    fn age(created_at: &str) -> Option<KeyAge> {
        let key = ApiKey { created_at: Some(at(created_at)), ..ApiKey::new("k", "") };
        let taken_at = at("2026-03-10T12:00:00Z");
        let inventory = Inventory::new(InventoryParts { api_keys: vec![key].into(), taken_at, ..parts() });
        inventory.api_key_age(&"k".into())
    }

    #[test]
    fn compares_the_age_in_days() {
        let ten_days_and_an_hour = age("2026-02-28T11:00:00Z");
        for (text, holds) in [
            (">10d", false),
            (">9d", true),
            (">11d", false),
            (">=10", true),
            ("<11d", true),
            ("<10d", false),
            ("<=10d", true),
            ("<=9d", false),
            ("10d", true),
            ("=10", true),
            ("?", false),
        ] {
            let condition = AgeCondition::parse(text).expect(text);
            assert_eq!(condition.matches(ten_days_and_an_hour), holds, "{text}");
            assert_eq!(condition.matches(None), text == "?", "{text} of an unknown age");
        }
        assert!(age(&start_time().to_string()).is_some_and(|age| age.days() == 0), "made later than read");
    }

    #[test]
    fn an_unfinished_condition_does_not_parse() {
        for text in ["", ">", ">=", "d", ">x", ">d", "-1"] {
            assert_eq!(AgeCondition::parse(text), None, "{text}");
        }
    }
}
