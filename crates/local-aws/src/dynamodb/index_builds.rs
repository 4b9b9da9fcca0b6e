//! Adding and removing indexes of existing tables, which takes DynamoDB a while. The library below does both at once.
//!
//! A new index first gets its resources, while the table is UPDATING, and is then filled, while the table is ACTIVE;
//! each phase takes half of the time. It cannot be read before it is ACTIVE. One index of a table is added or removed at
//! a time. After a restart, an index that was being added is ACTIVE, and one that was being removed is not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::update_table::{DeleteGsiAction, GlobalSecondaryIndexUpdate, UpdateTableRequest};
use dynoxide::{Database, DynoxideError, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::operations::Operation;

#[derive(Debug, Default)]
pub(super) struct IndexBuilds(Mutex<Vec<Build>>);

/// An index that is being added or removed.
#[derive(Debug)]
struct Build {
    table: String,
    index: String,
    is_removal: bool,
    began: Timestamp,
    duration: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    AllocatingResources,
    Backfilling,
    Deleting,
    Done,
}

impl Build {
    fn phase(&self, now: Timestamp) -> Phase {
        let elapsed = Duration::try_from(now.duration_since(self.began)).unwrap_or_default();
        match (elapsed, self.is_removal) {
            (elapsed, _) if elapsed >= self.duration => Phase::Done,
            (_, true) => Phase::Deleting,
            (elapsed, false) if elapsed * 2 < self.duration => Phase::AllocatingResources,
            _ => Phase::Backfilling,
        }
    }
}

/// The time at which an operation is called, and how long adding or removing an index takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct BuildTime {
    pub(super) now: Timestamp,
    pub(super) duration: Duration,
}

impl IndexBuilds {
    /// Performs an operation as DynamoDB does while indexes are being added and removed.
    pub(super) fn perform(
        &self,
        database: &Database,
        (name, operation): (&str, Operation),
        body: &[u8],
        time: BuildTime,
    ) -> Result<String> {
        let mut builds = self.lock();
        complete(&mut builds, database, time.now);
        let is_about_tables = matches!(name, "DescribeTable" | "DeleteTable" | "Query" | "Scan");
        if name != "UpdateTable" && (builds.is_empty() || !is_about_tables) {
            drop(builds);
            return operation(database, body);
        }
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let table = request["TableName"].as_str().unwrap_or_default();
        match name {
            "UpdateTable" => update_table(&mut builds, database, (operation, body, &request), time),
            "DeleteTable" if builds.iter().any(|build| build.table == table) => {
                Err(DynoxideError::ResourceInUseException(
                    "Attempt to change a resource which is still in use: Cannot delete table while indexes are being \
                     created, updated, or deleted."
                        .to_owned(),
                ))
            }
            "Query" | "Scan" => {
                let index = request["IndexName"].as_str().unwrap_or_default();
                match builds.iter().find(|build| build.table == table && build.index == index) {
                    Some(build) => Err(unreadable_index(build)),
                    None => operation(database, body),
                }
            }
            "DescribeTable" => {
                let mut response: Value = parse(&operation(database, body)?)?;
                describe(&builds, &mut response["Table"], table, time.now);
                Ok(response.to_string())
            }
            _ => operation(database, body),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Build>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the builds whose time has passed.
fn complete(builds: &mut Vec<Build>, database: &Database, now: Timestamp) {
    builds.retain(|build| {
        let is_done = build.phase(now) == Phase::Done;
        if is_done && build.is_removal {
            // The index may have gone with its table.
            let _removed = remove_index(database, build);
        }
        !is_done
    });
}

fn remove_index(database: &Database, build: &Build) -> Result<()> {
    let delete = DeleteGsiAction { index_name: build.index.clone() };
    let update = GlobalSecondaryIndexUpdate { delete: Some(delete), ..GlobalSecondaryIndexUpdate::default() };
    let request = UpdateTableRequest {
        table_name: build.table.clone(),
        global_secondary_index_updates: Some(vec![update]),
        ..UpdateTableRequest::default()
    };
    database.update_table(request).map(drop)
}

fn update_table(
    builds: &mut Vec<Build>,
    database: &Database,
    (operation, body, request): (Operation, &[u8], &Value),
    time: BuildTime,
) -> Result<String> {
    let name_of = |action: &str| {
        let updates = request["GlobalSecondaryIndexUpdates"].as_array();
        let names =
            updates.into_iter().flatten().filter_map(move |update| update[action]["IndexName"].as_str());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let (added, removed) = (name_of("Create"), name_of("Delete"));
    let (index, is_removal) = match (&added[..], &removed[..]) {
        ([], []) => return operation(database, body),
        ([index], []) => (index, false),
        ([], [index]) => (index, true),
        _ => return Err(one_index_at_a_time()),
    };
    let table = request["TableName"].as_str().unwrap_or_default().to_owned();
    if let Some(at) = builds.iter().position(|build| build.table == table) {
        match builds[at].phase(time.now) {
            Phase::Backfilling if is_removal && builds[at].index == *index => drop(builds.remove(at)),
            Phase::AllocatingResources if is_removal && builds[at].index == *index => {
                return Err(DynoxideError::ResourceInUseException(format!(
                    "Attempt to change a resource which is still in use: Index creation is in resource allocation \
                     phase. Retry deletion during backfilling phase or when the index is active. Table: {table} Index: \
                     {index}"
                )));
            }
            _ => return Err(one_index_at_a_time()),
        }
    }
    let build = Build {
        table: table.clone(),
        index: index.clone(),
        is_removal,
        began: time.now,
        duration: time.duration,
    };
    let mut description = if is_removal {
        let request = DescribeTableRequest { table_name: table.clone() };
        let before = serde_json::to_value(database.describe_table(request)?.table);
        let before = before.map_err(|error| DynoxideError::InternalServerError(error.to_string()))?;
        let indexes = before["GlobalSecondaryIndexes"].as_array();
        let has_index = indexes.into_iter().flatten().any(|listed| listed["IndexName"] == index.as_str());
        if !has_index || time.duration.is_zero() {
            operation(database, body)?;
        }
        before
    } else {
        parse(&operation(database, body)?)?["TableDescription"].take()
    };
    mark(&mut description, &build, if is_removal { Phase::Deleting } else { Phase::AllocatingResources });
    if !(is_removal && time.duration.is_zero()) {
        builds.push(build);
    }
    Ok(json!({ "TableDescription": description }).to_string())
}

/// Writes the builds into the description of their table.
fn describe(builds: &[Build], description: &mut Value, table: &str, now: Timestamp) {
    for build in builds.iter().filter(|build| build.table == table) {
        mark(description, build, build.phase(now));
    }
}

fn mark(description: &mut Value, build: &Build, phase: Phase) {
    let (index_status, backfilling, table_status) = match phase {
        Phase::AllocatingResources => ("CREATING", Some(false), "UPDATING"),
        Phase::Backfilling => ("CREATING", Some(true), "ACTIVE"),
        Phase::Deleting => ("DELETING", None, "UPDATING"),
        Phase::Done => return,
    };
    description["TableStatus"] = table_status.into();
    let indexes = description["GlobalSecondaryIndexes"].as_array_mut();
    for index in indexes.into_iter().flatten().filter(|index| index["IndexName"] == build.index.as_str()) {
        index["IndexStatus"] = index_status.into();
        if let Some(backfilling) = backfilling {
            index["Backfilling"] = backfilling.into();
        }
    }
}

fn one_index_at_a_time() -> DynoxideError {
    DynoxideError::LimitExceededException(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
            .to_owned(),
    )
}

/// What AWS says about an index that is being removed is not documented; it is read as one that is not there.
fn unreadable_index(build: &Build) -> DynoxideError {
    DynoxideError::ValidationException(match build.is_removal {
        false => format!("Cannot read from backfilling global secondary index: {}", build.index),
        true => format!("The table does not have the specified index: {}", build.index),
    })
}

fn parse(json: &str) -> Result<Value> {
    serde_json::from_str(json).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
