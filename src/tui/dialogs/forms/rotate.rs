//! Asks for the grace period with which keys are rotated.

use keypool_domain::{ApiKeyId, Change, Inventory, TenantKeyId};

use crate::ops::Grace;
use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

const GRACE_CHOICES: &[&str] = &["24h", "0", "15m"];
const NOTE: &str = "How long the old value keeps working; 0 stops it now.";

#[derive(Debug, Clone)]
struct RotateForm {
    target: RotateTarget,
    grace: TextField,
}

#[derive(Debug, Clone)]
enum RotateTarget {
    /// Siloed keys.
    TenantKeys(Vec<TenantKeyId>),
    PoolKey(ApiKeyId),
}

pub(crate) fn open_for_siloed_keys(tenant_keys: Vec<TenantKeyId>, inventory: &Inventory) -> Command {
    open(RotateTarget::TenantKeys(tenant_keys), NOTE.to_owned(), inventory)
}

/// `why` explains that all tenants of the pool key are affected.
pub(crate) fn open_for_pool_key(api_key: ApiKeyId, why: Option<String>, inventory: &Inventory) -> Command {
    let note = why.map_or_else(|| NOTE.to_owned(), |why| format!("{why} {NOTE}"));
    open(RotateTarget::PoolKey(api_key), note, inventory)
}

fn open(target: RotateTarget, note: String, inventory: &Inventory) -> Command {
    let title = target.rotate(0).describe(inventory);
    let grace = TextField::with_choices("grace", GRACE_CHOICES[0], GRACE_CHOICES);
    form::open(title, note, RotateForm { target, grace })
}

impl RotateTarget {
    /// `grace` is in seconds.
    fn rotate(&self, grace: u64) -> Change {
        match self.clone() {
            Self::TenantKeys(tenant_keys) => Change::Rotate { tenant_keys, grace },
            Self::PoolKey(api_key) => Change::RotatePoolKey { api_key, grace },
        }
    }
}

impl Form for RotateForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(grace);

    fn submit(&self, model: &Model) -> Submission {
        let grace: Grace = self.grace.text().parse()?;
        form::confirm(self.target.rotate(grace.seconds()), model)
    }
}
