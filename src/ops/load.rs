//! Every query in one place, for faces that hold queries as values.

use std::sync::Arc;

use keypool_domain::Inventory;

use super::{Query, QueryResult, Run, UsageCache};
use crate::aws::{Aws, Failure};

/// Answers a query; what it needs of an inventory is read first where none is given.
pub async fn load(
    aws: &Aws,
    query: Query,
    inventory: Option<&Inventory>,
    run: &Run,
) -> Result<QueryResult, Failure> {
    let read = match (&query, inventory) {
        (Query::Inventory, _) => {
            return Ok(QueryResult::Inventory(Arc::new(super::read_inventory(aws, run).await?)));
        }
        (Query::Setup(chosen), _) => {
            return Ok(QueryResult::Setup(Box::new(super::read_setup(aws, chosen, run).await?)));
        }
        (Query::StageChoices(api), _) => {
            return Ok(QueryResult::StageChoices(super::read_stage_choices(aws, api.as_deref()).await?));
        }
        (Query::Diagnosis, _) => return Ok(QueryResult::Diagnosis(super::diagnose(aws, run).await?)),
        (_, Some(_)) => None,
        (_, None) => Some(super::read_inventory(aws, run).await?),
    };
    let Some(inventory) = inventory.or(read.as_ref()) else { return Err(Failure::Cancelled) };
    match query {
        Query::Secret(row) => {
            let value = super::read_key_value(aws, inventory, &row).await?;
            Ok(QueryResult::Secret(row, value))
        }
        Query::Routes(plan) => {
            let routes = super::read_routes(aws, inventory, &plan).await?;
            Ok(QueryResult::Routes(plan, routes))
        }
        Query::KeyLookup(clue) => {
            Ok(QueryResult::KeyLookup(super::look_up_key(aws, inventory, &clue).await?))
        }
        Query::ChangeDetails(change) => {
            let changes = std::slice::from_ref(&*change);
            let inventory = super::with_change_details(aws, inventory.clone(), changes).await?;
            Ok(QueryResult::ChangeDetails(change, Arc::new(inventory)))
        }
        Query::Explain(asking) => {
            Ok(QueryResult::Explained(super::explain(aws, inventory, &asking, run).await?))
        }
        Query::Charges(asked) => {
            let charged = super::charging::charge_by_request(aws, inventory, asked, run).await?;
            Ok(QueryResult::Charges(Box::new(charged)))
        }
        Query::Usage(range) => {
            let cache = UsageCache::for_account(aws).await;
            let usage = super::read_usage(aws, inventory.plans(), range, cache.as_ref(), run).await?;
            Ok(QueryResult::Usage(Arc::new(usage)))
        }
        Query::Inventory | Query::Diagnosis | Query::Setup(_) | Query::StageChoices(_) => {
            Err(Failure::Cancelled)
        }
    }
}
