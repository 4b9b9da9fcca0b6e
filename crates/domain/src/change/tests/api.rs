//! What an API, a stage and the account need: steps, refusals, words, and whom it meets.

use super::*;
use crate::setup::{AccessLog, LogLevel, StageLogging};
use crate::{MethodRef, StageRef};

const ROLE: &str = "arn:aws:iam::123456789012:role/logs";
const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:calls";

fn stage() -> StageRef {
    StageRef { api: "abc".into(), stage: "prod".into() }
}

fn require_keys(paths: &[&str], required: bool) -> ApiChange {
    let method = |path: &&str| (format!("resource of {path}"), MethodRef::new("GET", path));
    ApiChange::RequireKeys { api: "abc".into(), methods: paths.iter().map(method).collect(), required }
}

fn logging(access: Option<AccessLog>) -> ApiChange {
    let logging = StageLogging { level: Some(LogLevel::Info), access };
    ApiChange::SetStageLogging { stage: stage(), logging, replaces: None }
}

fn log_role(role: &str) -> ApiChange {
    ApiChange::SetLogRole { role: role.to_owned(), replaces: Ok(None) }
}

fn create_tables(names: &[&str]) -> ApiChange {
    ApiChange::CreateTables(names.iter().map(ToString::to_string).collect())
}

/// Each unit's subject, and its steps in words.
fn units(change: ApiChange) -> Result<Vec<(String, String)>, String> {
    let inventory = inventory();
    let units = Change::from(change).units(&inventory).map_err(|why| why.to_string())?;
    let said = |unit: &crate::step::Unit| {
        unit.steps.iter().map(|step| step.describe(&inventory)).collect::<Vec<_>>().join("; ")
    };
    Ok(units.iter().map(|unit| (unit.subject.clone(), said(unit))).collect())
}

#[test]
fn each_missing_thing_is_one_unit() {
    for (change, expected) in [
        (
            require_keys(&["/a", "/b"], true),
            vec![("GET /a", "let GET /a need an API key"), ("GET /b", "let GET /b need an API key")],
        ),
        (require_keys(&["/a"], false), vec![("GET /a", "let GET /a need no API key")]),
        (ApiChange::Deploy(stage()), vec![("abc:prod", "deploy the API abc to its stage prod")]),
        (
            log_role(ROLE),
            vec![("the account", "set the account's role for logs to arn:aws:iam::123456789012:role/logs")],
        ),
        (
            logging(Some(AccessLog::to_destination(GROUP))),
            vec![(
                "abc:prod",
                "on stage abc:prod set the execution log to INFO, write access logs to \
                 arn:aws:logs:eu-west-1:123456789012:log-group:calls",
            )],
        ),
        (
            create_tables(&["Plans", "Pools"]),
            vec![
                ("table Plans", "create the DynamoDB table Plans"),
                ("table Pools", "create the DynamoDB table Pools"),
            ],
        ),
    ] {
        let seen = units(change).expect("units");
        let seen: Vec<_> = seen.iter().map(|(subject, said)| (subject.as_str(), said.as_str())).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn invalid_api_changes_are_refused() {
    let secret =
        AccessLog { format: "$context.identity.apiKey".to_owned(), ..AccessLog::to_destination(GROUP) };
    for (change, why) in [
        (require_keys(&[], true), "nothing would change"),
        (log_role("logs"), "`logs` is not the ARN of a role"),
        (logging(Some(AccessLog::to_destination("calls"))), "`calls` is not where access logs can go"),
        (logging(Some(secret)), "the format holds $context.identity.apiKey, which is the secret itself"),
    ] {
        let seen = units(change).expect_err(why);
        assert!(seen.starts_with(why), "{seen}");
    }
}

#[test]
fn each_api_change_has_a_description_a_button_and_its_caution() {
    for (change, line, verb, takes_away, caution) in [
        (
            require_keys(&["/a", "/b"], true),
            "require an API key for GET /a, GET /b",
            "Save",
            false,
            "callers notice nothing",
        ),
        (
            require_keys(&["/a"], false),
            "require no API key for GET /a",
            "Save",
            false,
            "callers notice nothing",
        ),
        (
            ApiChange::Deploy(stage()),
            "deploy the API abc to its stage prod",
            "Deploy",
            true,
            "everything that was edited",
        ),
        (
            log_role(ROLE),
            "let API Gateway write logs with the role arn:aws:iam::123456789012:role/logs",
            "Save",
            true,
            "it is one role for every API",
        ),
        (logging(None), "stage abc:prod: set the execution log to INFO", "Save", false, "CloudWatch bills"),
        (
            create_tables(&["Plans", "Pools"]),
            "create the DynamoDB tables Plans, Pools",
            "Create",
            true,
            "DynamoDB bills",
        ),
    ] {
        let (change, inventory) = (Change::from(change), inventory());
        assert_eq!(change.describe(&inventory), line);
        assert_eq!((change.verb(), change.needs_confirmation(&inventory)), (verb, takes_away), "{line}");
        let cautions = change.cautions(&inventory);
        assert!(cautions.len() == 1 && cautions[0].starts_with(caution), "{line}: {cautions:?}");
    }
}

#[test]
fn deploying_affects_the_tenants_of_plans_that_cover_the_stage() {
    let covering = inventory_with(|parts| {
        for plan in parts.plans.iter_mut().filter(|plan| plan.id == "free".into()) {
            plan.stages.push(stage());
        }
    });
    let met = |change: ApiChange| Change::from(change).affected_tenants(&covering);
    assert_eq!(met(ApiChange::Deploy(stage())), ["acme", "globex"].map(Tenant::from));
    let elsewhere = StageRef { stage: "beta".into(), ..stage() };
    assert!(met(ApiChange::Deploy(elsewhere)).is_empty());
    assert!(met(require_keys(&["/a"], true)).is_empty(), "callers notice nothing until it is deployed");
}

#[test]
fn replacing_an_access_log_names_the_old_one_and_needs_confirmation() {
    let old = AccessLog {
        destination: "arn:aws:logs:us-east-1:123456789012:log-group:theirs".to_owned(),
        format: "$context.requestId".to_owned(),
    };
    let new = AccessLog::to_destination("arn:aws:logs:us-east-1:123456789012:log-group:theirs");
    let set = |access: &AccessLog, replaces: Option<&AccessLog>| {
        let logging = StageLogging { level: None, access: Some(access.clone()) };
        Change::from(ApiChange::SetStageLogging { stage: stage(), logging, replaces: replaces.cloned() })
    };
    let replacing = set(&new, Some(&old));
    assert!(replacing.needs_confirmation(&inventory()));
    assert_eq!(
        replacing.cautions(&inventory())[0],
        "this replaces the access log of the stage: lines to arn:aws:logs:us-east-1:123456789012:log-group:theirs in \
         the format $context.requestId"
    );
    for harmless in [set(&new, None), set(&old, Some(&old)), logging(None).into()] {
        assert!(!harmless.needs_confirmation(&inventory()), "{harmless:?}");
    }
}

#[test]
fn replacing_the_log_role_names_the_old_one() {
    let cautions = |replaces: crate::setup::ReadResult<Option<String>>| {
        let change = Change::from(ApiChange::SetLogRole { role: ROLE.to_owned(), replaces });
        assert!(change.needs_confirmation(&inventory()), "it is one role for the whole account and region");
        change.cautions(&inventory())
    };
    let theirs = "arn:aws:iam::123456789012:role/theirs";
    assert_eq!(
        cautions(Ok(Some(theirs.to_owned())))[0],
        "this replaces the role arn:aws:iam::123456789012:role/theirs, with which API Gateway writes logs now"
    );
    assert_eq!(
        cautions(Err("IAM does not allow apigateway:GET".to_owned()))[0],
        "the role that this replaces is not known: IAM does not allow apigateway:GET"
    );
    for nothing_goes in [Ok(None), Ok(Some(ROLE.to_owned()))] {
        assert_eq!(cautions(nothing_goes), ["it is one role for every API of the account and region"]);
    }
}
