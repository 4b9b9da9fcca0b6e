//! The fields of a record, which define its JSON, its CSV and its table.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Number, Value};

use super::grid::GridColumn;

/// A record of a list. CSV and table take their cells from its JSON, by the paths of its fields. Plain
/// values, such as numbers and text, are records without fields.
pub(crate) trait Record: Serialize {
    const FIELDS: &'static [Field] = &[];
}

macro_rules! plain_values {
    ($($type:ty),+) => { $(impl Record for $type {})+ };
}

plain_values!(bool, u8, u16, u32, u64, usize, str, String, Cow<'_, str>, Number, Value);

impl<T: Record + ?Sized> Record for &T {
    const FIELDS: &'static [Field] = T::FIELDS;
}

impl<T: Record> Record for [T] {
    const FIELDS: &'static [Field] = T::FIELDS;
}

impl<T: Record> Record for Vec<T> {
    const FIELDS: &'static [Field] = T::FIELDS;
}

impl<T: Record> Record for Option<T> {
    const FIELDS: &'static [Field] = T::FIELDS;
}

/// Defines records by one line per field: name, type, the heading of its column if the table shows it, and in
/// brackets how it deviates from the default layout, as calls of [`Field`]'s methods.
///
/// The name in camel case is the name in JSON and CSV, a public interface. The fields of a nested record are
/// named `name.field`.
macro_rules! records {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $record:ident $(<$life:lifetime>)? {
            $(
                $(#[$field_meta:meta])*
                $field_vis:vis $field:ident: $type:ty
                    $(=> $heading:literal)?
                    $([$($exception:ident $(($($argument:literal),+))?),+])?
            ),+ $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        $vis struct $record $(<$life>)? { $($(#[$field_meta])* $field_vis $field: $type),+ }

        impl $(<$life>)? $crate::ops::listing::record::Record for $record $(<$life>)? {
            const FIELDS: &'static [$crate::ops::listing::record::Field] = &[$(
                $crate::ops::listing::record::Field::new(
                    stringify!($field),
                    <$type as $crate::ops::listing::record::Record>::FIELDS,
                )
                $(.heading($heading))?
                $($(.$exception($($($argument),+)?))+)?
            ),+];
        }
    )+};
}

pub(crate) use records;

/// A field of a record. It refers to other fields by their names in Rust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    name: &'static str,
    /// The fields of the records in this field; none for plain values.
    nested: &'static [Self],
    heading: Option<&'static str>,
    /// The field after whose column this one comes in the table, if not the previous field.
    follows: Option<&'static str>,
    in_csv: CsvPosition,
    is_flat: bool,
    /// A nested field and the heading that it has in this record; `None` hides its column.
    nested_heading: Option<(&'static str, Option<&'static str>)>,
}

/// The position of a field in a CSV line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CsvPosition {
    InOrder,
    Last,
    /// Only if a record has it.
    Extra,
}

impl Field {
    pub(crate) const fn new(name: &'static str, nested: &'static [Self]) -> Self {
        Self {
            name,
            nested,
            heading: None,
            follows: None,
            in_csv: CsvPosition::InOrder,
            is_flat: false,
            nested_heading: None,
        }
    }

    pub(crate) const fn heading(self, heading: &'static str) -> Self {
        Self { heading: Some(heading), ..self }
    }

    /// Puts the column after that of another field.
    pub(crate) const fn after(self, field: &'static str) -> Self {
        Self { follows: Some(field), ..self }
    }

    /// Puts the field after those that the CSV had in earlier versions, so that these keep their positions.
    pub(crate) const fn last_in_csv(self) -> Self {
        Self { in_csv: CsvPosition::Last, ..self }
    }

    /// Leaves the field out of the CSV and the table unless a record has it.
    pub(crate) const fn extra(self) -> Self {
        Self { in_csv: CsvPosition::Extra, ..self }
    }

    /// Makes the nested fields part of this record itself, as `#[serde(flatten)]` does in JSON.
    pub(crate) const fn flat(self) -> Self {
        Self { is_flat: true, ..self }
    }

    /// Gives the column of a nested field another heading.
    pub(crate) const fn rename(self, field: &'static str, heading: &'static str) -> Self {
        Self { nested_heading: Some((field, Some(heading))), ..self }
    }

    /// Leaves the column of a nested field out.
    pub(crate) const fn hide(self, field: &'static str) -> Self {
        Self { nested_heading: Some((field, None)), ..self }
    }
}

/// The JSON paths of the fields that each CSV line has, in the order of its cells.
pub(crate) fn csv_paths<R: Record>() -> Vec<String> {
    let mut leaves = leaves("", R::FIELDS);
    leaves.retain(|leaf| leaf.field.in_csv != CsvPosition::Extra);
    leaves.sort_by_key(|leaf| leaf.field.in_csv);
    leaves.into_iter().map(|leaf| leaf.path).collect()
}

pub(crate) fn table_columns<R: Record>() -> Vec<GridColumn> {
    let leaves = leaves("", R::FIELDS);
    let mut columns = Vec::new();
    leaves
        .iter()
        .filter(|leaf| leaf.follows.is_none())
        .for_each(|leaf| push_column(leaf, &leaves, &mut columns));
    columns
}

/// Adds the column of a field, and after it the columns that follow it.
fn push_column(leaf: &Leaf, leaves: &[Leaf], columns: &mut Vec<GridColumn>) {
    if let Some(heading) = leaf.field.heading {
        columns.push(GridColumn { heading: heading.to_owned(), path: leaf.path.clone() });
    }
    let followers = leaves.iter().filter(|other| other.follows.as_ref() == Some(&leaf.path));
    followers.for_each(|follower| push_column(follower, leaves, columns));
}

/// A field with a plain value.
struct Leaf {
    path: String,
    /// The path of the field after whose column this one comes in the table, if not the previous field.
    follows: Option<String>,
    field: Field,
}

fn leaves(prefix: &str, fields: &[Field]) -> Vec<Leaf> {
    let path = |name: &str| format!("{prefix}{}", camel_case(name));
    let leaves_of_field = |field: &Field| {
        if field.nested.is_empty() {
            return vec![Leaf { path: path(field.name), follows: field.follows.map(path), field: *field }];
        }
        let nested = field.nested.iter().map(|nested| Field {
            heading: match field.nested_heading {
                Some((name, heading)) if name == nested.name => heading,
                _ => nested.heading,
            },
            in_csv: nested.in_csv.max(field.in_csv),
            ..*nested
        });
        let prefix = if field.is_flat { prefix.to_owned() } else { path(field.name) + "." };
        leaves(&prefix, &nested.collect::<Vec<_>>())
    };
    fields.iter().flat_map(leaves_of_field).collect()
}

/// Converts a name as serde does, for example `api_key_id` to `apiKeyId`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &word[..1].to_uppercase() + &word[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    records! {
        struct PoolRecord<'a> {
            plan_id: &'a str,
            plan: &'a str => "plan" [after("state")],
            remark: &'a str [last_in_csv],
            keys: Vec<KeyRecord>,
            #[serde(flatten)]
            counts: CountRecord [flat, rename("left", "free")],
            state: &'a str => "state",
            #[serde(skip_serializing_if = "Option::is_none")]
            value: Option<String> [extra],
        }

        struct KeyRecord {
            api_key_id: String => "api key",
            tenants: u32,
        }

        struct CountRecord {
            used: u32 => "used" [after("left")],
            left: u32 => "left",
        }
    }

    #[test]
    fn csv_has_the_fields_in_order_but_those_marked_last_at_the_end_and_no_extra_ones() {
        let paths = ["planId", "plan", "keys.apiKeyId", "keys.tenants", "used", "left", "state", "remark"];
        assert_eq!(csv_paths::<PoolRecord>(), paths);
    }

    #[test]
    fn the_table_has_the_fields_with_a_heading_in_its_own_order() {
        let columns = table_columns::<PoolRecord>().into_iter().map(|column| (column.heading, column.path));
        let expected = [
            ("api key", "keys.apiKeyId"),
            ("free", "left"),
            ("used", "used"),
            ("state", "state"),
            ("plan", "plan"),
        ];
        assert!(columns.eq(expected.map(|(heading, path)| (heading.to_owned(), path.to_owned()))));
    }

    #[test]
    fn paths_are_the_names_in_json() {
        let record = PoolRecord {
            plan_id: "p",
            plan: "Basic",
            remark: "",
            keys: vec![KeyRecord { api_key_id: "k".to_owned(), tenants: 1 }],
            counts: CountRecord { used: 1, left: 2 },
            state: "active",
            value: None,
        };
        let json = serde_json::to_value(record).expect("json");
        let names: Vec<_> = json.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["planId", "plan", "remark", "keys", "used", "left", "state"]);
        assert_eq!(json["keys"][0]["apiKeyId"], "k");
    }
}
