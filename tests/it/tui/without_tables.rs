//! The console in an account without tables.

use keypool_local_aws::World;

use crate::support::scenario::Scenario;

#[test]
fn the_home_screen_lists_every_api_key_as_a_tenant_key() {
    let mut console = Scenario::builder(World::SampleWithoutTables).size(120, 40).start();
    console.shows("keys 35/10,000").shows("PremiumPlan").shows("BasicPlan");
    console.press("1d").shows("source").shows("API Gateway alone");
}

#[test]
fn a_change_is_refused_with_the_line_to_add() {
    let mut console = Scenario::builder(World::SampleWithoutTables).size(120, 40).start();
    console.press("3D").shows("under [tenants]");
}
