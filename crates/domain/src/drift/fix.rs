//! What fixes a finding, and whose consent that takes.

use crate::Change;

/// What fixes a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum FixOffer {
    /// No change does: it takes a decision, or something that keypool cannot do.
    Manual,
    /// This change, which one yes to all fixes includes.
    WithAll(Change),
    /// One of these changes, after a question of its own: never part of a yes to all fixes.
    Asked(Vec<Change>),
    /// Two sources disagree and either may be right: the user says which.
    Choice(Box<Choice>),
}

/// The two ways to make two sources agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The change that makes API Gateway say what the tables say; `None` where nothing can.
    pub tables: Option<Change>,
    /// The change that makes the tables say what API Gateway says; `None` where nothing can.
    pub api_gateway: Option<Change>,
}

/// A source that may be right where two disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The tables: Plans and Keys.
    Tables,
    /// API Gateway.
    ApiGateway,
}

/// Whose consent a fix takes, without the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// One yes to all fixes.
    WithAll,
    /// A question of its own.
    Asked,
    /// The choice of the source that is right.
    Choice,
}

impl Source {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tables, Self::ApiGateway];

    /// The word for it in flags and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::ApiGateway => "api-gateway",
        }
    }

    /// How it is called in sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Tables => "the tables are right",
            Self::ApiGateway => "API Gateway is right",
        }
    }
}

impl Consent {
    /// The word for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WithAll => "with-all",
            Self::Asked => "asked",
            Self::Choice => "choice",
        }
    }
}

impl FixOffer {
    /// The consent that it takes; `None` where there is no fix.
    pub const fn consent(&self) -> Option<Consent> {
        match self {
            Self::Manual => None,
            Self::WithAll(_) => Some(Consent::WithAll),
            Self::Asked(_) => Some(Consent::Asked),
            Self::Choice(_) => Some(Consent::Choice),
        }
    }

    /// Whether a change fixes it, under whatever consent.
    pub const fn is_possible(&self) -> bool {
        self.consent().is_some()
    }

    /// Every change that fixes it; of a choice with the source that it takes to be right.
    pub fn options(&self) -> Vec<(Option<Source>, &Change)> {
        match self {
            Self::Manual => Vec::new(),
            Self::WithAll(change) => vec![(None, change)],
            Self::Asked(changes) => changes.iter().map(|change| (None, change)).collect(),
            Self::Choice(choice) => {
                let answer = |source| Some((Some(source), choice.change_for(source)?));
                Source::ALL.into_iter().filter_map(answer).collect()
            }
        }
    }

    /// The one change that fixes it, where there is no second.
    pub fn only_change(&self) -> Option<&Change> {
        match self {
            Self::WithAll(change) => Some(change),
            Self::Asked(changes) => match &changes[..] {
                [change] => Some(change),
                _ => None,
            },
            Self::Manual | Self::Choice(_) => None,
        }
    }
}

impl Choice {
    /// The change for the source that is right.
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
