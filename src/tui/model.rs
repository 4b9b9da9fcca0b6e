//! What the console knows of the account, and the tasks that read or change it. Screens read it; only the root of
//! the console changes it.
//!
//! Data that a refresh renews is here; what the operator chose (focus, selection, marks, filter) is in the screens.

pub(crate) mod calls;
pub(crate) mod effect;
pub(crate) mod event;
pub(crate) mod filter;
pub(crate) mod indexing;
pub(crate) mod key_index;
mod letter_bits;
mod listing;
pub(crate) mod load_states;
mod loading;
mod longest_texts;
mod membership;
pub(crate) mod message;
pub(crate) mod natural_sort;
pub(crate) mod options;
pub(crate) mod progress;
pub(crate) mod query;
mod refusals;
pub(crate) mod remote;
mod run_query;
pub(crate) mod runner;
pub(crate) mod snapshot;
pub(crate) mod tasks;
pub(crate) mod usage_days;
pub(crate) mod usage_index;
pub(crate) mod usage_loading;

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use keypool_domain::drift::Finding;
use keypool_domain::setup::{ApiMethod, ChecklistItem};
use keypool_domain::usage::QuotaRefusals;
use keypool_domain::{AccountPart, Inventory, Refusal, StageRef};
use ratatui::layout::Size;

use crate::aws::{Context, Failure, Pace};
use crate::ops::{DoctorReport, KeyListing, SetupReport, SetupTarget};
use crate::tui::keys::action::Action;
use crate::tui::keys::type_ahead::TypeAhead;
use crate::tui::styles::Styles;

use effect::Effect;
use load_states::{LoadStates, Part};
use membership::MembershipReads;
use options::Options;
use remote::Remote;
use snapshot::Snapshot;
use tasks::Tasks;
use usage_index::UsageIndex;
use usage_loading::UsageReads;

#[derive(Debug, Clone)]
pub(crate) struct Model {
    options: Options,
    now: Timestamp,
    size: Size,
    type_ahead: TypeAhead,
    context: Remote<Context>,
    /// The last inventory and usage, which may be stale.
    snapshot: Option<Snapshot>,
    load_states: LoadStates,
    membership: MembershipReads,
    /// The list of tenant keys of which a page could not be read last.
    failed_listing: Option<(KeyListing, Failure)>,
    doctor_report: Remote<Arc<DoctorReport>>,
    setup: Remote<Arc<SetupReport>>,
    /// The API and stage being set up.
    setup_choice: SetupTarget,
    usage_reads: UsageReads,
    /// What calls wait for because AWS limits their rate.
    pace: Option<Pace>,
    /// Whether calls have waited for AWS's rate since the console started.
    has_been_limited: bool,
    /// When the last refresh ended, successful or not.
    last_refresh_at: Option<Timestamp>,
    /// Calls of this session that were refused because a quota is exhausted.
    refusals: Arc<QuotaRefusals>,
    tasks: Tasks,
    outbox: Vec<Effect>,
}

impl Model {
    pub(crate) fn new(options: Options, now: Timestamp, size: Size) -> Self {
        Self {
            options,
            now,
            size,
            type_ahead: TypeAhead::default(),
            context: Remote::NotRequested,
            snapshot: None,
            load_states: LoadStates::default(),
            membership: MembershipReads::default(),
            failed_listing: None,
            doctor_report: Remote::NotRequested,
            setup: Remote::NotRequested,
            setup_choice: SetupTarget::default(),
            usage_reads: UsageReads::default(),
            pace: None,
            has_been_limited: false,
            last_refresh_at: None,
            refusals: Arc::default(),
            tasks: Tasks::default(),
            outbox: Vec::new(),
        }
    }

    pub(crate) const fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) const fn is_read_only(&self) -> bool {
        self.options.is_read_only
    }

    pub(crate) const fn styles(&self) -> &Styles {
        &self.options.styles
    }

    /// The first key of an action; `None` if it has none.
    pub(crate) fn label(&self, action: Action) -> Option<String> {
        self.options.keymap.label(action)
    }

    /// All keys of an action.
    pub(crate) fn labels(&self, action: Action) -> Vec<String> {
        self.options.keymap.labels(action)
    }

    /// The key of an action, or `:name` if it has none.
    pub(crate) fn key_label(&self, action: Action) -> String {
        self.label(action).unwrap_or_else(|| format!(":{}", action.spec().id))
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    pub(crate) const fn type_ahead(&self) -> &TypeAhead {
        &self.type_ahead
    }

    pub(crate) const fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub(crate) const fn context(&self) -> &Remote<Context> {
        &self.context
    }

    /// The last inventory with its indexes, which may be stale.
    pub(crate) const fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// The state of the last read of this part of the account.
    pub(crate) const fn load_state(&self, part: Part) -> &Remote<()> {
        self.load_states.get(part)
    }

    /// Why the last read of the inventory failed.
    pub(crate) fn inventory_failure(&self) -> Option<&Failure> {
        self.load_states.of_inventory().find_map(Remote::failure)
    }

    /// The last inventory, which may be stale.
    pub(crate) fn inventory(&self) -> Option<&Arc<Inventory>> {
        self.snapshot().map(|snapshot| &snapshot.inventory)
    }

    /// The last inventory, or an empty one if none was read.
    pub(crate) fn inventory_or_empty(&self) -> Arc<Inventory> {
        self.inventory().cloned().unwrap_or_else(|| Arc::new(Inventory::empty(self.now)))
    }

    /// The last inventory, or why there is none, as a sentence.
    pub(crate) fn require_inventory(&self) -> Result<&Arc<Inventory>, String> {
        self.inventory().ok_or_else(|| "the account is not loaded yet".to_owned())
    }

    /// When the account that is shown was read, if it is only remembered.
    pub(crate) fn remembered_at(&self) -> Option<Timestamp> {
        self.inventory()?.remembered_at()
    }

    /// The last inventory if it was read, in parts or completely, or why there is none, as a sentence.
    pub(crate) fn require_current_inventory(&self) -> Result<&Arc<Inventory>, String> {
        let inventory = self.require_inventory()?;
        match inventory.require_current() {
            Ok(_) => Ok(inventory),
            Err(why) => Err(format!("{why}: wait until it is read, or refresh")),
        }
    }

    /// The last inventory if all of it was read, or what is missing, as a sentence.
    pub(crate) fn require_complete_inventory(&self) -> Result<&Arc<Inventory>, String> {
        let inventory = self.require_inventory()?;
        match inventory.find_partially_read(&AccountPart::ALL) {
            Some(part) => Err(Refusal::NotReadYet(part).to_string()),
            None => Ok(inventory),
        }
    }

    /// Usage of the current quota periods, which may be stale.
    pub(crate) fn usage(&self) -> Option<&UsageIndex> {
        self.snapshot()?.usage.as_deref()
    }

    /// When usage was fetched, in UTC.
    pub(crate) fn usage_fetched_at(&self) -> Option<Zoned> {
        Some(self.usage()?.usage.oldest_fetch()?.to_zoned(TimeZone::UTC))
    }

    /// What calls wait for because AWS limits their rate.
    pub(crate) const fn pace(&self) -> Option<&Pace> {
        self.pace.as_ref()
    }

    pub(crate) const fn set_pace(&mut self, pace: Option<Pace>) {
        self.has_been_limited |= pace.is_some();
        self.pace = pace;
    }

    /// Why usage of the current quota periods could not be read.
    pub(crate) fn usage_failure(&self) -> Option<&Failure> {
        self.load_state(Part::Usage).failure()
    }

    /// Calls of this session that were refused because a quota is exhausted.
    pub(crate) const fn refusals(&self) -> &Arc<QuotaRefusals> {
        &self.refusals
    }

    pub(crate) const fn doctor_report(&self) -> &Remote<Arc<DoctorReport>> {
        &self.doctor_report
    }

    /// The problems that the doctor found last; `None` until it has checked the account.
    pub(crate) fn findings(&self) -> Option<&[Finding]> {
        self.doctor_report.value().map(|report| &report.findings[..])
    }

    pub(crate) const fn setup(&self) -> &Remote<Arc<SetupReport>> {
        &self.setup
    }

    /// The API and stage that were chosen to be set up.
    pub(crate) const fn setup_choice(&self) -> &SetupTarget {
        &self.setup_choice
    }

    /// The setup steps of the last check; `None` until they are read.
    pub(crate) fn steps(&self) -> Option<&[ChecklistItem]> {
        self.setup.value().map(|setup| &setup.checklist.0[..])
    }

    /// The methods of the API that is set up; `None` until they are read.
    pub(crate) fn methods(&self) -> Option<&[ApiMethod]> {
        self.setup.value()?.state.methods.as_deref().ok()
    }

    /// The stage that is set up.
    pub(crate) fn stage(&self) -> Option<&StageRef> {
        self.setup.value()?.state.stage.as_ref()
    }
}
