//! Parses a file into keys, or lists every error in it.

use std::collections::HashMap;

use super::plan_list::{self, PlanList};
use super::scan::{Field, records};
use super::{KeyFile, KeyLine, MAX_VALUE_LEN, MIN_VALUE_LEN, error_at};
use crate::file_error::{FileError, quote_or_mask};
use crate::{Refusal, Secret, Tenant, validate};

const COLUMNS: [&str; 7] =
    ["Name", "Key", "Description", "Enabled", "UsagePlanIds", "UsagePlanNames", "Tenant"];
// Indices into `COLUMNS`.
const NAME: usize = 0;
const KEY: usize = 1;
const DESCRIPTION: usize = 2;
const ENABLED: usize = 3;
const PLANS: usize = 4;
const PLAN_NAMES: usize = 5;
const TENANT: usize = 6;

/// The signs before which earlier versions wrote an apostrophe.
const GUARDED_PREFIXES: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The position of each known column in the file, in the order of [`COLUMNS`].
struct Columns([Option<usize>; COLUMNS.len()]);

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
    if errors.is_empty() {
        return Ok(KeyFile { keys, warnings });
    }
    errors.extend(keys.into_iter().flat_map(|key| key.refusals));
    errors.sort_by_key(|error| (error.line, error.column));
    Err(errors)
}

fn parse_columns(head: &[Field]) -> Result<(Columns, Vec<String>), Vec<FileError>> {
    let mut columns = Columns([None; COLUMNS.len()]);
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

    /// A text field. Files without plan names may have an apostrophe that keeps spreadsheets from evaluating it.
    fn text(&self, fields: &[Field], column: usize) -> String {
        let text = self.field(fields, column).map(|field| field.text.as_str()).unwrap_or_default();
        let is_exact = self.0[PLAN_NAMES].is_some();
        let unguarded =
            text.strip_prefix('\'').filter(|rest| !is_exact && rest.starts_with(GUARDED_PREFIXES));
        unguarded.unwrap_or(text).to_owned()
    }
}

fn parse_key(
    fields: &[Field],
    column_count: usize,
    columns: &Columns,
    errors: &mut Vec<FileError>,
) -> KeyLine {
    let first_field = fields.first();
    let error_in = |column: Option<usize>, what: String| {
        let field = column.and_then(|column| columns.field(fields, column));
        field_error(field.or(first_field), &what)
    };
    let mut add_error = |column: Option<usize>, what: String| errors.push(error_in(column, what));
    if fields.len() > column_count {
        add_error(
            None,
            format!("the line has {} fields but the first line has {column_count}", fields.len()),
        );
    }
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
    let plans = plan_list::parse(&columns.text(fields, PLANS), &columns.text(fields, PLAN_NAMES));
    if plans.is_none() {
        let what = "UsagePlanNames must be a JSON list of one name for each of UsagePlanIds, or empty";
        add_error(Some(PLAN_NAMES), what.to_owned());
    }
    let line = KeyLine {
        line: first_field.map_or(0, |field| field.line),
        name: columns.text(fields, NAME),
        value,
        description: columns.text(fields, DESCRIPTION),
        enabled,
        plans: plans.unwrap_or_else(|| PlanList::Ids(Vec::new())),
        tenant: Some(columns.text(fields, TENANT)).filter(|text| !text.is_empty()).map(Tenant::new),
        refusals: Vec::new(),
    };
    let refusals = refusals(&line).into_iter().map(|(column, what)| error_in(Some(column), what)).collect();
    KeyLine { refusals, ..line }
}

/// Why keypool does not write such an API key or tenant key, each with the column.
fn refusals(line: &KeyLine) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, Refusal)> = Vec::new();
    let mut check = |column, result: Result<(), Refusal>| all.extend(result.err().map(|why| (column, why)));
    // API Gateway has API keys without a name, but a tenant key has one.
    if line.tenant.is_some() {
        check(NAME, validate::validate_not_empty("name", &line.name));
    }
    check(NAME, validate::validate_imported_name(&line.name));
    check(DESCRIPTION, validate::validate_imported_description(&line.description));
    if let Some(tenant) = &line.tenant {
        check(TENANT, validate::validate_tenant(tenant));
    }
    let mut all: Vec<_> = all.into_iter().map(|(column, why)| (column, why.to_string())).collect();
    if line.tenant.is_some() && line.plans.is_empty() {
        all.push((TENANT, "a tenant key needs a usage plan".to_owned()));
    }
    all
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
