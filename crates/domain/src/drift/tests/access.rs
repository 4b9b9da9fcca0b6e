//! Findings about methods that require something else than an API key.

use super::*;
use crate::api_access::Authorization;

#[test]
fn methods_with_another_authorization_are_not_called_open() {
    let account = Account::consistent().with(|account| {
        account.observed.stages.values_mut().for_each(|stage| {
            stage.deployed.values_mut().for_each(|on| *on = false);
            let methods = stage.deployed.keys().cloned();
            stage.authorizations = methods.map(|method| (method, Authorization::Iam)).collect();
        });
    });
    let all = findings(&Inventory::new(account.parts), &account.observed);
    let found = all.iter().find(|found| found.kind == FindingKind::ProtectsNothing).expect("the finding");
    let sentence = "no method of stage api:prod requires an API key; all require another authorization, \
                    and no plan limits their callers";
    assert_eq!(found.summary, sentence);
}

#[test]
fn methods_of_which_one_asks_for_nothing_are_open() {
    for others in [&[Authorization::None][..], &[Authorization::Iam, Authorization::None]] {
        let account = Account::consistent().with(|account| {
            account.observed.stages.values_mut().for_each(|stage| {
                let methods = others.iter().zip(["GET /one", "GET /two"]);
                stage.authorizations =
                    methods.clone().map(|(other, method)| (method.to_owned(), other.clone())).collect();
                stage.deployed = methods.map(|(_, method)| (method.to_owned(), false)).collect();
                stage.edited = stage.deployed.clone();
            });
        });
        let all = findings(&Inventory::new(account.parts), &account.observed);
        let found = all.iter().find(|found| found.kind == FindingKind::ProtectsNothing);
        let summary = found.map(|found| found.summary.as_str());
        assert_eq!(summary, Some("no method of stage api:prod requires an API key"), "{others:?}");
    }
}
