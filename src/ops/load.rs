//! Every query in one place, for faces that hold queries as values.

use std::sync::Arc;

use keypool_domain::Inventory;

use super::{Loaded, Query, Run, UsageCache};
use crate::aws::{Aws, Failure};

/// Answers a query; what it needs of an inventory is read first where none is given.
pub async fn load(
    aws: &Aws,
    query: Query,
    inventory: Option<&Inventory>,
    run: &Run,
) -> Result<Loaded, Failure> {
    let read = match (&query, inventory) {
        (Query::Inventory, _) => {
            return Ok(Loaded::Inventory(Arc::new(super::inventory(aws, run).await?)));
        }
        (Query::Setup(chosen), _) => {
            return Ok(Loaded::Setup(Box::new(super::read_setup(aws, chosen, run).await?)));
        }
        (Query::StageChoices(api), _) => {
            return Ok(Loaded::StageChoices(super::stage_choices(aws, api.as_deref()).await?));
        }
        (Query::Diagnosis, _) => return Ok(Loaded::Diagnosis(super::diagnose(aws, run).await?)),
        (_, Some(_)) => None,
        (_, None) => Some(super::inventory(aws, run).await?),
    };
    let Some(inventory) = inventory.or(read.as_ref()) else { return Err(Failure::Cancelled) };
    match query {
        Query::Secret(row) => {
            let value = super::secret(aws, inventory, &row).await?;
            Ok(Loaded::Secret(row, value))
        }
        Query::Routes(plan) => {
            let routes = super::routes(aws, inventory, &plan).await?;
            Ok(Loaded::Routes(plan, routes))
        }
        Query::Whose(clue) => Ok(Loaded::Whose(super::whose(aws, inventory, &clue).await?)),
        Query::ChangeDetails(change) => {
            let changes = std::slice::from_ref(&*change);
            let inventory = super::with_change_details(aws, inventory.clone(), changes).await?;
            Ok(Loaded::ChangeDetails(change, Arc::new(inventory)))
        }
        Query::Explain(asking) => Ok(Loaded::Explained(super::explain(aws, inventory, &asking, run).await?)),
        Query::Charges(asked) => {
            let charged = super::charging::charge_by_file(aws, inventory, asked, run).await?;
            Ok(Loaded::Charges(Box::new(charged)))
        }
        Query::Usage(range) => {
            let cache = UsageCache::of(aws).await;
            let usage = super::usage(aws, inventory.plans(), range, cache.as_ref(), run).await?;
            Ok(Loaded::Usage(Arc::new(usage)))
        }
        Query::Inventory | Query::Diagnosis | Query::Setup(_) | Query::StageChoices(_) => {
            Err(Failure::Cancelled)
        }
    }
}
