//! CreateLogGroup and DescribeLogGroups.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{LogsError, parse_body};
use super::groups::{LogGroupClass, group_arn};
use crate::shared::Shared;

const MAX_PAGE: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateLogGroup {
    log_group_name: String,
    #[serde(default)]
    log_group_class: LogGroupClass,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeLogGroups {
    #[serde(default)]
    log_group_name_prefix: String,
    limit: Option<usize>,
    /// The name of the last group of the page before.
    next_token: Option<String>,
}

pub(super) fn create(shared: &Shared, body: &[u8], now: Timestamp) -> Result<Value, LogsError> {
    let input: CreateLogGroup = parse_body(body)?;
    shared.log_groups.create(&input.log_group_name, input.log_group_class, now)?;
    Ok(json!({}))
}

pub(super) fn describe(shared: &Shared, body: &[u8], _: Timestamp) -> Result<Value, LogsError> {
    let input: DescribeLogGroups = parse_body(body)?;
    let limit = input.limit.unwrap_or(MAX_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(LogsError::invalid_parameter(format!("limit must be between 1 and {MAX_PAGE}")));
    }
    let groups = shared.log_groups.all();
    let is_next = |name: &String| input.next_token.as_ref().is_none_or(|last| name > last);
    let mut rest = groups
        .iter()
        .filter(|(name, _)| name.starts_with(&input.log_group_name_prefix) && is_next(name))
        .peekable();
    let page: Vec<_> = rest.by_ref().take(limit).collect();
    let described = page.iter().map(|(name, group)| {
        let arn = group_arn(name);
        json!({
            "logGroupName": name,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "creationTime": group.created.as_millisecond(),
            "storedBytes": group.stored_bytes,
            "logGroupClass": group.class,
            "metricFilterCount": 0,
        })
    });
    let mut output = json!({ "logGroups": described.collect::<Vec<_>>() });
    if let (Some(_), Some((last, _))) = (rest.peek(), page.last()) {
        output["nextToken"] = json!(last);
    }
    Ok(output)
}
