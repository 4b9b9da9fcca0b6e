//! `POST /apikeys?mode=import`: API keys and their memberships out of a file.
//!
//! Invariant: with `failonwarnings` either all of the file is taken or nothing.

use serde_json::json;

use super::refusal::Refusal;
use super::request::{Answer, Asked};
use super::{api_keys, usage_plan_keys};
use crate::state::Account;

/// One line of the file.
#[derive(Debug, Default)]
struct Row {
    name: String,
    value: String,
    description: Option<String>,
    enabled: bool,
    plan_ids: Vec<String>,
}

/// Where the columns are.
struct Columns {
    name: usize,
    key: usize,
    description: Option<usize>,
    enabled: Option<usize>,
    plans: Option<usize>,
}

pub(super) fn import(asked: &Asked<'_>, account: &mut Account) -> Result<Answer, Refusal> {
    if asked.query.get("format") != Some("csv") {
        return Err(Refusal::bad_request("Invalid format specified. Must be one of: [csv]"));
    }
    let rows = rows(asked.body)?;
    let problems: Vec<String> = rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| row.problem(account).map(|problem| format!("Row {}: {problem}", at + 2)))
        .collect();
    if asked.query.is_true("failonwarnings") && !problems.is_empty() {
        return Err(Refusal::bad_request(problems.join("; ")));
    }
    let (mut ids, mut warnings) = (Vec::new(), Vec::new());
    for (row, number) in rows.into_iter().zip(2..) {
        let warn = |problem: String| format!("Row {number}: {problem}");
        match take(row, asked, account) {
            Ok((id, problems)) => {
                ids.push(id);
                warnings.extend(problems.into_iter().map(warn));
            }
            Err(problem) => warnings.push(warn(problem)),
        }
    }
    Ok(Answer::created(json!({ "ids": ids, "warnings": warnings })))
}

/// Makes or overwrites the key of a row, and says what was left out.
fn take(row: Row, asked: &Asked<'_>, account: &mut Account) -> Result<(String, Vec<String>), String> {
    let known = account.api_key_by_value(&row.value).map(|key| key.id.clone());
    let id = match known {
        Some(id) => id,
        None => {
            row.check(account).map_err(|refusal| refusal.message().to_owned())?;
            let key = api_keys::fresh(account, row.value.clone(), asked.now);
            let id = key.id.clone();
            account.add_api_key(key);
            id
        }
    };
    if let Some(key) = account.api_key_mut(&id) {
        key.name = Some(row.name);
        key.description = row.description;
        key.updated = asked.now;
        if key.enabled != row.enabled {
            (key.enabled, key.switched) = (row.enabled, asked.now);
        }
    }
    let problems =
        row.plan_ids.iter().filter_map(|plan_id| join(account, &id, plan_id, asked).err()).collect();
    Ok((id, problems))
}

fn join(account: &mut Account, key_id: &str, plan_id: &str, asked: &Asked<'_>) -> Result<(), String> {
    if account.membership(plan_id, key_id).is_some() {
        return Ok(());
    }
    let unknown = || format!("Usage Plan {plan_id} not found");
    let plan = account.usage_plans.get(plan_id).ok_or_else(unknown)?;
    let key = account.api_keys().get(key_id).ok_or_else(unknown)?;
    usage_plan_keys::check_can_join(account, key, plan).map_err(|refusal| refusal.message().to_owned())?;
    account.attach(plan_id, key_id, asked.now);
    Ok(())
}

impl Row {
    fn check(&self, account: &Account) -> Result<(), Refusal> {
        api_keys::check_value(&self.value)?;
        api_keys::check_texts(Some(&self.name), self.description.as_deref(), None)?;
        match account.api_key_by_value(&self.value) {
            Some(_) => Ok(()),
            None => api_keys::check_room(account, &self.value),
        }
    }

    /// What of the row cannot be taken, in the account as it is.
    fn problem(&self, account: &Account) -> Option<String> {
        if let Err(refusal) = self.check(account) {
            return Some(refusal.message().to_owned());
        }
        let unknown = self.plan_ids.iter().find(|id| !account.usage_plans.contains(id));
        unknown.map(|id| format!("Usage Plan {id} not found"))
    }
}

fn rows(body: &[u8]) -> Result<Vec<Row>, Refusal> {
    let unreadable = |reason: csv::Error| Refusal::bad_request(format!("Unable to parse the file: {reason}"));
    // Single quotes around several ids are AWS's too, which no CSV reader knows.
    let text = double_quoted(&String::from_utf8_lossy(body));
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(unreadable)?)?;
    let records =
        reader.records().map(|record| record.map(|record| columns.row(&record)).map_err(unreadable));
    records.collect()
}

/// A file with quotes of one kind around its fields, and no blanks before them.
fn double_quoted(text: &str) -> String {
    let lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| {
        let (mut written, mut quote, mut at_start) = (String::new(), None, true);
        for character in line.chars() {
            match (character, quote) {
                (' ' | '\t', None) if at_start => continue,
                ('\'' | '"', None) if at_start => quote = Some(character),
                (closing, Some(open)) if closing == open => quote = None,
                (other, _) => {
                    at_start = other == ',' && quote.is_none();
                    written.push(other);
                    continue;
                }
            }
            at_start = false;
            written.push('"');
        }
        written
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, Refusal> {
        let column = |name: &str| header.iter().position(|title| title.eq_ignore_ascii_case(name));
        let required = |name: &str| {
            column(name).ok_or_else(|| Refusal::bad_request(format!("Missing required column: {name}")))
        };
        Ok(Self {
            name: required("Name")?,
            key: required("Key")?,
            description: column("Description"),
            enabled: column("Enabled"),
            plans: column("UsagePlanIds"),
        })
    }

    fn row(&self, record: &csv::StringRecord) -> Row {
        let field = |column: Option<usize>| {
            column.and_then(|column| record.get(column)).map(str::trim).filter(|text| !text.is_empty())
        };
        let plans = field(self.plans).unwrap_or_default().split(',').map(str::trim);
        Row {
            name: field(Some(self.name)).unwrap_or_default().to_owned(),
            value: field(Some(self.key)).unwrap_or_default().to_owned(),
            description: field(self.description).map(str::to_owned),
            enabled: field(self.enabled).is_none_or(|text| text.eq_ignore_ascii_case("true")),
            plan_ids: plans.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_come_in_any_order_and_quotes_of_either_kind() {
        let file = "Key,name, Description ,enabled,UsagePlanIds,Color\n\
                    apikey1234abcdefghij0123456789,MyFirstApiKey,\"An, imported key\",TRUE, 'c7y23b,glvrsr',red\n\
                    \n\
                    zpikey1234abcdefghij0123456789,O'Neill,,false,\"c7y23b, glvrsr\"\n\
                    ypikey1234abcdefghij0123456789,Short\n";
        let rows = rows(file.as_bytes()).unwrap();
        let plans: Vec<_> = rows.iter().map(|row| row.plan_ids.join("+")).collect();
        assert_eq!(plans, ["c7y23b+glvrsr", "c7y23b+glvrsr", ""]);
        assert_eq!(rows.iter().map(|row| row.enabled).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(rows[0].description.as_deref(), Some("An, imported key"));
        assert_eq!((rows[1].name.as_str(), rows[1].description.as_deref()), ("O'Neill", None));
    }

    #[test]
    fn a_file_without_its_columns_is_refused() {
        let refusal = rows(b"Name,Value\na,b\n").unwrap_err();
        assert_eq!(refusal.message(), "Missing required column: Key");
    }
}
