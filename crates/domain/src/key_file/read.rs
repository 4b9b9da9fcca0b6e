//! Parses a file into keys, or lists every error in it.

use std::collections::HashMap;

use super::scan::{Field, records};
use super::{KeyFile, KeyLine, MAX_VALUE_LEN, MIN_VALUE_LEN, error_at};
use crate::file_error::{FileError, quote_or_mask};
use crate::{Refusal, Secret, Tenant, validate};

const COLUMNS: [&str; 6] = ["Name", "Key", "Description", "Enabled", "UsagePlanIds", "Tenant"];
// Indices into `COLUMNS`.
const NAME: usize = 0;
const KEY: usize = 1;
const DESCRIPTION: usize = 2;
const ENABLED: usize = 3;
const PLANS: usize = 4;
const TENANT: usize = 5;

/// The position of each known column in the file, in the order of [`COLUMNS`].
struct Columns([Option<usize>; 6]);

/// Parses a file; any error rejects the whole file.
pub fn read(text: &str) -> Result<KeyFile, Vec<FileError>> {
    let records = records(text).map_err(|error| vec![error])?;
    let Some((head, lines)) = records.split_first() else {
        return Err(vec![error_at(
            1,
            1,
            "the file is empty; its first line must name the columns, at least Name and Key",
        )]);
    };
    let (columns, warnings) = parse_columns(head)?;
    let (mut keys, mut errors) = (Vec::new(), Vec::new());
    let mut line_by_value: HashMap<String, usize> = HashMap::new();
    for fields in lines {
        let key = parse_key(fields, head.len(), &columns, &mut errors);
        let value = key.value.as_ref().map(Secret::expose).unwrap_or_default();
        match line_by_value.get(value).filter(|_| !value.is_empty()) {
            Some(first_line) => errors.push(field_error(
                columns.field(fields, KEY).or(fields.first()),
                &format!("line {first_line} has the same Key; values must be unique"),
            )),
            None => drop(line_by_value.insert(value.to_owned(), key.line)),
        }
        keys.push(key);
    }
    if errors.is_empty() { Ok(KeyFile { keys, warnings }) } else { Err(errors) }
}

fn parse_columns(head: &[Field]) -> Result<(Columns, Vec<String>), Vec<FileError>> {
    let mut columns = Columns([None; 6]);
    let (mut warnings, mut errors) = (Vec::new(), Vec::new());
    for (position, field) in head.iter().enumerate() {
        let column = COLUMNS.iter().position(|name| name.eq_ignore_ascii_case(&field.text));
        match column {
            None => warnings.push(format!("column {} is unknown and ignored", quote_or_mask(&field.text))),
            Some(column) if columns.0[column].is_some() => {
                errors.push(field_error(Some(field), &format!("column {} appears twice", COLUMNS[column])));
            }
            Some(column) => columns.0[column] = Some(position),
        }
    }
    for required in [NAME, KEY] {
        if columns.0[required].is_none() {
            let what = format!("the first line lacks the column {}", COLUMNS[required]);
            errors.push(field_error(head.first(), &what));
        }
    }
    if errors.is_empty() { Ok((columns, warnings)) } else { Err(errors) }
}

impl Columns {
    fn field<'a>(&self, fields: &'a [Field], column: usize) -> Option<&'a Field> {
        fields.get(self.0[column]?).filter(|field| !field.text.is_empty())
    }

    /// A text field, without the apostrophe that keeps spreadsheets from evaluating it.
    fn text(&self, fields: &[Field], column: usize) -> String {
        let text = self.field(fields, column).map(|field| field.text.as_str()).unwrap_or_default();
        crate::text::unescape_formula(text).to_owned()
    }
}

fn parse_key(
    fields: &[Field],
    column_count: usize,
    columns: &Columns,
    errors: &mut Vec<FileError>,
) -> KeyLine {
    let first_field = fields.first();
    let mut add_error = |column: Option<usize>, what: String| {
        let field = column.and_then(|column| columns.field(fields, column));
        errors.push(field_error(field.or(first_field), &what));
    };
    if fields.len() > column_count {
        add_error(
            None,
            format!("the line has {} fields but the first line has {column_count}", fields.len()),
        );
    }
    let message = |result: Result<(), Refusal>| result.err().map(|refusal| refusal.to_string());
    let (name, description) = (columns.text(fields, NAME), columns.text(fields, DESCRIPTION));
    message(validate::validate_name(&name)).into_iter().for_each(|what| add_error(Some(NAME), what));
    message(validate::validate_description(&description))
        .into_iter()
        .for_each(|what| add_error(Some(DESCRIPTION), what));
    let value = columns.field(fields, KEY).map(|field| Secret::new(field.text.as_str()));
    value.as_ref().and_then(invalid_value_reason).into_iter().for_each(|what| add_error(Some(KEY), what));
    let enabled = match columns.text(fields, ENABLED).to_lowercase().as_str() {
        "" | "true" => true,
        "false" => false,
        other => {
            add_error(Some(ENABLED), format!("Enabled is {}; use true or false", quote_or_mask(other)));
            true
        }
    };
    let tenant = Some(columns.text(fields, TENANT)).filter(|text| !text.is_empty()).map(Tenant::new);
    let tenant_error = tenant.as_ref().and_then(|tenant| message(validate::validate_tenant(tenant)));
    tenant_error.into_iter().for_each(|what| add_error(Some(TENANT), what));
    let plans = parse_plans(&columns.text(fields, PLANS));
    if tenant.is_some() && plans.is_empty() {
        add_error(Some(TENANT), "a tenant key needs a usage plan".to_owned());
    }
    let line = first_field.map_or(0, |field| field.line);
    KeyLine { line, name, value, description, enabled, plans, tenant }
}

/// Each plan once, in order.
fn parse_plans(text: &str) -> Vec<String> {
    let mut plans: Vec<String> = Vec::new();
    for plan in text.split(',').map(str::trim).filter(|plan| !plan.is_empty()) {
        if !plans.iter().any(|other| other == plan) {
            plans.push(plan.to_owned());
        }
    }
    plans
}

fn invalid_value_reason(value: &Secret) -> Option<String> {
    let length = value.expose().chars().count();
    if !(MIN_VALUE_LEN..=MAX_VALUE_LEN).contains(&length) {
        let bounds = format!("{MIN_VALUE_LEN} to {MAX_VALUE_LEN}");
        return Some(format!("the Key has {length} characters; API Gateway accepts {bounds}"));
    }
    let is_valid = value.expose().chars().all(|c| c.is_ascii_graphic());
    (!is_valid).then(|| {
        "the Key has a character that is invalid in an HTTP header; use ASCII without spaces".to_owned()
    })
}

fn field_error(field: Option<&Field>, what: &str) -> FileError {
    field.map_or_else(|| error_at(1, 1, what), |field| error_at(field.line, field.column, what))
}
