//! Adds and removes indexes of an existing Keys table, one call at a time.
//!
//! Invariant: what to do follows from the table's state alone, so a change that was interrupted anywhere is continued by
//! the next run, and a call whose response was lost is not repeated.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_table::UpdateTableError;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate,
    Projection, ProjectionType, ProvisionedThroughput, TableDescription, TableStatus,
};
use keypool_domain::TableStep;

use super::indexes::{IndexSpec, IndexState, has_index_in_work};
use crate::aws::{Aws, Failure};

/// How far a step on an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexProgress {
    Done,
    /// DynamoDB has accepted the request to add or remove the index.
    Begun,
    /// DynamoDB adds or removes the index.
    InWork {
        /// The items of the table, from a count that DynamoDB updates every six hours.
        items: Option<u64>,
    },
    /// DynamoDB changes something else of the table first.
    Blocked,
}

impl Aws {
    /// Brings the step as far as possible now.
    pub(crate) async fn advance_index(&self, step: &TableStep) -> Result<IndexProgress, Failure> {
        match step {
            TableStep::Create { table } => Err(self.unknown_index_failure(table, "")),
            TableStep::AddIndex { table, index } => self.advance_added_index(table, index).await,
            TableStep::RemoveIndex { table, index } => self.advance_removed_index(table, index).await,
        }
    }

    async fn advance_added_index(&self, table: &str, index: &str) -> Result<IndexProgress, Failure> {
        let spec = IndexSpec::find(index).ok_or_else(|| self.unknown_index_failure(table, index))?;
        let description = self.describe_table(table).await?;
        match spec.state(table, &description)? {
            IndexState::Active => Ok(IndexProgress::Done),
            IndexState::Creating => Ok(in_work(&description)),
            IndexState::Deleting => Ok(IndexProgress::Blocked),
            IndexState::Missing if is_busy(&description) => Ok(IndexProgress::Blocked),
            IndexState::Missing => {
                let request = self.add_index_request(table, spec, &description)?;
                self.begin(table, spec, request, IndexState::Missing).await
            }
        }
    }

    async fn advance_removed_index(&self, table: &str, index: &str) -> Result<IndexProgress, Failure> {
        let spec = IndexSpec::find(index).ok_or_else(|| self.unknown_index_failure(table, index))?;
        let description = self.describe_table(table).await?;
        match spec.state(table, &description)? {
            IndexState::Missing => return Ok(IndexProgress::Done),
            IndexState::Deleting => return Ok(in_work(&description)),
            IndexState::Creating | IndexState::Active => {}
        }
        let replacement = spec.replacement().ok_or_else(|| self.unknown_index_failure(table, index))?;
        if replacement.state(table, &description)? != IndexState::Active {
            return Err(Failure::Tables(format!(
                "index {index} of table {table} stays, because {} does not replace it yet: run `keypool setup tables` \
                 again",
                replacement.name
            )));
        }
        if is_busy(&description) {
            return Ok(IndexProgress::Blocked);
        }
        let action = DeleteGlobalSecondaryIndexAction::builder().index_name(spec.name).build();
        let action = action.map_err(|error| self.invalid_update(table, error.to_string()))?;
        let update = GlobalSecondaryIndexUpdate::builder().delete(action).build();
        let request = self.shared.dynamodb.update_table().table_name(table);
        self.begin(table, spec, request.global_secondary_index_updates(update), IndexState::Active).await
    }

    fn add_index_request(
        &self,
        table: &str,
        spec: IndexSpec,
        description: &TableDescription,
    ) -> Result<UpdateTableFluentBuilder, Failure> {
        let invalid = |error: String| self.invalid_update(table, error);
        let action = CreateGlobalSecondaryIndexAction::builder()
            .index_name(spec.name)
            .set_key_schema(Some(spec.key_schema().map_err(invalid)?))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .set_provisioned_throughput(provisioned_throughput(description))
            .build()
            .map_err(|error| invalid(error.to_string()))?;
        let update = GlobalSecondaryIndexUpdate::builder().create(action).build();
        let request = self.shared.dynamodb.update_table().table_name(table);
        Ok(request
            .set_attribute_definitions(Some(spec.definitions().map_err(invalid)?))
            .global_secondary_index_updates(update))
    }

    /// Makes the call. After an error, looks whether the index has left the state it had before: then an attempt whose
    /// response was lost, or another caller, has done the same.
    async fn begin(
        &self,
        table: &str,
        spec: IndexSpec,
        request: UpdateTableFluentBuilder,
        before: IndexState,
    ) -> Result<IndexProgress, Failure> {
        let Err(error) = request.send().await else { return Ok(IndexProgress::Begun) };
        if is_busy_error(&error) {
            return Ok(IndexProgress::Blocked);
        }
        let failure = self.table_call("UpdateTable", format!("table {table}")).failure(error);
        match failure {
            Failure::Denied { .. } | Failure::Unsupported(_) => Err(failure),
            _ => {
                let description = self.describe_table(table).await?;
                let has_changed = spec.state(table, &description)? != before;
                if has_changed { Ok(IndexProgress::Begun) } else { Err(failure) }
            }
        }
    }

    fn invalid_update(&self, table: &str, error: String) -> Failure {
        self.table_call("UpdateTable", format!("table {table}")).unexpected_failure(error)
    }

    fn unknown_index_failure(&self, table: &str, index: &str) -> Failure {
        self.invalid_update(table, format!("keypool has no index {index}"))
    }
}

fn in_work(table: &TableDescription) -> IndexProgress {
    IndexProgress::InWork { items: table.item_count().and_then(|count| u64::try_from(count).ok()) }
}

fn is_busy(table: &TableDescription) -> bool {
    table.table_status().is_some_and(|status| *status != TableStatus::Active) || has_index_in_work(table)
}

/// Whether DynamoDB refused the call because of another change that is in progress.
fn is_busy_error<R>(error: &SdkError<UpdateTableError, R>) -> bool {
    error.as_service_error().is_some_and(|error| {
        matches!(
            error,
            UpdateTableError::LimitExceededException(_) | UpdateTableError::ResourceInUseException(_)
        )
    })
}

/// An index of a table with provisioned throughput needs one of its own; it gets as much as the table.
fn provisioned_throughput(table: &TableDescription) -> Option<ProvisionedThroughput> {
    let of_table = table.provisioned_throughput()?;
    let (read, write) = (of_table.read_capacity_units()?, of_table.write_capacity_units()?);
    let throughput = ProvisionedThroughput::builder().read_capacity_units(read).write_capacity_units(write);
    if read > 0 && write > 0 { throughput.build().ok() } else { None }
}
