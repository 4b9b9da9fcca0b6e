//! Runs any query, for front ends that hold queries as values.

use std::sync::Arc;

use keypool_domain::Inventory;

use super::{Query, QueryResult, Run, UsageCache};
use crate::aws::{Aws, Failure};

/// Runs a query. Reads the inventory first if the query needs one and none is given.
pub async fn load(
    aws: &Aws,
    query: Query,
    inventory: Option<&Inventory>,
    run: &Run,
) -> Result<QueryResult, Failure> {
    let newly_read = match (&query, inventory) {
        (Query::Inventory, _) => {
            return Ok(QueryResult::Inventory(Arc::new(super::read_inventory(aws, run).await?)));
        }
        (Query::Setup(target), _) => {
            return Ok(QueryResult::Setup(Box::new(super::read_setup(aws, target, run).await?)));
        }
        (Query::StageChoices(api), _) => {
            return Ok(QueryResult::StageChoices(super::read_stage_choices(aws, api.as_deref()).await?));
        }
        (Query::Diagnosis, _) => return Ok(QueryResult::Diagnosis(super::diagnose(aws, run).await?)),
        (_, Some(_)) => None,
        (_, None) => Some(super::read_inventory(aws, run).await?),
    };
    let Some(inventory) = inventory.or(newly_read.as_ref()) else { return Err(Failure::Cancelled) };
    match query {
        Query::Secret(tenant_key) => {
            let value = super::read_key_value(aws, inventory, &tenant_key).await?;
            Ok(QueryResult::Secret(tenant_key, value))
        }
        Query::Routes(plan) => {
            let routes = super::read_routes(aws, inventory, &plan).await?;
            Ok(QueryResult::Routes(plan, routes))
        }
        Query::KeyLookup(query) => {
            Ok(QueryResult::KeyLookup(super::look_up_key(aws, inventory, &query).await?))
        }
        Query::ChangeDetails(change) => {
            let changes = std::slice::from_ref(&*change);
            let inventory = super::with_change_details(aws, inventory.clone(), changes).await?;
            Ok(QueryResult::ChangeDetails(change, Arc::new(inventory)))
        }
        Query::Explain(request) => {
            Ok(QueryResult::Explained(super::explain(aws, inventory, &request, run).await?))
        }
        Query::Charges(request) => {
            let report = super::charging::run_report_request(aws, inventory, request, run).await?;
            Ok(QueryResult::Charges(Box::new(report)))
        }
        Query::Usage(range) => {
            let cache = UsageCache::for_account(aws).await;
            let usage = super::read_usage(aws, inventory.plans(), range, cache.as_ref(), run).await?;
            Ok(QueryResult::Usage(Arc::new(usage)))
        }
        // The match above has already answered these.
        Query::Inventory | Query::Diagnosis | Query::Setup(_) | Query::StageChoices(_) => {
            Err(Failure::Cancelled)
        }
    }
}
