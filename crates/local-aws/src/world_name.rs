//! The names of worlds on the command line.

use std::fmt;
use std::str::FromStr;

use crate::World;

/// The error for an unknown world name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown world `{0}`; use sample, sample-logged, sample-drifted, sample-without-tables, empty or scale:PLANS:KEYS:TENANTS"
)]
pub struct UnknownWorld(String);

impl FromStr for World {
    type Err = UnknownWorld;

    fn from_str(name: &str) -> Result<Self, UnknownWorld> {
        let unknown = || UnknownWorld(name.to_owned());
        match name {
            "sample" => Ok(Self::Sample),
            "sample-logged" => Ok(Self::SampleLogged),
            "sample-drifted" => Ok(Self::SampleDrifted),
            "sample-without-tables" => Ok(Self::SampleWithoutTables),
            "empty" => Ok(Self::Empty),
            _ => name.strip_prefix("scale:").and_then(parse_scale).ok_or_else(unknown),
        }
    }
}

fn parse_scale(numbers: &str) -> Option<World> {
    let numbers: Result<Vec<u32>, _> = numbers.split(':').map(str::parse).collect();
    match numbers.ok()?[..] {
        [plans, keys, tenants] => Some(World::Scale { plans, keys, tenants }),
        _ => None,
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str("sample"),
            Self::SampleLogged => f.write_str("sample-logged"),
            Self::SampleDrifted => f.write_str("sample-drifted"),
            Self::SampleWithoutTables => f.write_str("sample-without-tables"),
            Self::Empty => f.write_str("empty"),
            Self::Scale { plans, keys, tenants } => write!(f, "scale:{plans}:{keys}:{tenants}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn world_names_round_trip() {
        for name in [
            "sample",
            "sample-logged",
            "sample-drifted",
            "sample-without-tables",
            "empty",
            "scale:300:10000:100000",
        ] {
            assert_eq!(name.parse::<World>().map(|world| world.to_string()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn an_unknown_name_is_rejected_with_the_valid_names() {
        for name in ["", "Sample", "scale", "scale:1:2", "scale:1:2:3:4", "scale:1:-2:3", "scale:a:b:c"] {
            let result = name.parse::<World>().map_err(|error| error.to_string());
            assert!(result.is_err_and(|text| text.contains("sample-drifted")), "{name}");
        }
    }
}
