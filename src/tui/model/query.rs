//! What the console reads, and the results. A new thing to read is a variant of each enum; the compiler names the rest.

use std::sync::Arc;

use keypool_domain::call::diagnosis::Diagnosis;
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::usage::{DayRange, QuotaRefusals};
use keypool_domain::{Change, Inventory, PlanId, Secret, TenantKeyId};

use crate::ops::{
    ChargeReport, DoctorReport, ExplainRequest, KeyListing, KeyLookup, RecentCalls, RecentCallsRequest,
    ReportRequest, Route, SetupReport, SetupTarget, StageChoices,
};
use crate::tui::keys::action::Action;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::view::View;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    Inventory,
    /// The API keys of the plan under the cursor.
    MembersOfPlan(PlanId),
    /// The API keys of plans, in the background.
    MembersOfPlans(Vec<PlanId>),
    /// The next page of this list of tenant keys, of which there are too many to be read unasked.
    ListKeys(KeyListing),
    /// The value of one tenant key.
    Secret(TenantKeyId, SecretUse),
    /// The methods that keys of this plan can call.
    Routes(PlanId),
    /// The doctor's findings, with a new reading of the account.
    Diagnosis,
    /// The set-up checklist of a stage.
    Setup(SetupTarget),
    /// The stages of the API with this id; `None` for the APIs.
    StageChoices(Option<String>),
    KeyLookup(KeyQuery),
    Explain(ExplainRequest),
    /// The details that this change depends on and that the inventory lacks.
    ChangeDetails(Box<Change>),
    /// Usage of one plan in these days, which are those of the current quota periods.
    PlanUsage(PlanId, DayRange),
    /// Usage of all plans in these other days.
    Usage(DayRange),
    /// All usage of the current quota periods that was read, with these refused calls; asks AWS for nothing.
    UsageWithRefusals(Arc<QuotaRefusals>),
    /// The calls of the last minutes, counted in access logs.
    RecentCalls(RecentCallsRequest),
    /// Charges of a month.
    Charges(ReportRequest),
}

/// Why the value of a tenant key is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretUse {
    /// To show it.
    Reveal,
    /// To copy it without showing it.
    Copy,
    /// To restore it if the deletion of its key, which is about to start, is undone.
    Undo,
}

/// What a query has read so far, to be shown while it reads on.
#[derive(Debug, Clone, PartialEq)]
pub enum PartialResult {
    /// The account as it was remembered, before anything of it is read.
    Remembered(Snapshot),
    /// An inventory that is not complete.
    Inventory(Snapshot),
    /// The last inventory, with the API keys of some more plans.
    Membership(Snapshot),
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryResult {
    Inventory(Snapshot),
    /// The last inventory, with the API keys of the plans that were read.
    Membership(Snapshot),
    /// The last inventory, with a page of a list of tenant keys.
    Listed(Snapshot),
    Secret(TenantKeyId, Secret),
    Routes(PlanId, Vec<Route>),
    /// The report, and the inventory that the problems were found in.
    Diagnosis(Arc<DoctorReport>, Snapshot),
    /// The checklist, and the inventory if it could be read.
    Setup(Arc<SetupReport>, Option<Snapshot>),
    StageChoices(StageChoices),
    KeyLookup(KeyLookup),
    Explain(Vec<Diagnosis>),
    /// The inventory, completed with the details that the change depends on.
    ChangeDetails(Box<Change>, Arc<Inventory>),
    /// The number of calls that it took. The usage is part of what [`Query::UsageWithRefusals`] returns.
    PlanUsage(u32),
    /// Usage, with the last inventory.
    Usage(Snapshot),
    RecentCalls(Arc<RecentCalls>),
    Charges(Box<ChargeReport>),
}

impl QueryResult {
    /// The inventory that the query read of the account.
    pub(crate) const fn read_snapshot(&self) -> Option<&Snapshot> {
        match self {
            Self::Inventory(snapshot)
            | Self::Membership(snapshot)
            | Self::Listed(snapshot)
            | Self::Diagnosis(_, snapshot)
            | Self::Setup(_, Some(snapshot)) => Some(snapshot),
            Self::Setup(_, None)
            | Self::Secret(..)
            | Self::Routes(..)
            | Self::StageChoices(_)
            | Self::KeyLookup(_)
            | Self::Explain(_)
            | Self::ChangeDetails(..)
            | Self::PlanUsage(_)
            | Self::Usage(_)
            | Self::RecentCalls(_)
            | Self::Charges(_) => None,
        }
    }
}

impl Query {
    /// Whether it is read in the background, whatever the operator does.
    pub(crate) const fn is_background(&self) -> bool {
        match self {
            Self::MembersOfPlan(_)
            | Self::MembersOfPlans(_)
            | Self::ListKeys(_)
            | Self::PlanUsage(..)
            | Self::UsageWithRefusals(_) => true,
            Self::Inventory
            | Self::Secret(..)
            | Self::Routes(_)
            | Self::Diagnosis
            | Self::Setup(_)
            | Self::StageChoices(_)
            | Self::KeyLookup(_)
            | Self::Explain(_)
            | Self::ChangeDetails(_)
            | Self::Usage(_)
            | Self::RecentCalls(_)
            | Self::Charges(_) => false,
        }
    }

    /// Whether its result rests on the account that is shown, which therefore must not be a remembered one.
    pub(crate) const fn rests_on_account(&self) -> bool {
        match self {
            Self::Secret(..)
            | Self::Routes(_)
            | Self::KeyLookup(_)
            | Self::Explain(_)
            | Self::ChangeDetails(_)
            | Self::PlanUsage(..)
            | Self::Usage(_)
            | Self::UsageWithRefusals(_)
            | Self::RecentCalls(_)
            | Self::Charges(_) => true,
            Self::Inventory
            | Self::MembersOfPlan(_)
            | Self::MembersOfPlans(_)
            | Self::ListKeys(_)
            | Self::Diagnosis
            | Self::Setup(_)
            | Self::StageChoices(_) => false,
        }
    }

    /// Whether it only reads the account, and so may be abandoned at any moment.
    pub(crate) const fn can_be_abandoned(&self) -> bool {
        match self {
            Self::Inventory
            | Self::MembersOfPlan(_)
            | Self::MembersOfPlans(_)
            | Self::ListKeys(_)
            | Self::Routes(_)
            | Self::Diagnosis
            | Self::Setup(_)
            | Self::StageChoices(_)
            | Self::KeyLookup(_)
            | Self::Explain(_)
            | Self::ChangeDetails(_)
            | Self::UsageWithRefusals(_) => true,
            // These write an audit line, a cache or a frozen month.
            Self::Secret(..) | Self::PlanUsage(..) | Self::Usage(_) | Self::Charges(_) => false,
            // It stops its query at AWS.
            Self::RecentCalls(_) => false,
        }
    }

    /// Whether this screen shows what is read, or the operator waits for it wherever they are.
    pub(crate) const fn is_shown_on(&self, view: View) -> bool {
        match self {
            Self::Inventory
            | Self::MembersOfPlan(_)
            | Self::MembersOfPlans(_)
            | Self::ListKeys(_)
            | Self::Routes(_) => matches!(view, View::Home),
            Self::PlanUsage(..) => matches!(view, View::Home | View::Usage),
            Self::Usage(_) | Self::RecentCalls(_) => matches!(view, View::Usage),
            Self::Diagnosis => matches!(view, View::Doctor),
            Self::Setup(_) | Self::StageChoices(_) => matches!(view, View::Setup | View::Methods),
            Self::Charges(_) => matches!(view, View::Report),
            Self::Secret(..) | Self::KeyLookup(_) | Self::Explain(_) | Self::ChangeDetails(_) => true,
            // It asks AWS for nothing, so it is never stopped.
            Self::UsageWithRefusals(_) => false,
        }
    }

    /// The action that reads it again after it was stopped; `None` if it is a part of a change.
    pub(crate) const fn repeating_action(&self) -> Option<Action> {
        match self {
            Self::Inventory
            | Self::MembersOfPlan(_)
            | Self::MembersOfPlans(_)
            | Self::ListKeys(_)
            | Self::Diagnosis
            | Self::Setup(_)
            | Self::PlanUsage(..)
            | Self::Usage(_)
            | Self::UsageWithRefusals(_)
            | Self::Charges(_) => Some(Action::Refresh),
            Self::Secret(_, SecretUse::Reveal) => Some(Action::Reveal),
            Self::Secret(_, SecretUse::Copy) => Some(Action::CopyValue),
            Self::Routes(_) => Some(Action::Call),
            Self::StageChoices(_) => Some(Action::ChooseStage),
            Self::KeyLookup(_) => Some(Action::Whose),
            Self::Explain(_) => Some(Action::Explain),
            Self::RecentCalls(_) => Some(Action::AccessLog),
            Self::Secret(_, SecretUse::Undo) | Self::ChangeDetails(_) => None,
        }
    }

    /// What is being done, for the progress line.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Inventory => "reading the account",
            Self::MembersOfPlan(_) => "reading the API keys of the plan",
            Self::MembersOfPlans(_) => "reading the API keys of the plans",
            Self::ListKeys(_) => "reading tenant keys",
            Self::Secret(..) => "reading the secret value",
            Self::Routes(_) => "reading the methods of the plan",
            Self::Diagnosis => "checking the account",
            Self::Setup(_) | Self::StageChoices(_) => "reading APIs and stages",
            Self::KeyLookup(_) => "looking up the key",
            Self::Explain(_) => "diagnosing the call",
            Self::ChangeDetails(_) => "reading what the change depends on",
            Self::PlanUsage(..) | Self::Usage(_) => "reading the usage of the plans",
            Self::UsageWithRefusals(_) => "updating the usage of the plans",
            Self::RecentCalls(_) => "counting calls in the access logs",
            Self::Charges(_) => "reading the usage of the month",
        }
    }
}
