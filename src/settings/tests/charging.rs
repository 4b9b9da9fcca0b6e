//! Settings of charges.

use super::*;

#[test]
fn the_tenant_field_of_access_logs_has_a_second_name_that_its_own_overrides() {
    for (file, tenant) in [
        ("charging.access_log.tenant = \"own\"\ncharging.tenant_field = \"org\"", "own"),
        ("[profiles.default.charging]\ntenant_field = \"org\"", "org"),
        ("", "tenant"),
    ] {
        let settings = Case::new(&[("config.toml", file)]).settings();
        assert_eq!(settings.charging.access_log_fields.tenant, tenant, "{file}");
    }
    let variable = Case::new(&[]).variable("KEYPOOL_CHARGING_TENANT_FIELD", "org").settings();
    assert_eq!(variable.charging.access_log_fields.tenant, "org");
}

#[test]
fn rates_are_read_by_plan_and_errors_have_their_line() {
    let rates = "[charging.plans.Basic]\nper_1000 = \"0.50\"\nincluded = 100000\n[charging.plans.p9ts4e]\nper_1000 = \"2\"\n";
    let tariff = Case::new(&[("config.toml", rates)]).settings().charging.tariff;
    let rates: Vec<_> = tariff
        .rates
        .iter()
        .map(|(plan, rate)| (plan.as_str(), rate.per_1000.cents(), rate.included))
        .collect();
    assert_eq!((rates, tariff.currency.as_str()), (vec![("Basic", 50, 100_000), ("p9ts4e", 200, 0)], "USD"));
    for (wrong, message) in [
        ("[charging]\ncurrency = \"dollars\"", "`charging.currency` is \"dollars\""),
        ("[charging.plans.Basic]\nincluded = 1", "has no per_1000"),
        ("[charging.plans.Basic]\nper_1000 = 0.5", "not in quotes"),
        ("[charging.plans.Basic]\nper_1000 = \"0.005\"", "is not a price"),
        ("[charging.plans.Basic]\nper_1000 = \"1\"\nincluded = -1", "not a number of calls"),
        ("[charging.plans.Basic]\nper_1000 = \"1\"\nincludes = 1", "did you mean `included`?"),
        ("[charging]\nplans = 3", "`charging.plans` is 3"),
        ("[charging]\ncurency = \"EUR\"", "did you mean `charging.currency`?"),
    ] {
        let errors = Case::new(&[("config.toml", wrong)]).errors();
        assert!(errors.len() == 1 && errors[0].contains(message), "{wrong}: {errors:?}");
    }
}
