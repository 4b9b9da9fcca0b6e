//! DynamoDB's operations by name, each from the JSON of a request to the JSON of its response.

use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::{Database, DynoxideError, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Its error for an unknown table has another name than those of the other operations.
pub(super) const DESCRIBE_BACKUPS: &str = "DescribeContinuousBackups";

pub(super) type Operation = fn(&Database, &[u8]) -> Result<String>;

macro_rules! operations {
    ($($name:literal => $method:ident,)*) => {
        const OPERATIONS: &[(&str, Operation)] = &[
            $(($name, |database, body| perform(body, |request| database.$method(request))),)*
            (DESCRIBE_BACKUPS, |database, body| perform(body, |table| describe_backups(database, &table))),
        ];
    };
}

operations! {
    "CreateTable" => create_table,
    "DeleteTable" => delete_table,
    "DescribeTable" => describe_table,
    "ListTables" => list_tables,
    "UpdateTable" => update_table,
    "PutItem" => put_item,
    "GetItem" => get_item,
    "DeleteItem" => delete_item,
    "UpdateItem" => update_item,
    "Query" => query,
    "Scan" => scan,
    "BatchGetItem" => batch_get_item,
    "BatchWriteItem" => batch_write_item,
    "TransactWriteItems" => transact_write_items,
    "TransactGetItems" => transact_get_items,
    "ExecuteStatement" => execute_statement,
    "ExecuteTransaction" => execute_transaction,
    "BatchExecuteStatement" => batch_execute_statement,
    "ListStreams" => list_streams,
    "DescribeStream" => describe_stream,
    "GetShardIterator" => get_shard_iterator,
    "GetRecords" => get_records,
    "UpdateTimeToLive" => update_time_to_live,
    "DescribeTimeToLive" => describe_time_to_live,
    "TagResource" => tag_resource,
    "UntagResource" => untag_resource,
    "ListTagsOfResource" => list_tags_of_resource,
}

pub(super) fn find(name: &str) -> Option<Operation> {
    OPERATIONS.iter().find(|(operation, _)| *operation == name).map(|(_, operation)| *operation)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|(name, _)| *name)
}

#[derive(Deserialize)]
struct Table {
    #[serde(rename = "TableName")]
    name: String,
}

/// Backups exist, but nothing is restored to a point in time, which is the state of a new table.
fn describe_backups(database: &Database, table: &Table) -> Result<Value> {
    database.describe_table(DescribeTableRequest { table_name: table.name.clone() })?;
    Ok(json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": "DISABLED" },
    } }))
}

fn perform<Request: DeserializeOwned, Output: Serialize>(
    body: &[u8],
    run: impl FnOnce(Request) -> Result<Output>,
) -> Result<String> {
    let request = serde_json::from_slice(body).map_err(|error| unreadable_request(&error))?;
    serde_json::to_string(&run(request)?)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// dynoxide's own server tells refused values from unreadable JSON by these starts of the error's text.
const VALIDATION_PREFIXES: [&str; 2] = ["VALIDATION:", "VALIDATION_REQUEST:"];

fn unreadable_request(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    // serde_json adds where the error is.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    match VALIDATION_PREFIXES.iter().find_map(|prefix| message.strip_prefix(prefix)) {
        Some(refused) => DynoxideError::ValidationException(refused.to_owned()),
        None => DynoxideError::SerializationException(text),
    }
}
