//! Why 403, why 429: the links between a key and the answer of a call, in the order in which the gateway asks.
//!
//! Only what is known fails: a link about which nothing could be read says so, and is not blamed.

mod key;
mod limits;
mod method;
#[cfg(test)]
mod tests;
mod whom;

use jiff::Timestamp;

use crate::drift::StageMethods;
use crate::text::{grouped, grouped_decimal};
use crate::{ApiKeyId, Change, Inventory, Plan, PlanId, RowId, StageRef, TenantKey, Throttle, Verdict};

use super::answer::{Answer, Answered, OwnAnswer, OwnAnswers};

pub use limits::{Limits, Spent};
pub use method::find as find_method;
pub use whom::whom;

/// A call to be explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The API key that is sent.
    pub api_key: ApiKeyId,
    /// The tenant key that sends it, where it is one's.
    pub row: Option<RowId>,
    /// Where it goes; `None` where the plan covers nothing and nothing was named.
    pub stage: Option<StageRef>,
    /// Verb and path, for example `GET /api`, where one was named or found.
    pub method: Option<String>,
    /// How a call came out, where one was made.
    pub verdict: Option<Verdict>,
}

/// What was read for it besides the inventory; what is `None` may not be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Looked {
    /// Whether the stage is there and deployed.
    pub deployed: Option<bool>,
    /// The methods behind the stage.
    pub methods: Option<StageMethods>,
    /// The answers that the API customises, as they were last edited.
    pub own_answers: Option<OwnAnswers>,
    /// What throttles the method besides the plan's own limit.
    pub limits: Limits,
    /// What the key used of its quota.
    pub spent: Option<Spent>,
    /// Whether the row holds another value than the API key has.
    pub value_differs: Option<bool>,
    /// Whether a tag says that the deletion of the API key has begun.
    pub is_being_deleted: bool,
    /// When the API key was made or last changed.
    pub changed_at: Option<Timestamp>,
}

/// The links of one call, and what each says.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// What is called.
    pub call: Call,
    /// The plan whose limits hold, as far as one does.
    pub plan: Option<PlanId>,
    /// In the order in which the gateway asks.
    pub links: Vec<Link>,
}

/// One thing that must be as it should for a call to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Which one.
    pub kind: LinkKind,
    /// Whether it holds.
    pub state: LinkState,
    /// What was seen, in a sentence.
    pub seen: String,
    /// What a caller is answered because of it; only of a link that fails.
    pub answer: Option<Answer>,
    /// How the API customises that answer.
    pub own: Option<OwnAnswer>,
    /// What mends it; only of a link that fails.
    pub remedy: Option<Remedy>,
}

/// What mends a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// A change that can be carried out.
    Change(Change),
    /// What a person can do.
    Words(String),
}

macro_rules! words {
    ($(#[$outer:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$doc])* $variant,)+
        }

        impl $type {
            /// The word for it on screen and in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// The links.
    LinkKind {
        /// The stage is there and deployed.
        Stage => "stage",
        /// The deployed stage has the method, and the method needs a key.
        Method => "method",
        /// API Gateway has the API key.
        Key => "key",
        /// The row tells the value that the API key has.
        Value => "value",
        /// The API key is enabled.
        Enabled => "enabled",
        /// The API key is in a usage plan.
        Plan => "plan",
        /// The usage plan covers the stage.
        Covered => "plan-stage",
        /// What the usage plan allows one API key a second.
        PlanThrottle => "plan-throttle",
        /// What the stage allows all callers of the method a second.
        StageThrottle => "stage-throttle",
        /// What the account allows all callers a second.
        AccountThrottle => "account-throttle",
        /// What the usage plan allows one API key in a period.
        Quota => "quota",
        /// A recent change has arrived.
        Propagation => "propagation",
    }
}

words! {
    /// Whether a link holds.
    LinkState {
        /// It is as it should be.
        Holds => "holds",
        /// It is why the call is not answered as it should.
        Fails => "fails",
        /// It could not be looked at.
        Unknown => "unknown",
        /// The gateway does not get as far, or does not ask.
        NotAsked => "not-asked",
    }
}

/// Everything that the links look at.
struct Scene<'a> {
    inventory: &'a Inventory,
    call: &'a Call,
    looked: &'a Looked,
    row: Option<&'a TenantKey>,
    plan: Option<&'a Plan>,
    now: Timestamp,
}

impl Scene<'_> {
    /// Whether the deletion of the API key has begun: then it is finished, and nothing brings the key back.
    fn is_being_deleted(&self) -> bool {
        self.looked.is_being_deleted || self.inventory.is_being_deleted(&self.call.api_key)
    }
}

impl Chain {
    /// Walks the links of a call.
    pub fn of(call: Call, inventory: &Inventory, looked: &Looked, now: Timestamp) -> Self {
        let row = call.row.as_ref().and_then(|row| inventory.row(row));
        let plan = key::plan_in_force(&call, row, inventory);
        let scene = Scene { inventory, call: &call, looked, row, plan, now };
        let mut links = method::links(&scene);
        let is_open = links.iter().any(|link| link.answer == Some(Answer::LetIn));
        let rest = key::links(&scene).into_iter().chain(limits::links(&scene));
        links.extend(rest.map(|link| if is_open { link.not_asked() } else { link }));
        let propagation = limits::propagation(&scene, &links);
        links.push(if is_open { propagation.not_asked() } else { propagation });
        if let Some(own) = &looked.own_answers {
            links.iter_mut().for_each(|link| link.own = link.customised(own));
        }
        Self { plan: plan.map(|plan| plan.id.clone()), links, call }
    }

    /// The link that decides the answer, where one fails.
    pub fn failing(&self) -> Option<&Link> {
        self.links.iter().find(|link| link.state == LinkState::Fails)
    }

    /// The sentence where no link fails.
    pub fn all_clear(&self) -> &'static str {
        let is_unseen = |link: &Link| link.state == LinkState::Unknown && link.kind != LinkKind::Propagation;
        if self.links.iter().any(is_unseen) {
            "nothing that could be looked at stands in the way of a call"
        } else {
            "nothing stands in the way of a call"
        }
    }

    /// The sentence for an answer that no link explains.
    pub fn unexplained(&self) -> Option<&'static str> {
        let refused =
            matches!(self.call.verdict, Some(Verdict::Forbidden | Verdict::Throttled | Verdict::QuotaSpent));
        (refused && self.failing().is_none()).then_some(UNEXPLAINED)
    }
}

/// What is left where everything that was read is as it should be.
pub(super) const UNEXPLAINED: &str = "nothing that was read explains it: a change of a key takes about half a minute \
                                      to take effect, and a firewall (WAF) or a wrong stage answers the same";

impl Link {
    fn holds(kind: LinkKind, seen: impl Into<String>) -> Self {
        Self { kind, state: LinkState::Holds, seen: seen.into(), answer: None, own: None, remedy: None }
    }

    fn unknown(kind: LinkKind, seen: impl Into<String>) -> Self {
        Self { state: LinkState::Unknown, ..Self::holds(kind, seen) }
    }

    fn fails(kind: LinkKind, seen: impl Into<String>, answer: Answer, remedy: Remedy) -> Self {
        let (answer, remedy) = (Some(answer), Some(remedy));
        Self { state: LinkState::Fails, answer, remedy, ..Self::holds(kind, seen) }
    }

    /// What a caller is answered because of it.
    pub fn answered(&self) -> Option<Answered> {
        self.answer.map(|answer| Answered { answer, own: self.own })
    }

    /// Where there is no stage there is no API to answer in its own way.
    fn customised(&self, own: &OwnAnswers) -> Option<OwnAnswer> {
        own.of(self.answer.filter(|_| self.kind != LinkKind::Stage)?)
    }

    fn not_asked(self) -> Self {
        Self { state: LinkState::NotAsked, answer: None, remedy: None, ..self }
    }
}

impl Remedy {
    /// One line, with what an inventory knows.
    pub fn sentence(&self, inventory: &Inventory) -> String {
        match self {
            Self::Change(change) => change.describe(inventory),
            Self::Words(words) => words.clone(),
        }
    }
}

impl From<&str> for Remedy {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

/// For example "10 requests a second, 5 at once".
fn rate_in_words(throttle: Throttle) -> String {
    let rate = grouped_decimal(&throttle.rate.to_string());
    format!("{rate} requests a second, {} at once", grouped(throttle.burst.into()))
}
