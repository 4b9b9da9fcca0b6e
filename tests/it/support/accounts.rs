//! The sample with tables and without: scenarios that need none run in both.

use keypool::aws::WithoutTables;
use keypool_domain::TenantRules;
use keypool_local_aws::World;

use super::command::Machine;
use super::scenario::Scenario;

/// The rules by which the sample without tables has the tenants of the sample with tables.
const RULES: [&str; 3] = ["tag:ownerId", "customerId", "name:^(?<tenant>[^-]+)-"];

/// The consoles of both accounts, 120 by 40, each with the number of its API keys.
pub(crate) fn both_consoles() -> impl Iterator<Item = (Scenario, usize)> {
    [(World::Sample, 14), (World::SampleWithoutTables, 35)].into_iter().map(|(world, keys)| {
        let tenants = TenantRules::configured(RULES.map(|rule| rule.parse().expect("a rule")).into());
        let managed_plans = vec!["*".to_owned()];
        let settings = WithoutTables { tenants, managed_plans, ..WithoutTables::default() };
        (Scenario::builder(world).size(120, 40).with_tenants(settings).start(), keys)
    })
}

/// The machines of both accounts.
pub(crate) fn both_machines() -> impl Iterator<Item = Machine> {
    let with_tables = || Machine::with_local_aws(World::Sample);
    let without_tables = || {
        let machine = Machine::with_local_aws(World::SampleWithoutTables);
        let config = format!("[tenants]\nfrom = {RULES:?}\nplans = [\"*\"]\n");
        machine.with_file(".config/keypool/config.toml", &config)
    };
    [with_tables as fn() -> Machine, without_tables].into_iter().map(|start| start())
}
