//! Endpoints in the header, and signing in with a credential process.

use keypool::aws::{Context, Endpoint, EndpointOrigin, Endpoints, Failure, Renewal};
use keypool::tui::{Effect, Event, TaskId, TaskReport};
use keypool_local_aws::World;

use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;

#[test]
fn a_non_aws_host_is_shown_at_every_width() {
    for columns in [40, 55, 80, 200] {
        let mut options = options();
        options.label = "default".to_owned();
        let console = Scenario::builder(World::Sample).with_options(options).size(columns, 24).start();
        let screen = console.screen();
        let first = screen.lines().next().unwrap_or_default();
        assert!(first.contains("127.0.0.1"), "{columns}: {first:?}");
    }
}

#[test]
fn two_hosts_are_shown_and_aws_with_local_tables_is_read_only() {
    for (tables, mode) in [("http://127.0.0.1:8000", "[ro]"), ("https://tables.corp.example", "[rw]")] {
        let origin = EndpointOrigin::Variable("AWS_ENDPOINT_URL_DYNAMODB");
        let dynamodb = Endpoint::from_url(tables, origin).expect(tables);
        let endpoints = Endpoints { dynamodb, ..Endpoints::for_aws("eu-west-1") };
        let context = Context {
            profile: None,
            region: "eu-west-1".to_owned(),
            endpoints: endpoints.into(),
            renewal: Renewal::Unknown,
        };
        let mut console = Console::new(80, 24, options());
        console.finish_task(TaskReport::Connected(Ok(context)));
        let host = tables.rsplit_once('/').expect("a host").1;
        console.shows(&format!("keys AWS · tables {host}")).shows(mode);
    }
}

#[test]
fn refresh_runs_the_credential_process_in_the_terminal() {
    let expired = || Failure::SignIn {
        renewal: Renewal::Process("work".to_owned()),
        message: "credential_process of profile work: it ended with exit status: 4".to_owned(),
    };
    let mut options = options();
    options.refresh = Some(std::time::Duration::from_secs(60));
    let mut console = Console::new(80, 24, options);
    console.finish_task(TaskReport::Connected(Err(expired())));
    console.shows("credential_process").wait(125);
    assert_eq!(console.effects.len(), 1, "the process is not run again automatically: {:?}", console.effects);
    console.press("r");
    assert_eq!(console.effects[1..], [Effect::SignIn]);
    console.send_event(Event::SignedIn(Err(expired()))).shows("credential_process").press("r");
    console.send_event(Event::SignedIn(Ok(())));
    assert_eq!(console.effects[2..], [Effect::SignIn, Effect::Connect(TaskId(2))]);
}
