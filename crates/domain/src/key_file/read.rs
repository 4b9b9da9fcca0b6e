//! Parses a file into keys, or lists every error in it.

use std::collections::HashMap;

use super::scan::{Field, records};
use super::{KeyFile, KeyLine, MAX_VALUE_LEN, MIN_VALUE_LEN, error_at};
use crate::change::validate;
use crate::pool_file::{FileError, quote_or_mask};
use crate::{Refusal, Secret, Tenant};

const COLUMNS: [&str; 6] = ["Name", "Key", "Description", "Enabled", "UsagePlanIds", "Tenant"];
const NAME: usize = 0;
const KEY: usize = 1;
const DESCRIPTION: usize = 2;
const ENABLED: usize = 3;
const PLANS: usize = 4;
const TENANT: usize = 5;

/// The position of each known column in this file.
struct Columns([Option<usize>; 6]);

/// Parses a file; any error rejects the whole file.
pub fn read(text: &str) -> Result<KeyFile, Vec<FileError>> {
    let records = records(text).map_err(|mistake| vec![mistake])?;
    let Some((head, lines)) = records.split_first() else {
        return Err(vec![error_at(
            1,
            1,
            "the file is empty: its first line names the columns, Name and Key at least",
        )]);
    };
    let (columns, warnings) = parse_columns(head)?;
    let (mut keys, mut mistakes) = (Vec::new(), Vec::new());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for fields in lines {
        let key = parse_key(fields, head.len(), &columns, &mut mistakes);
        let value = key.value.as_ref().map(Secret::expose).unwrap_or_default();
        match seen.get(value).filter(|_| !value.is_empty()) {
            Some(first) => mistakes.push(field_error(
                columns.field(fields, KEY).or(fields.first()),
                &format!("the same Key stands in line {first}: a value is one API key's"),
            )),
            None => drop(seen.insert(value.to_owned(), key.line)),
        }
        keys.push(key);
    }
    if mistakes.is_empty() { Ok(KeyFile { keys, warnings }) } else { Err(mistakes) }
}

fn parse_columns(head: &[Field]) -> Result<(Columns, Vec<String>), Vec<FileError>> {
    let mut columns = Columns([None; 6]);
    let (mut warnings, mut mistakes) = (Vec::new(), Vec::new());
    for (place, field) in head.iter().enumerate() {
        let known = COLUMNS.iter().position(|name| name.eq_ignore_ascii_case(&field.text));
        match known {
            None => {
                warnings.push(format!("the column {} is not known and left out", quote_or_mask(&field.text)))
            }
            Some(which) if columns.0[which].is_some() => {
                mistakes.push(field_error(Some(field), &format!("there are two columns {}", COLUMNS[which])));
            }
            Some(which) => columns.0[which] = Some(place),
        }
    }
    for required in [NAME, KEY] {
        if columns.0[required].is_none() {
            let what = format!("the first line names no column {}", COLUMNS[required]);
            mistakes.push(field_error(head.first(), &what));
        }
    }
    if mistakes.is_empty() { Ok((columns, warnings)) } else { Err(mistakes) }
}

impl Columns {
    fn field<'a>(&self, fields: &'a [Field], which: usize) -> Option<&'a Field> {
        fields.get(self.0[which]?).filter(|field| !field.text.is_empty())
    }

    /// A text field, without the apostrophe that keeps spreadsheets from evaluating it.
    fn text(&self, fields: &[Field], which: usize) -> String {
        let text = self.field(fields, which).map(|field| field.text.as_str()).unwrap_or_default();
        crate::text::unescape_formula(text).to_owned()
    }
}

fn parse_key(fields: &[Field], head: usize, columns: &Columns, mistakes: &mut Vec<FileError>) -> KeyLine {
    let first = fields.first();
    let mut wrong = |which: Option<usize>, what: String| {
        let field = which.and_then(|which| columns.field(fields, which));
        mistakes.push(field_error(field.or(first), &what));
    };
    if fields.len() > head {
        wrong(None, format!("the line has {} fields, the first line {head}", fields.len()));
    }
    let refused = |refusal: Result<(), Refusal>| refusal.err().map(|refusal| refusal.to_string());
    let (name, description) = (columns.text(fields, NAME), columns.text(fields, DESCRIPTION));
    refused(validate::validate_name(&name)).into_iter().for_each(|what| wrong(Some(NAME), what));
    refused(validate::validate_description(&description))
        .into_iter()
        .for_each(|what| wrong(Some(DESCRIPTION), what));
    let value = columns.field(fields, KEY).map(|field| Secret::new(field.text.as_str()));
    value.as_ref().and_then(invalid_value_reason).into_iter().for_each(|what| wrong(Some(KEY), what));
    let enabled = match columns.text(fields, ENABLED).to_lowercase().as_str() {
        "" | "true" => true,
        "false" => false,
        other => {
            wrong(Some(ENABLED), format!("Enabled is {}: write true or false", quote_or_mask(other)));
            true
        }
    };
    let tenant = Some(columns.text(fields, TENANT)).filter(|text| !text.is_empty()).map(Tenant::new);
    let of_tenant = tenant.as_ref().and_then(|tenant| refused(validate::validate_tenant(tenant)));
    of_tenant.into_iter().for_each(|what| wrong(Some(TENANT), what));
    let plans = parse_plans(&columns.text(fields, PLANS));
    if tenant.is_some() && plans.is_empty() {
        wrong(Some(TENANT), "a tenant's key needs the usage plan that it was bought in".to_owned());
    }
    let line = first.map_or(0, |field| field.line);
    KeyLine { line, name, value, description, enabled, plans, tenant }
}

/// Each plan once, in order.
fn parse_plans(text: &str) -> Vec<String> {
    let mut plans: Vec<String> = Vec::new();
    for plan in text.split(',').map(str::trim).filter(|plan| !plan.is_empty()) {
        if !plans.iter().any(|known| known == plan) {
            plans.push(plan.to_owned());
        }
    }
    plans
}

fn invalid_value_reason(value: &Secret) -> Option<String> {
    let length = value.expose().chars().count();
    if !(MIN_VALUE_LEN..=MAX_VALUE_LEN).contains(&length) {
        let bounds = format!("{MIN_VALUE_LEN} to {MAX_VALUE_LEN}");
        return Some(format!("the Key has {length} characters: API Gateway takes {bounds}"));
    }
    let is_sent = value.expose().chars().all(|c| c.is_ascii_graphic());
    (!is_sent).then(|| {
        "the Key holds a character that cannot stand in a header: use ASCII without blanks".to_owned()
    })
}

fn field_error(field: Option<&Field>, what: &str) -> FileError {
    field.map_or_else(|| error_at(1, 1, what), |field| error_at(field.line, field.column, what))
}
