//! `POST /apikeys?mode=import`: creates API keys and adds them to usage plans from a CSV file.
//!
//! Invariant: with `failonwarnings` either the whole file is imported or nothing.

use serde_json::json;

use super::error::ApiError;
use super::request::{Input, Output};
use super::{api_keys, usage_plan_keys};
use crate::key_file::{self, Row};
use crate::state::Account;

pub(super) fn import(input: &Input<'_>, account: &mut Account) -> Result<Output, ApiError> {
    if input.query.get("format") != Some("csv") {
        return Err(ApiError::bad_request("Invalid format specified. Must be one of: [csv]"));
    }
    let rows = key_file::read(input.body).map_err(ApiError::bad_request)?;
    // Row 1 is the header.
    let problems: Vec<String> = rows
        .iter()
        .enumerate()
        .filter_map(|(index, row)| {
            row.problem(account).map(|problem| format!("Row {}: {problem}", index + 2))
        })
        .collect();
    if input.query.is_true("failonwarnings") && !problems.is_empty() {
        return Err(ApiError::bad_request(problems.join("; ")));
    }
    let (mut ids, mut warnings) = (Vec::new(), Vec::new());
    for (row, number) in rows.into_iter().zip(2..) {
        let warn = |problem: String| format!("Row {number}: {problem}");
        match import_row(row, input, account) {
            Ok((id, problems)) => {
                ids.push(id);
                warnings.extend(problems.into_iter().map(warn));
            }
            Err(problem) => warnings.push(warn(problem)),
        }
    }
    Ok(Output::created(json!({ "ids": ids, "warnings": warnings })))
}

/// Creates or overwrites the API key of a row. Returns the key's id, and why it could not be added to some plans.
fn import_row(row: Row, input: &Input<'_>, account: &mut Account) -> Result<(String, Vec<String>), String> {
    let existing = account.api_key_by_value(&row.value).map(|key| key.id.clone());
    let id = match existing {
        Some(id) => id,
        None => {
            row.check(account).map_err(|error| error.message().to_owned())?;
            let key = api_keys::new_api_key(account, row.value.clone(), input.now);
            let id = key.id.clone();
            account.add_api_key(key);
            id
        }
    };
    if let Some(key) = account.api_key_mut(&id) {
        key.name = Some(row.name);
        key.description = row.description;
        key.updated = input.now;
        if key.enabled != row.enabled {
            (key.enabled, key.enabled_changed) = (row.enabled, input.now);
        }
    }
    let problems =
        row.plan_ids.iter().filter_map(|plan_id| add_to_plan(account, &id, plan_id, input).err()).collect();
    Ok((id, problems))
}

fn add_to_plan(account: &mut Account, key_id: &str, plan_id: &str, input: &Input<'_>) -> Result<(), String> {
    if account.membership(plan_id, key_id).is_some() {
        return Ok(());
    }
    let unknown = || format!("Usage Plan {plan_id} not found");
    let plan = account.usage_plans.get(plan_id).ok_or_else(unknown)?;
    let key = account.api_keys().get(key_id).ok_or_else(unknown)?;
    usage_plan_keys::check_can_join(account, key, plan).map_err(|error| error.message().to_owned())?;
    account.attach(plan_id, key_id, input.now);
    Ok(())
}

impl Row {
    /// Fails if the API key is invalid, or if it is new and the account has its maximum number of API keys.
    fn check(&self, account: &Account) -> Result<(), ApiError> {
        api_keys::check_value(&self.value)?;
        api_keys::check_texts(Some(&self.name), self.description.as_deref(), None)?;
        match account.api_key_by_value(&self.value) {
            Some(_) => Ok(()),
            None => api_keys::check_can_create(account, &self.value),
        }
    }

    /// Returns why the account cannot currently import the row, or `None` if it can.
    fn problem(&self, account: &Account) -> Option<String> {
        if let Err(error) = self.check(account) {
            return Some(error.message().to_owned());
        }
        let unknown = self.plan_ids.iter().find(|id| !account.usage_plans.contains(id));
        unknown.map(|id| format!("Usage Plan {id} not found"))
    }
}
