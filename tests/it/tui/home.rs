//! The home screen: what is where, and what the selection drives.

use crate::support::console::Console;
use crate::support::world::World;

#[test]
fn the_chosen_plan_drives_pool_and_keys() {
    let mut console = Console::showing(World::sample().build(), 120, 30);
    console.sees("3 Keys · all plans · 12").press("jjj").sees("2 Pool · BasicPlan · sharded · least-tenants");
    console.sees("3 Keys · BasicPlan · 4");
}
