//! Kills a deletion at each write; the doctor on another machine finishes the deletion instead of undoing it.

use keypool_domain::ApiKeyId;
use keypool_local_aws::{Answer, When};

use super::kills::{KillPoint, kill_points};
use super::{Trial, WriteCall, run_trials};
use crate::wire::test_account::Account;

impl Trial {
    /// Starts the command and kills it at this write.
    async fn kill_at(&self, write: &WriteCall, when: When) {
        let machine = self.machine();
        self.local.faults().script(write.fault(Answer::Hang, when));
        let mut child = self.spawn(&machine, &self.command_line());
        self.local.faults().wait_for_hit().await;
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        self.local.faults().clear();
    }
}

async fn fix_on_another_machine((template, write, when): KillPoint) -> bool {
    let point = format!("killed {when:?} {} {}", write.aws_operation, write.earlier_calls + 1);
    let trial = template.start_trial().await;
    let inventory_before = trial.account.inventory().await;
    let tenant_key = &trial.operation.change.tenant_keys(&inventory_before)[0].id.clone();
    let api_key_id = ApiKeyId::new(tenant_key.as_str());
    trial.kill_at(&write, when).await;
    // Until its work mark expires, a deletion counts as in progress.
    trial.account.expire_work_marks().await;

    let machine = trial.machine();
    let (status, stderr) = trial.run(&machine, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{point}: {stderr}");
    let inventory = trial.account.inventory().await;
    let (has_tenant_key, key) =
        (inventory.tenant_key(tenant_key).is_some(), inventory.api_key(&api_key_id).key());
    assert_eq!(has_tenant_key, key.is_some(), "{point}: half deleted: {stderr}");
    assert!(
        key.is_none_or(|key| key.enabled && key.tags.len() == tag_count(&inventory_before, &api_key_id)),
        "{point}: {stderr}"
    );
    has_tenant_key
}

fn tag_count(inventory: &keypool_domain::Inventory, id: &ApiKeyId) -> usize {
    inventory.api_key(id).key().map_or(0, |key| key.tags.len())
}

#[test]
fn the_doctor_on_another_machine_finishes_a_killed_deletion() {
    let points = run_trials(&[("delete siloed", Account::WithTables)], kill_points).concat();
    assert_eq!(
        points.len(),
        7,
        "before the first write, and after each: work mark, tag, disabling, tenant key, API key, work mark"
    );
    let undeleted = run_trials(&points, fix_on_another_machine)
        .into_iter()
        .filter(|has_tenant_key| *has_tenant_key)
        .count();
    assert_eq!(undeleted, 2, "a deletion that was killed before it set its tag is not finished");
}
