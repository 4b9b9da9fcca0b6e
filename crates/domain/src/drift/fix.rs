//! What fixes a finding, and which consent the fix needs.

use crate::Change;

#[derive(Debug, Clone, PartialEq)]
pub enum FixOffer {
    /// Needs a decision or something that keypool cannot do.
    Manual,
    /// A change that is part of "fix all".
    WithAll(Change),
    /// One of these changes, each confirmed separately and never part of "fix all".
    Separate(Vec<Change>),
    /// Two sources disagree and either may be right: the operator chooses.
    Choice(Box<Choice>),
}

/// Two ways to make two sources agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Makes API Gateway match the tables; `None` if impossible.
    pub tables: Option<Change>,
    /// Makes the tables match API Gateway; `None` if impossible.
    pub api_gateway: Option<Change>,
}

/// A source that may be right where two disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Tables,
    ApiGateway,
}

/// The consent that a fix needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// One confirmation of all fixes.
    WithAll,
    /// Its own confirmation.
    Separate,
    /// The choice of the right source.
    Choice,
}

impl Source {
    pub const ALL: [Self; 2] = [Self::Tables, Self::ApiGateway];

    /// As in flags and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::ApiGateway => "api-gateway",
        }
    }

    /// As in sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Tables => "the tables are right",
            Self::ApiGateway => "API Gateway is right",
        }
    }
}

impl Consent {
    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WithAll => "with-all",
            Self::Separate => "separate",
            Self::Choice => "choice",
        }
    }
}

impl FixOffer {
    /// `None` if there is no fix.
    pub const fn consent(&self) -> Option<Consent> {
        match self {
            Self::Manual => None,
            Self::WithAll(_) => Some(Consent::WithAll),
            Self::Separate(_) => Some(Consent::Separate),
            Self::Choice(_) => Some(Consent::Choice),
        }
    }

    /// Whether any change fixes the finding, whatever consent it needs.
    pub const fn is_possible(&self) -> bool {
        self.consent().is_some()
    }

    /// Every change that fixes the finding; for a choice, with the source it assumes to be right.
    pub fn options(&self) -> Vec<(Option<Source>, &Change)> {
        match self {
            Self::Manual => Vec::new(),
            Self::WithAll(change) => vec![(None, change)],
            Self::Separate(changes) => changes.iter().map(|change| (None, change)).collect(),
            Self::Choice(choice) => {
                let option = |source| Some((Some(source), choice.change_for(source)?));
                Source::ALL.into_iter().filter_map(option).collect()
            }
        }
    }

    /// The change that fixes the finding, if there is exactly one.
    pub fn only_change(&self) -> Option<&Change> {
        match self {
            Self::WithAll(change) => Some(change),
            Self::Separate(changes) => match &changes[..] {
                [change] => Some(change),
                _ => None,
            },
            Self::Manual | Self::Choice(_) => None,
        }
    }
}

impl Choice {
    /// The change to make if this source is right.
    pub const fn change_for(&self, source: Source) -> Option<&Change> {
        match source {
            Source::Tables => self.tables.as_ref(),
            Source::ApiGateway => self.api_gateway.as_ref(),
        }
    }
}

impl From<Change> for FixOffer {
    fn from(change: Change) -> Self {
        Self::WithAll(change)
    }
}

impl From<Option<Change>> for FixOffer {
    fn from(change: Option<Change>) -> Self {
        change.map_or(Self::Manual, Self::WithAll)
    }
}
