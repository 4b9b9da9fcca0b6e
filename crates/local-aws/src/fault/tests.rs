//! Which calls a fault hits, and the responses they get.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::to_bytes;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::*;

const PUT: CallTarget<'static> = CallTarget {
    service: Service::DynamoDb,
    operation: "PutItem",
    method: "POST",
    path: "Keys",
    action: "PutItem",
};
const LIST: CallTarget<'static> = CallTarget {
    service: Service::ApiGateway,
    operation: "GetApiKeys",
    method: "GET",
    path: "/apikeys",
    action: "GetApiKeys",
};

fn from_json(fault: Value) -> Fault {
    serde_json::from_value(fault).unwrap()
}

/// Makes `count` calls: `x` for each hit, `.` for each that passes.
fn series(faults: &Faults, call: CallTarget<'_>, count: usize) -> String {
    (0..count).map(|_| if faults.hit(call).is_some() { 'x' } else { '.' }).collect()
}

async fn respond(faults: &Faults, call: CallTarget<'_>) -> (u16, String, Value) {
    let response = faults.apply(call, async { "normal".into_response() }).await;
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get("retry-after").map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, retry_after, serde_json::from_slice(&body).unwrap_or_default())
}

#[test]
fn a_fault_hits_only_the_calls_it_matches_and_as_often_as_scripted() {
    let cases = [
        (json!({}), PUT, "x..."),
        (json!({"times": 2}), PUT, "xx.."),
        (json!({"times": null}), PUT, "xxxx"),
        (json!({"skip": 1, "times": 2}), PUT, ".xx."),
        (json!({"operation": "PutItem"}), LIST, "...."),
        (json!({"service": "apigateway"}), PUT, "...."),
        (json!({"service": "apigateway"}), LIST, "x..."),
        (json!({"method": "get"}), LIST, "x..."),
        (json!({"method": "get"}), PUT, "...."),
        (json!({"path": "/api*"}), LIST, "x..."),
        (json!({"path": "*keys"}), LIST, "x..."),
        (json!({"path": "/*k*s"}), LIST, "x..."),
        (json!({"path": "/api"}), LIST, "...."),
        (json!({"path": "Keys"}), PUT, "x..."),
    ];
    for (script, call, expected) in cases {
        let faults = Faults::default();
        faults.script(from_json(script.clone()));
        assert_eq!(series(&faults, call, 4), expected, "{script} on {}", call.operation);
    }
}

#[test]
fn faults_hit_in_order_and_can_be_cleared() {
    let faults = Faults::default();
    faults.script(Fault::on("PutItem", Answer::Cut));
    faults.script(Fault::on("PutItem", Answer::ExpiredToken).always());
    assert_eq!(faults.hit(PUT).unwrap().answer, Answer::Cut);
    assert_eq!(faults.hit(PUT).unwrap().answer, Answer::ExpiredToken);
    assert_eq!(faults.hit_count(), 2);
    assert_eq!(faults.active().len(), 1);

    faults.clear();
    assert_eq!(faults.hit(PUT), None);
    assert_eq!(faults.hit_count(), 0);
}

#[test]
fn an_unknown_field_or_value_is_rejected() {
    for script in
        [json!({"times": 1, "tiems": 2}), json!({"answer": {"kind": "unknown"}}), json!({"when": "never"})]
    {
        assert!(serde_json::from_value::<Fault>(script.clone()).is_err(), "{script}");
    }
}

#[tokio::test]
async fn each_service_has_its_own_error_format() {
    let conflict = "Unable to complete operation due to concurrent modification. Please try again later.";
    let cases = [
        (json!({"kind": "throttled"}), LIST, 429, "", json!({"message": "Too Many Requests"})),
        (
            json!({"kind": "throttled", "retryAfter": 7}),
            LIST,
            429,
            "7",
            json!({"message": "Too Many Requests"}),
        ),
        (
            json!({"kind": "throttled"}),
            PUT,
            400,
            "",
            json!({
                "__type": "com.amazon.coral.service#ThrottlingException",
                "message": "Rate of requests exceeds the allowed throughput."
            }),
        ),
        (json!({"kind": "concurrent-modification"}), LIST, 409, "", json!({"message": conflict})),
        (
            json!({"kind": "server-error", "status": 503}),
            LIST,
            503,
            "",
            json!({"message": "Internal server error"}),
        ),
        (
            json!({"kind": "access-denied"}),
            LIST,
            403,
            "",
            json!({"message": "User: arn:aws:iam::000000000000:user/local is not authorized to perform: \
                apigateway:GET on resource: arn:aws:apigateway:us-east-1::/apikeys because no identity-based \
                policy allows the apigateway:GET action"}),
        ),
        (
            json!({"kind": "access-denied", "action": "dynamodb:UpdateItem"}),
            PUT,
            400,
            "",
            json!({
                "__type": "com.amazon.coral.service#AccessDeniedException",
                "message": "User: arn:aws:iam::000000000000:user/local is not authorized to perform: \
                    dynamodb:UpdateItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/Keys because no \
                    identity-based policy allows the dynamodb:UpdateItem action"
            }),
        ),
        (
            json!({"kind": "transaction-canceled", "reasons": ["ConditionalCheckFailed", "None"]}),
            PUT,
            400,
            "",
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "message": "Transaction cancelled, please refer cancellation reasons for specific reasons \
                    [ConditionalCheckFailed, None]",
                "CancellationReasons": [
                    {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
                    {"Code": "None"}
                ]
            }),
        ),
    ];
    for (script, call, status, retry_after, body) in cases {
        let faults = Faults::default();
        faults.script(from_json(json!({"answer": script})));
        assert_eq!(respond(&faults, call).await, (status, retry_after.to_owned(), body), "{script}");
        assert_eq!(respond(&faults, call).await.0, 200, "the next call passes");
    }
}

#[tokio::test]
async fn a_fault_before_the_effect_prevents_it_and_one_after_does_not() {
    let error = || Answer::ServerError { status: 500 };
    for (fault, effects) in [(Fault::on("PutItem", error()), 0), (Fault::on("PutItem", error()).after(), 1)] {
        let faults = Faults::default();
        faults.script(fault.clone());
        let count = AtomicU32::new(0);
        let effect = async {
            count.fetch_add(1, Ordering::Relaxed);
            "normal".into_response()
        };
        assert_eq!(faults.apply(PUT, effect).await.status(), 500);
        assert_eq!(count.load(Ordering::Relaxed), effects, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn latency_delays_the_normal_response() {
    let faults = Faults::default();
    faults.script(Fault { latency_ms: 60_000, ..Fault::default() });
    let start = tokio::time::Instant::now();
    assert_eq!(respond(&faults, PUT).await.0, 200);
    assert_eq!(start.elapsed(), std::time::Duration::from_secs(60));
}

#[tokio::test]
async fn a_cut_response_has_no_body_and_a_hanging_one_never_arrives() {
    let faults = Faults::default();
    faults.script(Fault::on("PutItem", Answer::Cut));
    let response = faults.apply(PUT, async { "normal".into_response() }).await;
    assert!(to_bytes(response.into_body(), 10).await.is_err());

    faults.script(Fault::on("PutItem", Answer::Hang));
    let mut pending = std::pin::pin!(faults.apply(PUT, async { "normal".into_response() }));
    let polled = std::future::poll_fn(|context| std::task::Poll::Ready(pending.as_mut().poll(context))).await;
    assert!(polled.is_pending());
}

#[tokio::test]
async fn a_body_is_sent_as_it_is_and_an_endless_one_has_no_end() {
    let faults = Faults::default();
    faults.script(from_json(json!({"answer": {"kind": "body", "status": 203, "body": "{\"item\": []}"}})));
    assert_eq!(respond(&faults, LIST).await, (203, String::new(), json!({"item": []})));
    faults.script(Fault::on("GetApiKeys", Answer::Endless));
    let response = faults.apply(LIST, async { "normal".into_response() }).await;
    assert_eq!(response.status(), 200);
    assert!(to_bytes(response.into_body(), 10_000_000).await.is_err(), "more than 10 MB");
}

#[tokio::test]
async fn a_held_call_gets_its_normal_response_when_the_faults_are_cleared() {
    let faults = Faults::default();
    faults.script(Fault::on("PutItem", Answer::Hold));
    let (held, ()) = tokio::join!(respond(&faults, PUT), async {
        faults.wait_for_hit().await;
        assert_eq!(respond(&faults, LIST).await.0, 200, "other calls pass");
        faults.clear();
    });
    assert_eq!(held.0, 200);
}
