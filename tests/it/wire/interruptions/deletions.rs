//! A deletion is killed at each write, and the doctor of another machine finds it: it finishes what was begun, and does
//! not undo it.

use std::sync::Arc;

use keypool_domain::ApiKeyId;
use keypool_local_aws::{Answer, When};

use super::kills::kill_points;
use super::{Trial, TrialTemplate, WriteCall, run_trials};

type Point = (Arc<TrialTemplate>, WriteCall, When);

impl Trial {
    /// Kills the command of the scene at this write.
    async fn kill_at(&self, write: &WriteCall, when: When) {
        let machine = self.machine();
        self.local.faults().script(write.fault(Answer::Hang, when));
        let mut child = self.spawn(&machine, &self.command_line());
        self.local.faults().met().await;
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
        self.local.faults().clear();
    }
}

async fn fix_on_another_machine((set, write, when): Point) -> bool {
    let cut = format!("killed {when:?} {} {}", write.operation, write.preceding + 1);
    let scene = set.scene().await;
    let before = scene.account.inventory().await;
    let row = &scene.operation.change.tenant_keys(&before)[0].id.clone();
    let own = ApiKeyId::new(row.as_str());
    scene.kill_at(&write, when).await;
    // Inside the deadline of its mark a deletion does not count as interrupted.
    scene.account.expire_work_marks().await;

    let elsewhere = scene.machine();
    let (status, said) = scene.run(&elsewhere, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{cut}: {said}");
    let seen = scene.account.inventory().await;
    let (has_row, key) = (seen.tenant_key(row).is_some(), seen.api_key(&own).key());
    assert_eq!(has_row, key.is_some(), "{cut}: half of it is left: {said}");
    assert!(key.is_none_or(|key| key.enabled && key.tags.len() == tag_count(&before, &own)), "{cut}: {said}");
    has_row
}

fn tag_count(before: &keypool_domain::Inventory, own: &ApiKeyId) -> usize {
    before.api_key(own).key().map_or(0, |key| key.tags.len())
}

#[test]
fn the_doctor_on_another_machine_finishes_a_killed_deletion() {
    let points = run_trials(&["delete siloed"], kill_points).concat();
    assert_eq!(points.len(), 7, "before all, and after mark, tag, disable, row, API key and mark");
    let left = run_trials(&points, fix_on_another_machine).into_iter().filter(|has_row| *has_row).count();
    assert_eq!(left, 2, "nothing was begun before the tag");
}
