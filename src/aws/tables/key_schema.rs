//! Whether a table has the key that ours have: `id`, a text, and nothing else.

use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableDescription};
use futures_util::future::try_join_all;

use super::Tables;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Refuses tables whose key is another, before anything is written to one.
    ///
    /// A role that may not describe a table goes on: such a table refuses every write of ours by itself.
    pub(super) async fn check_key_schemas(&self, tables: &Tables) -> Result<(), Failure> {
        let all =
            [("plans", Some(&tables.plans)), ("keys", Some(&tables.keys)), ("pools", tables.pools.as_ref())];
        let checks =
            all.into_iter().filter_map(|(setting, name)| Some(self.check_key_schema(setting, name?)));
        try_join_all(checks).await.map(drop)
    }

    /// Refuses one table whose key is another, by the setting that names it.
    pub(super) async fn check_key_schema(&self, setting: &str, name: &str) -> Result<(), Failure> {
        let call = self.table_call("DescribeTable", format!("table {name}"));
        let described = match self.shared.dynamodb.describe_table().table_name(name).send().await {
            Ok(answer) => answer.table,
            Err(why) => match call.failure(why) {
                // What reads the table says this in its own words.
                Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_) => None,
                failure => return Err(failure),
            },
        };
        match described.as_ref().and_then(describe_other_key) {
            None => Ok(()),
            Some(key) => Err(Failure::Tables(format!(
                "table {name} cannot be the {setting} table: its key is {key}, and keypool's is `id` (S) alone; name \
                 another by `{setting}` under [tables] in the configuration"
            ))),
        }
    }
}

/// The key of a table in words, where it is not ours.
fn describe_other_key(table: &TableDescription) -> Option<String> {
    let typed = |name: &str| {
        let attribute = table.attribute_definitions().iter().find(|one| one.attribute_name == name);
        attribute.map(|one| one.attribute_type.clone())
    };
    let is_ours = match table.key_schema() {
        // An endpoint that does not say it is not judged.
        [] => true,
        [one] => {
            one.attribute_name == "id"
                && one.key_type == KeyType::Hash
                && typed("id").is_none_or(|kind| kind == ScalarAttributeType::S)
        }
        _ => false,
    };
    let in_words = |one: &aws_sdk_dynamodb::types::KeySchemaElement| {
        let kind = typed(&one.attribute_name).map(|kind| format!(" ({})", kind.as_str()));
        format!("`{}`{}", one.attribute_name, kind.unwrap_or_default())
    };
    let all: Vec<_> = table.key_schema().iter().map(in_words).collect();
    (!is_ours).then(|| all.join(" and "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement};

    use super::*;

    fn table(keys: &[(&str, KeyType, ScalarAttributeType)]) -> TableDescription {
        let mut table = TableDescription::builder();
        for (name, key, kind) in keys {
            let schema = KeySchemaElement::builder().attribute_name(*name).key_type(key.clone()).build();
            let typed =
                AttributeDefinition::builder().attribute_name(*name).attribute_type(kind.clone()).build();
            table = table.key_schema(schema.expect("a key")).attribute_definitions(typed.expect("a type"));
        }
        table.build()
    }

    #[test]
    fn only_a_string_hash_key_named_id_is_accepted() {
        let (hash, range) = (KeyType::Hash, KeyType::Range);
        let (s, n) = (ScalarAttributeType::S, ScalarAttributeType::N);
        let of = |keys: &[(&str, KeyType, ScalarAttributeType)]| describe_other_key(&table(keys));
        assert_eq!(of(&[("id", hash.clone(), s.clone())]), None);
        assert_eq!(of(&[("pk", hash.clone(), s.clone())]).as_deref(), Some("`pk` (S)"));
        assert_eq!(of(&[("id", hash.clone(), n.clone())]).as_deref(), Some("`id` (N)"));
        assert_eq!(of(&[("id", hash, s), ("at", range, n)]).as_deref(), Some("`id` (S) and `at` (N)"));
        assert_eq!(of(&[]), None, "what is not said is not judged");
    }
}
