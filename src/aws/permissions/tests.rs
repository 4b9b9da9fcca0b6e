//! Evaluates the policies as IAM does, and compares the table with the source code.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

fn target(region: &str, account: Option<&str>) -> PolicyTarget {
    PolicyTarget {
        region: region.to_owned(),
        account: account.map(str::to_owned),
        tables: Some(Tables {
            plans: "plans".to_owned(),
            keys: "keys".to_owned(),
            pools: Some("pools".to_owned()),
        }),
        parameter: None,
    }
}

fn policy(mode: PolicyMode, allows_values: bool) -> Policy {
    Policy::least_privilege(mode, allows_values, &target("eu-central-1", Some("111122223333")))
}

/// Whether IAM would allow an action: a denial overrides everything.
fn allows(policy: &Policy, action: &str, resource: &str) -> bool {
    let applies = |statement: &&Statement| {
        statement.action.iter().any(|listed| listed == action)
            && statement.resource.iter().any(|pattern| matches_pattern(pattern, resource))
    };
    let effects: Vec<_> = policy.statement.iter().filter(applies).map(|statement| statement.effect).collect();
    effects.contains(&"Allow") && !effects.contains(&"Deny")
}

/// In IAM patterns `*` matches any text, including slashes.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len())
                .filter(|index| text.is_char_boundary(*index))
                .any(|index| matches_pattern(rest, &text[index..]))
        }),
    }
}

const GATEWAY: &str = "arn:aws:apigateway:eu-central-1::";
const TABLE: &str = "arn:aws:dynamodb:eu-central-1:111122223333:table/";

#[test]
fn read_only_policy_hides_key_values() {
    let reader = policy(ReadOnly, false);
    let gets = |policy: &Policy, path: &str| allows(policy, "apigateway:GET", &format!("{GATEWAY}{path}"));
    for path in
        ["/usageplans", "/usageplans/abc", "/usageplans/abc/usage", "/restapis/a/stages/prod", "/account"]
    {
        assert!(gets(&reader, path), "{path}");
    }
    let value_paths = ["/apikeys", "/apikeys/k", "/usageplans/abc/keys", "/usageplans/abc/keys/k"];
    assert!(value_paths.iter().all(|path| !gets(&reader, path)));
    assert!(value_paths.iter().all(|path| gets(&policy(ReadOnly, true), path)));
    for action in ["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE", "apigateway:PUT"] {
        assert!(!allows(&reader, action, &format!("{GATEWAY}/apikeys")), "{action}");
    }
    assert!(allows(&reader, "dynamodb:Scan", &format!("{TABLE}keys")));
    assert!(!allows(&reader, "dynamodb:PutItem", &format!("{TABLE}keys")));
    assert!(allows(&reader, "dynamodb:Query", &format!("{TABLE}keys/index/by-plan-owner")));
    assert!(!allows(&reader, "dynamodb:Query", &format!("{TABLE}plans/index/by-plan-owner")));
}

#[test]
fn operator_writes_keys_and_owner_also_writes_plans() {
    let (operator, owner) = (policy(Operator, false), policy(Owner, false));
    for (action, resource, is_operator_allowed) in [
        ("apigateway:POST", format!("{GATEWAY}/apikeys"), true),
        ("apigateway:PATCH", format!("{GATEWAY}/usageplans/p/keys/k/usage"), true),
        ("apigateway:GET", format!("{GATEWAY}/usageplans/p/keys"), true),
        ("dynamodb:ConditionCheckItem", format!("{TABLE}pools"), true),
        ("dynamodb:UpdateItem", format!("{TABLE}plans"), false),
        ("apigateway:POST", format!("{GATEWAY}/usageplans"), false),
        ("apigateway:DELETE", format!("{GATEWAY}/usageplans/p"), false),
        ("apigateway:PATCH", format!("{GATEWAY}/account"), false),
        ("dynamodb:CreateTable", format!("{TABLE}keys"), false),
        ("dynamodb:UpdateTable", format!("{TABLE}keys"), false),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/logs".to_owned(), false),
    ] {
        assert_eq!(allows(&operator, action, &resource), is_operator_allowed, "{action} {resource}");
        assert!(allows(&owner, action, &resource), "{action} {resource}");
        let elsewhere = resource.replace("eu-central-1", "us-east-1").replace("1111", "4444");
        assert!(!allows(&owner, action, &elsewhere), "{elsewhere}");
    }
}

#[test]
fn without_tables_the_policy_has_no_action_on_tables_but_their_list() {
    let target = PolicyTarget { tables: None, ..target("eu-west-1", None) };
    let policy = Policy::least_privilege(Operator, false, &target);
    let actions = policy.statement.iter().flat_map(|statement| &statement.action).map(String::as_str);
    let actions: BTreeSet<&str> = actions.collect();
    let on_tables: Vec<_> = actions.iter().filter(|action| action.starts_with("dynamodb:")).collect();
    assert_eq!(on_tables, [&"dynamodb:ListTables"], "the list shows that there are none");
    assert!(actions.contains("apigateway:PATCH"));
}

#[test]
fn every_mode_reads_access_logs_and_none_writes_them() {
    let group = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/apigateway/calls:log-stream:";
    for mode in PolicyMode::ALL {
        let policy = policy(mode, false);
        for action in ["DescribeLogGroups", "FilterLogEvents", "StartQuery"] {
            assert!(allows(&policy, &format!("logs:{action}"), group), "{mode:?} {action}");
            let elsewhere = group.replace("eu-central-1", "us-east-1");
            assert!(!allows(&policy, &format!("logs:{action}"), &elsewhere), "{mode:?} {action}");
        }
        assert!(["logs:GetQueryResults", "logs:StopQuery"].iter().all(|action| allows(&policy, action, "*")));
        assert!(
            !allows(&policy, "logs:PutLogEvents", group) && !allows(&policy, "logs:DeleteLogGroup", group)
        );
    }
}

#[test]
fn pools_parameter_is_read_by_all_and_written_by_operators() {
    let target = PolicyTarget {
        parameter: Some("/keypool/pools".to_owned()),
        ..target("eu-west-1", Some("111122223333"))
    };
    let resource = "arn:aws:ssm:eu-west-1:111122223333:parameter/keypool/pools";
    for (mode, can_write) in [(ReadOnly, false), (Operator, true), (Owner, true)] {
        let policy = Policy::least_privilege(mode, false, &target);
        assert!(allows(&policy, "ssm:GetParameter", resource), "{mode:?}");
        assert_eq!(allows(&policy, "ssm:PutParameter", resource), can_write, "{mode:?}");
    }
    assert!(!allows(&policy(Owner, false), "ssm:GetParameter", resource), "no parameter stores the pools");
}

#[test]
fn arns_follow_the_region_and_match_any_account_if_unknown() {
    for (region, start) in [
        ("cn-north-1", "arn:aws-cn:apigateway:cn-north-1::/"),
        ("us-gov-west-1", "arn:aws-us-gov:apigateway:us-gov-west-1::/"),
        ("ap-southeast-2", "arn:aws:apigateway:ap-southeast-2::/"),
    ] {
        let policy = Policy::least_privilege(ReadOnly, false, &target(region, None));
        let resources: Vec<_> = policy.statement.iter().flat_map(|statement| &statement.resource).collect();
        assert!(resources.iter().any(|resource| resource.starts_with(start)), "{resources:?}");
        assert!(resources.iter().any(|resource| resource.contains(&format!("{region}:*:table/keys"))));
    }
}

#[test]
fn policies_fit_the_managed_policy_size_limit() {
    for mode in [ReadOnly, Operator, Owner] {
        let text = serde_json::to_string(&policy(mode, false)).expect("JSON");
        assert!(text.len() < 6_144, "{mode:?} {}", text.len());
    }
}

/// Collects the operations that the source code calls, by the SDK methods on the clients, including
/// a client passed as an argument.
fn collect_operations(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            collect_operations(&entry, found);
            continue;
        }
        if entry.ends_with("tests.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&entry).expect("a source");
        let packed: String = source.split_whitespace().collect();
        for client in [".gateway.", ".gateway_refresh.", ".dynamodb.", ".logs.", ".sts.", ".ssm.", "=client."]
        {
            let names = packed.split(client).skip(1).filter_map(|rest| rest.split_once('('));
            let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            found.extend(names.map(|(name, _)| name).filter(is_name).map(operation_name));
        }
    }
}

/// Converts `get_api_keys` to `GetApiKeys`.
fn operation_name(method: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        first.to_uppercase() + rest
    };
    method.split('_').map(word).collect()
}

#[test]
fn every_operation_in_the_source_has_a_permission() {
    let mut all = BTreeSet::new();
    collect_operations(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws"), &mut all);
    assert!(all.len() > 20 && all.contains("CreateApiKey") && all.contains("Scan"), "{all:?}");
    let covered: BTreeSet<String> =
        PERMISSIONS.iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    let missing: Vec<_> = all.difference(&covered).collect();
    assert!(missing.is_empty(), "src/aws/permissions.rs lacks an entry for {missing:?}");
    let unused: Vec<_> =
        covered.difference(&all).filter(|operation| !operation.ends_with("Parameter")).collect();
    assert!(unused.is_empty(), "src/aws/permissions.rs has unused entries: {unused:?}");
}
