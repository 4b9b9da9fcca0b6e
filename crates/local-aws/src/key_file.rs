//! Reads the CSV file of ImportApiKeys.
//!
//! Columns may be in any order, and fields in single or double quotes. Quoted text is exact; blanks around
//! fields are dropped. A row may have an empty name: AWS documents neither this nor how it treats quoted blanks.

/// One row of the file: an API key to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key's name; empty if the file has none.
    pub name: String,
    /// The key's value.
    pub value: String,
    /// The key's description.
    pub description: Option<String>,
    /// Whether the key is enabled; true if the file does not say.
    pub enabled: bool,
    /// The usage plans to add the key to.
    pub plan_ids: Vec<String>,
}

/// The index of each column.
struct Columns {
    name: usize,
    key: usize,
    description: Option<usize>,
    enabled: Option<usize>,
    plans: Option<usize>,
}

/// Parses a file, or returns why it cannot be parsed.
pub fn read(body: &[u8]) -> Result<Vec<Row>, String> {
    let parse_error = |reason: csv::Error| format!("Unable to parse the file: {reason}");
    // AWS also accepts single quotes around several ids, which CSV readers do not.
    let text = normalize_quotes(&String::from_utf8_lossy(body));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = Columns::from_header(reader.headers().map_err(parse_error)?)?;
    let records =
        reader.records().map(|record| record.map(|record| columns.row(&record)).map_err(parse_error));
    records.collect()
}

/// Rewrites single-quoted fields with double quotes, and removes blanks before and after fields.
fn normalize_quotes(text: &str) -> String {
    let (mut output, mut quote, mut at_start) = (String::with_capacity(text.len()), None, true);
    // Blanks that belong to the field if more of it follows.
    let mut blanks = String::new();
    let mut characters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quote) {
            (' ' | '\t', None) if at_start => {}
            (' ' | '\t', None) => blanks.push(character),
            ('\'' | '"', None) if at_start => {
                (quote, at_start) = (Some(character), false);
                output.push('"');
            }
            (end @ (',' | '\n' | '\r'), None) => {
                blanks.clear();
                at_start = true;
                output.push(end);
            }
            (other, None) => {
                output.push_str(&std::mem::take(&mut blanks));
                at_start = false;
                output.push(other);
            }
            (closing, Some(open)) if closing == open && characters.next_if_eq(&open).is_none() => {
                quote = None;
                output.push('"');
            }
            ('"', Some(_)) => output.push_str("\"\""),
            (other, Some(_)) => output.push(other),
        }
    }
    output
}

impl Columns {
    fn from_header(header: &csv::StringRecord) -> Result<Self, String> {
        let column = |name: &str| header.iter().position(|title| title.trim().eq_ignore_ascii_case(name));
        let required = |name: &str| column(name).ok_or_else(|| format!("Missing required column '{name}'"));
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
            column.and_then(|column| record.get(column)).filter(|text| !text.is_empty())
        };
        let plans = field(self.plans).unwrap_or_default().split(',').map(str::trim);
        Row {
            name: field(Some(self.name)).unwrap_or_default().to_owned(),
            value: field(Some(self.key)).unwrap_or_default().to_owned(),
            description: field(self.description).map(str::to_owned),
            enabled: field(self.enabled).is_none_or(|text| text.trim().eq_ignore_ascii_case("true")),
            plan_ids: plans.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_may_be_in_any_order_and_fields_in_either_quotes() {
        let file = "Key,name, Description ,enabled,UsagePlanIds,Color\n\
                    apikey1234abcdefghij0123456789,MyFirstApiKey,\"An, imported key\",TRUE, 'c7y23b,glvrsr',red\n\
                    \n\
                    zpikey1234abcdefghij0123456789,O'Neill,,false,\"c7y23b, glvrsr\"\n\
                    ypikey1234abcdefghij0123456789,Short\n";
        let rows = read(file.as_bytes()).unwrap();
        let plans: Vec<_> = rows.iter().map(|row| row.plan_ids.join("+")).collect();
        assert_eq!(plans, ["c7y23b+glvrsr", "c7y23b+glvrsr", ""]);
        assert_eq!(rows.iter().map(|row| row.enabled).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(rows[0].description.as_deref(), Some("An, imported key"));
        assert_eq!((rows[1].name.as_str(), rows[1].description.as_deref()), ("O'Neill", None));
    }

    #[test]
    fn quoted_text_is_kept() {
        let names = |file: &str| -> Vec<String> {
            read(file.as_bytes()).unwrap().into_iter().map(|row| row.name).collect()
        };
        assert_eq!(
            names("Name,Key\n\"a\"\", b\",x\n'a\", b',x\n'it''s, so',x\n"),
            ["a\", b", "a\", b", "it's, so"]
        );
        assert_eq!(names("Name,Key\n\"two\r\n lines\",x\n  \t\nlast,x"), ["two\r\n lines", "last"]);
        assert_eq!(names("Name,Key\n \" a \" ,x\n ' b ',x\n c d \t,x\r\n"), [" a ", " b ", "c d"]);
        assert_eq!(names("Name,Key\n\"=1\",x\n=1,x\n\"'=1\",x\n"), ["=1", "=1", "'=1"]);
        assert_eq!(names("\u{feff}\"Name\",Key\na,x"), ["a"], "a byte order mark");
    }

    #[test]
    fn a_file_without_a_required_column_is_rejected() {
        assert_eq!(read(b"Name,Value\na,b\n").unwrap_err(), "Missing required column 'Key'");
        assert_eq!(read(b"Key,Value\na,b\n").unwrap_err(), "Missing required column 'Name'");
    }
}
