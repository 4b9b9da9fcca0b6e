//! Changes of an API, a stage and the account: steps, refusals, descriptions and affected tenants.

use super::*;
use crate::charging::AccessLogFields;
use crate::setup::{AccessLog, LogLevel, StageLogging};
use crate::{MethodRef, StageRef, TableStep};

const ROLE: &str = "arn:aws:iam::123456789012:role/logs";
const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:calls";

fn stage() -> StageRef {
    StageRef { api: "abc".into(), stage: "prod".into() }
}

fn require_keys(paths: &[&str], required: bool) -> ApiChange {
    let method = |path: &&str| (format!("resource of {path}"), MethodRef::new("GET", path));
    ApiChange::RequireKeys { api: "abc".into(), methods: paths.iter().map(method).collect(), required }
}

fn to_destination(arn: &str) -> AccessLog {
    AccessLog::to_destination(arn, &AccessLogFields::default())
}

fn logging(access: Option<AccessLog>) -> ApiChange {
    let logging = StageLogging { level: Some(LogLevel::Info), access };
    ApiChange::SetStageLogging { stage: stage(), logging, replaces: None }
}

fn log_role(role: &str) -> ApiChange {
    ApiChange::SetLogRole { role: role.to_owned(), replaces: Ok(None) }
}

fn create_tables(names: &[&str]) -> ApiChange {
    ApiChange::SetUpTables(names.iter().map(|name| TableStep::Create { table: (*name).to_owned() }).collect())
}

fn replace_index() -> ApiChange {
    let (table, index) = ("Keys".to_owned(), "by-plan-owner".to_owned());
    let add = TableStep::AddIndex { table: table.clone(), index };
    ApiChange::SetUpTables(vec![add, TableStep::RemoveIndex { table, index: "by-plan".to_owned() }])
}

fn units(change: ApiChange) -> Result<Vec<(String, String)>, String> {
    let inventory = inventory();
    let units = Change::from(change).units(&inventory).map_err(|why| why.to_string())?;
    let steps = |unit: &crate::step::Unit| {
        unit.steps.iter().map(|step| step.describe(&inventory)).collect::<Vec<_>>().join("; ")
    };
    Ok(units.iter().map(|unit| (unit.subject.clone(), steps(unit))).collect())
}

#[test]
fn each_method_stage_role_and_table_is_one_unit() {
    for (change, expected) in [
        (
            require_keys(&["/a", "/b"], true),
            vec![("GET /a", "require an API key for GET /a"), ("GET /b", "require an API key for GET /b")],
        ),
        (require_keys(&["/a"], false), vec![("GET /a", "require no API key for GET /a")]),
        (ApiChange::Deploy(stage()), vec![("abc:prod", "deploy API abc to stage prod")]),
        (
            log_role(ROLE),
            vec![("the account", "set the account's logging role to arn:aws:iam::123456789012:role/logs")],
        ),
        (
            logging(Some(to_destination(GROUP))),
            vec![(
                "abc:prod",
                "stage abc:prod: set the execution log to INFO, write access logs to \
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
        (
            replace_index(),
            vec![
                (
                    "table Keys",
                    "add the index by-plan-owner to the DynamoDB table Keys, and wait until it has all items",
                ),
                ("table Keys", "remove the index by-plan from the DynamoDB table Keys"),
            ],
        ),
    ] {
        let actual = units(change).expect("units");
        let actual: Vec<_> =
            actual.iter().map(|(subject, steps)| (subject.as_str(), steps.as_str())).collect();
        assert_eq!(actual, expected);
    }
}

#[test]
fn invalid_api_changes_are_refused() {
    let leaking = AccessLog { format: "$context.identity.apiKey".to_owned(), ..to_destination(GROUP) };
    for (change, why) in [
        (require_keys(&[], true), "nothing would change"),
        (log_role("logs"), "`logs` is not the ARN of a role"),
        (logging(Some(to_destination("calls"))), "`calls` is not an access log destination"),
        (logging(Some(leaking)), "the format contains $context.identity.apiKey, the secret value"),
    ] {
        let actual = units(change).expect_err(why);
        assert!(actual.starts_with(why), "{actual}");
    }
}

#[test]
fn each_api_change_has_a_description_a_verb_and_a_caution() {
    for (change, line, verb, needs_confirmation, caution) in [
        (
            require_keys(&["/a", "/b"], true),
            "require an API key for GET /a, GET /b",
            "Save",
            false,
            "takes effect when",
        ),
        (require_keys(&["/a"], false), "require no API key for GET /a", "Save", false, "takes effect when"),
        (
            ApiChange::Deploy(stage()),
            "deploy API abc to stage prod",
            "Deploy",
            true,
            "this deploys every pending edit",
        ),
        (
            log_role(ROLE),
            "set the account's logging role to arn:aws:iam::123456789012:role/logs",
            "Save",
            true,
            "the role applies to every API",
        ),
        (logging(None), "stage abc:prod: set the execution log to INFO", "Save", false, "CloudWatch charges"),
        (
            create_tables(&["Plans", "Pools"]),
            "create the DynamoDB tables Plans, Pools",
            "Set up",
            true,
            "DynamoDB charges for the tables",
        ),
        (
            replace_index(),
            "add the index by-plan-owner to the DynamoDB table Keys, and wait until it has all items; remove the \
             index by-plan from the DynamoDB table Keys",
            "Set up",
            true,
            "DynamoDB charges one write per item",
        ),
    ] {
        let (change, inventory) = (Change::from(change), inventory());
        assert_eq!(change.describe(&inventory), line);
        assert_eq!(
            (change.verb(), change.needs_confirmation(&inventory)),
            (verb, needs_confirmation),
            "{line}"
        );
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
    let affected = |change: ApiChange| Change::from(change).affected_tenants(&covering);
    assert_eq!(affected(ApiChange::Deploy(stage())), ["acme", "globex"].map(Tenant::from));
    let elsewhere = StageRef { stage: "beta".into(), ..stage() };
    assert!(affected(ApiChange::Deploy(elsewhere)).is_empty());
    assert!(affected(require_keys(&["/a"], true)).is_empty(), "it takes effect when the API is deployed");
}

#[test]
fn replacing_an_access_log_names_the_old_one_and_needs_confirmation() {
    let old = AccessLog {
        destination: "arn:aws:logs:us-east-1:123456789012:log-group:theirs".to_owned(),
        format: "$context.requestId".to_owned(),
    };
    let new = to_destination("arn:aws:logs:us-east-1:123456789012:log-group:theirs");
    let set = |access: &AccessLog, replaces: Option<&AccessLog>| {
        let logging = StageLogging { level: None, access: Some(access.clone()) };
        Change::from(ApiChange::SetStageLogging { stage: stage(), logging, replaces: replaces.cloned() })
    };
    let replacing = set(&new, Some(&old));
    assert!(replacing.needs_confirmation(&inventory()));
    assert_eq!(
        replacing.cautions(&inventory())[0],
        "this replaces the stage's access log (destination arn:aws:logs:us-east-1:123456789012:log-group:theirs, format \
         $context.requestId)"
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
        "this replaces the current logging role arn:aws:iam::123456789012:role/theirs"
    );
    assert_eq!(
        cautions(Err("IAM does not allow apigateway:GET".to_owned()))[0],
        "the current logging role, which this replaces, is not known: IAM does not allow apigateway:GET"
    );
    for not_replacing in [Ok(None), Ok(Some(ROLE.to_owned()))] {
        assert_eq!(cautions(not_replacing), ["the role applies to every API in this account and region"]);
    }
}
