//! The names of worlds, as they are written on a command line.

use std::fmt;
use std::str::FromStr;

use crate::World;

/// A name that is no world's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no world is called `{0}`; there are sample, sample-drifted, empty and scale:PLANS:KEYS:TENANTS")]
pub struct UnknownWorld(String);

impl FromStr for World {
    type Err = UnknownWorld;

    fn from_str(name: &str) -> Result<Self, UnknownWorld> {
        let unknown = || UnknownWorld(name.to_owned());
        match name {
            "sample" => Ok(Self::Sample),
            "sample-drifted" => Ok(Self::SampleDrifted),
            "empty" => Ok(Self::Empty),
            _ => name.strip_prefix("scale:").and_then(scale).ok_or_else(unknown),
        }
    }
}

fn scale(numbers: &str) -> Option<World> {
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
            Self::SampleDrifted => f.write_str("sample-drifted"),
            Self::Empty => f.write_str("empty"),
            Self::Scale { plans, keys, tenants } => write!(f, "scale:{plans}:{keys}:{tenants}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_read_as_it_is_written() {
        for name in ["sample", "sample-drifted", "empty", "scale:300:10000:100000"] {
            assert_eq!(name.parse::<World>().map(|world| world.to_string()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_names_there_are() {
        for name in ["", "Sample", "scale", "scale:1:2", "scale:1:2:3:4", "scale:1:-2:3", "scale:a:b:c"] {
            let refusal = name.parse::<World>().map_err(|error| error.to_string());
            assert!(refusal.is_err_and(|text| text.contains("sample-drifted")), "{name}");
        }
    }
}
