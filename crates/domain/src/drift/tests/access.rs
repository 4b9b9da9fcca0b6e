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
    let sentence = "no method of stage api:prod requires an API key; they require another authorization, \
                    and no plan limits their callers";
    assert_eq!(found.summary, sentence);
}
