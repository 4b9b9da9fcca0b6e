//! What fixes a finding, and which consent the fix needs.

use crate::Change;
use crate::words::words;

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

words! {
    /// A source that may be right where two disagree.
    pub enum Source,
    /// As in sentences.
    title {
        Tables => "tables", "the tables are right";
        ApiGateway => "api-gateway", "API Gateway is right";
    }
}

words! {
    /// The consent that a fix needs.
    pub enum Consent {
        /// One confirmation of all fixes.
        WithAll => "with-all",
        /// Its own confirmation.
        Separate => "separate",
        /// The choice of the right source.
        Choice => "choice",
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
