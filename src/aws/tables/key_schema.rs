//! Checks the key schema of tables: a string hash key `id`, and nothing else.

use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableDescription};
use futures_util::future::try_join_all;

use super::Tables;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Rejects tables whose key schema is not keypool's, before anything is written.
    ///
    /// Continues if the role may not describe a table; a wrong table would reject every write
    /// anyway.
    pub(super) async fn check_key_schemas(&self, tables: &Tables) -> Result<(), Failure> {
        let names =
            [("plans", Some(&tables.plans)), ("keys", Some(&tables.keys)), ("pools", tables.pools.as_ref())];
        let checks =
            names.into_iter().filter_map(|(setting, name)| Some(self.check_key_schema(setting, name?)));
        try_join_all(checks).await.map(drop)
    }

    pub(super) async fn describe_table(&self, name: &str) -> Result<TableDescription, Failure> {
        let call = self.table_call("DescribeTable", format!("table {name}"));
        let response = self.shared.dynamodb.describe_table().table_name(name).send().await;
        let table = response.map_err(|error| call.failure(error))?.table;
        table.ok_or_else(|| call.unexpected_failure("the response has no table".to_owned()))
    }

    /// Returns the description of a table; `None` if the role may not describe it. Reading the table reports why.
    pub(super) async fn describe_table_if_allowed(
        &self,
        name: &str,
    ) -> Result<Option<TableDescription>, Failure> {
        match self.describe_table(name).await {
            Ok(table) => Ok(Some(table)),
            Err(Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Rejects a table whose key schema is not keypool's; the error names the setting to correct. Returns the
    /// description of the table, if the role may read it.
    pub(super) async fn check_key_schema(
        &self,
        setting: &str,
        name: &str,
    ) -> Result<Option<TableDescription>, Failure> {
        let description = self.describe_table_if_allowed(name).await?;
        match description.as_ref().and_then(describe_foreign_key_schema) {
            None => Ok(description),
            Some(key) => Err(Failure::Tables(format!(
                "table {name} cannot be the {setting} table: its key is {key}, and keypool's is `id` (S) \
                 alone; set `{setting}` under [tables] in config.toml to another table"
            ))),
        }
    }
}

/// Describes a table's key schema, if it is not keypool's.
fn describe_foreign_key_schema(table: &TableDescription) -> Option<String> {
    let type_of = |name: &str| {
        let attribute =
            table.attribute_definitions().iter().find(|definition| definition.attribute_name == name);
        attribute.map(|definition| definition.attribute_type.clone())
    };
    let is_ours = match table.key_schema() {
        // Endpoints that return no key schema are not checked.
        [] => true,
        [element] => {
            element.attribute_name == "id"
                && element.key_type == KeyType::Hash
                && type_of("id").is_none_or(|kind| kind == ScalarAttributeType::S)
        }
        _ => false,
    };
    let describe = |element: &aws_sdk_dynamodb::types::KeySchemaElement| {
        let kind = type_of(&element.attribute_name).map(|kind| format!(" ({})", kind.as_str()));
        format!("`{}`{}", element.attribute_name, kind.unwrap_or_default())
    };
    let elements: Vec<_> = table.key_schema().iter().map(describe).collect();
    (!is_ours).then(|| elements.join(" and "))
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
        let describe =
            |keys: &[(&str, KeyType, ScalarAttributeType)]| describe_foreign_key_schema(&table(keys));
        assert_eq!(describe(&[("id", hash.clone(), s.clone())]), None);
        assert_eq!(describe(&[("pk", hash.clone(), s.clone())]).as_deref(), Some("`pk` (S)"));
        assert_eq!(describe(&[("id", hash.clone(), n.clone())]).as_deref(), Some("`id` (N)"));
        assert_eq!(describe(&[("id", hash, s), ("at", range, n)]).as_deref(), Some("`id` (S) and `at` (N)"));
        assert_eq!(describe(&[]), None, "a missing key schema is not checked");
    }
}
