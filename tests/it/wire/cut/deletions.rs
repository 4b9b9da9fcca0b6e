//! A deletion is killed at each write, and the doctor of another machine finds it: it finishes what was begun, and does
//! not undo it.

use std::sync::Arc;

use keypool_domain::ApiKeyId;
use keypool_local_aws::{Answer, When};

use super::kills::writes_of;
use super::{Scene, Set, Write, all_hold};

type Point = (Arc<Set>, Write, When);

impl Scene {
    /// Kills the command of the scene at this write.
    async fn is_killed_at(&self, write: &Write, when: When) {
        let machine = self.machine();
        self.local.faults().script(write.fault(Answer::Hang, when));
        let mut child = self.spawned(&machine, &self.line());
        self.local.faults().met().await;
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
        self.local.faults().clear();
    }
}

async fn finished_elsewhere((set, write, when): Point) -> bool {
    let cut = format!("killed {when:?} {} {}", write.operation, write.before + 1);
    let scene = set.scene().await;
    let before = scene.stage.inventory().await;
    let row = &scene.asked.change.rows(&before)[0].id.clone();
    let own = ApiKeyId::new(row.as_str());
    scene.is_killed_at(&write, when).await;
    // Inside the deadline of its mark a deletion does not count as interrupted.
    scene.stage.let_marks_expire().await;

    let elsewhere = scene.machine();
    let (status, said) = scene.run(&elsewhere, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{cut}: {said}");
    let seen = scene.stage.inventory().await;
    let (has_row, key) = (seen.row(row).is_some(), seen.api_key(&own).key());
    assert_eq!(has_row, key.is_some(), "{cut}: half of it is left: {said}");
    assert!(
        key.is_none_or(|key| key.enabled && key.tags.len() == before_tags(&before, &own)),
        "{cut}: {said}"
    );
    has_row
}

fn before_tags(before: &keypool_domain::Inventory, own: &ApiKeyId) -> usize {
    before.api_key(own).key().map_or(0, |key| key.tags.len())
}

#[test]
fn a_killed_deletion_is_finished_by_the_doctor_of_another_machine() {
    let points = all_hold(&["delete siloed"], writes_of).concat();
    assert_eq!(points.len(), 7, "before all, and after mark, tag, disable, row, API key and mark");
    let left = all_hold(&points, finished_elsewhere).into_iter().filter(|has_row| *has_row).count();
    assert_eq!(left, 2, "nothing was begun before the tag");
}
