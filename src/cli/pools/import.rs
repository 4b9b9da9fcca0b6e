//! `keypool pools import`.

use std::path::PathBuf;

use clap::Args;
use keypool_domain::pool_file::{self, FileFormat, PlannedPool, PoolEntry};
use keypool_domain::setup::DEFAULT_CAPACITY;
use keypool_domain::{Inventory, Plan, Pool};
use serde_json::Value;

use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs, records};
use crate::cli::session::Session;
use crate::cli::{CommandError, announcement};
use crate::ops::listing::RecordFormat;
use crate::ops::{self, PoolImportError};

/// Create or replace pools from the sample application's api_key_pools.js, or from the same list as
/// JSON
///
/// API keys are given by ID or value. Nothing is written unless the whole file fits the account.
/// Counters are set from the tenant keys. Pools of plans that are not in the file stay unchanged.
#[derive(Debug, Args)]
pub(super) struct ImportPools {
    /// File with the pools
    file: PathBuf,
    /// File format: js or json; by default from the file's extension
    #[arg(long, value_name = "js|json")]
    format: Option<FileFormat>,
    /// Maximum number of tenant keys per API key, for new pools without one in the file
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_CAPACITY, value_parser = clap::value_parser!(u32).range(1..))]
    capacity: u32,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct ImportRecord<'a> {
        plan_id: &'a str,
        plan: &'a str => "plan",
        action: &'static str => "pool",
        strategy: &'static str => "strategy",
        capacity: Value,
        keys: Vec<ImportedPoolKeyRecord<'a>>,
    }

    struct ImportedPoolKeyRecord<'a> {
        api_key_id: &'a str => "api key",
        tenants: Value => "tenants",
        capacity: Value => "capacity",
    }
}

impl ImportPools {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let entries = self.read_file()?;
        let inventory = session.read_inventory().await?;
        let is_in_file =
            |plan: &Plan| plan.tags.reason().is_some() && entries.iter().any(|entry| entry.plan == plan.id);
        let inventory = ops::with_plan_tags(&session.aws, inventory, is_in_file).await?;
        let pools = ops::plan_pool_import(&session.aws, &inventory, &entries, self.capacity).await;
        let pools = pools.map_err(|why| self.import_error(why))?;
        let announcement = pool_file::announcement(&pools, &inventory);
        let format = self.output.output.record_format();
        let records: Vec<_> = pools.iter().map(|pool| import_record(pool, &inventory, format)).collect();
        if self.writing.dry_run {
            return announcement::print_with_list(&announcement, self.output.output, "pools", &records);
        }
        if pools.iter().any(|pool| !pool.is_unchanged()) {
            apply::confirm(session, &announcement, self.writing).await?;
            let result =
                session.wait_for(ops::import_pools(&session.aws, &inventory, &pools, &session.run)).await;
            session.defer_audit_failure(result)?;
        }
        output::list(&records, self.output.output)
    }

    fn read_file(&self) -> Result<Vec<PoolEntry>, CommandError> {
        let name = self.file.display();
        let bytes = std::fs::read(&self.file);
        let bytes = bytes.map_err(CommandError::cannot_read(&name))?;
        let usage_error =
            |what: String| CommandError::usage(what, "`keypool pools export --format js` shows the format");
        let text = String::from_utf8(bytes).map_err(|_| usage_error(format!("{name} is not UTF-8 text")))?;
        let format = self.format.unwrap_or_else(|| FileFormat::from_path(&self.file));
        pool_file::read(&text, format).map_err(|error| usage_error(format!("{name}, {error}")))
    }

    fn import_error(&self, why: PoolImportError) -> CommandError {
        match why {
            PoolImportError::Failure(failure) => failure.into(),
            PoolImportError::Problems(_) => CommandError::usage(
                format!("{} does not fit this account; nothing was changed\n{why}", self.file.display()),
                "`keypool plans` and `keypool pools` list the ids",
            ),
        }
    }
}

const fn change_action(pool: &PlannedPool) -> &'static str {
    match &pool.before {
        None => "create",
        Some(_) => "replace",
    }
}

fn import_record<'a>(
    pool: &'a PlannedPool,
    inventory: &'a Inventory,
    format: RecordFormat,
) -> ImportRecord<'a> {
    let Pool { plan, strategy, capacity, keys, .. } = &pool.after;
    let key = |key: &'a keypool_domain::PoolKey| ImportedPoolKeyRecord {
        api_key_id: key.api_key.as_str(),
        tenants: format.value_or_mark(&key.tenants),
        capacity: format.value_or_mark(&key.capacity),
    };
    ImportRecord {
        plan_id: plan.as_str(),
        plan: inventory.plan_name(plan),
        action: if pool.is_unchanged() { "unchanged" } else { change_action(pool) },
        strategy: strategy.as_str(),
        capacity: format.value_or_mark(capacity),
        keys: keys.iter().map(key).collect(),
    }
}
