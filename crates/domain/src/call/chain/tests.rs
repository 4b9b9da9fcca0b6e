//! Each link alone, and what is known of a call as a whole.

use std::collections::BTreeMap;

use super::*;
use crate::{ApiKey, MethodRef, Parts, Period, Quota};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn stage(name: &str) -> StageRef {
    StageRef { api: "api".into(), stage: name.into() }
}

fn key(id: &str, enabled: bool) -> ApiKey {
    ApiKey { enabled, ..ApiKey::new(id, id) }
}

fn row(id: &str, pool_key: Option<&str>, plan: &str) -> TenantKey {
    TenantKey {
        name: id.into(),
        pool_key: pool_key.map(Into::into).into(),
        ..TenantKey::new(id, plan, "acme")
    }
}

fn plan(id: &str, stages: &[&str]) -> Plan {
    Plan {
        throttle: Some(Throttle { rate: 10.0, burst: 5 }),
        quota: Some(Quota { limit: 20, period: Period::Day, offset: 0 }),
        stages: stages.iter().map(|name| stage(name)).collect(),
        ..Plan::new(id, format!("{id} plan"))
    }
}

fn inventory() -> Inventory {
    let disabled = TenantKey { enabled: false.into(), ..row("mute", None, "basic") };
    let own =
        BTreeMap::from([((stage("gamma"), MethodRef::new("GET", "/api")), Throttle { rate: 0.5, burst: 2 })]);
    let narrow = Plan { method_throttles: own, ..plan("narrow", &["gamma"]) };
    Inventory::new(Parts {
        plans: vec![plan("basic", &["prod"]), plan("other", &["beta"]), plan("bare", &[]), narrow],
        api_keys: [
            ("own", true),
            ("off", false),
            ("mute", false),
            ("loose", true),
            ("bare1", true),
            ("strange", true),
            ("narrow1", true),
        ]
        .map(|(id, enabled)| key(id, enabled))
        .to_vec()
        .into(),
        members: BTreeMap::from([
            ("basic".into(), vec!["own".into(), "off".into(), "mute".into()].into()),
            ("other".into(), vec!["strange".into()].into()),
            ("bare".into(), vec!["bare1".into()].into()),
            ("narrow".into(), vec!["narrow1".into()].into()),
        ]),
        rows: vec![
            row("own", None, "basic"),
            row("off", None, "basic"),
            disabled,
            row("loose", None, "basic"),
            row("gone", None, "basic"),
            row("bare1", None, "bare"),
            row("strange", None, "basic"),
            row("narrow1", None, "narrow"),
        ],
        pools: Vec::new(),
        remarks: Vec::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    })
}

fn call(row: &str) -> Call {
    Call {
        api_key: row.into(),
        row: Some(row.into()),
        stage: Some(stage("prod")),
        method: Some("GET /api".into()),
        verdict: None,
    }
}

fn sound() -> Looked {
    let methods: BTreeMap<String, bool> =
        [("GET /api", true), ("ANY /open/{id}", false)].map(|(method, key)| (method.to_owned(), key)).into();
    Looked {
        own_answers: Some(OwnAnswers::default()),
        deployed: Some(true),
        is_being_deleted: false,
        methods: Some(StageMethods { deployed: methods.clone(), edited: methods }),
        limits: Limits { account: Some(Throttle { rate: 10_000.0, burst: 5_000 }), ..Limits::default() },
        spent: Some(Spent { used: 3, left: 17 }),
        value_differs: Some(false),
        changed_at: Some(at("2026-11-01T00:00:00Z")),
    }
}

fn now() -> Timestamp {
    at("2026-11-22T18:48:00Z")
}

/// The link that fails, what it answers, and what mends it.
fn failing(call: Call, looked: &Looked) -> Option<(&'static str, String, String)> {
    let inventory = inventory();
    let chain = Chain::of(call, &inventory, looked, now());
    let link = chain.failing()?;
    let remedy = link.remedy.as_ref().map(|remedy| remedy.sentence(&inventory));
    Some((link.kind.as_str(), link.answer.map(Answer::in_words)?, remedy?))
}

#[test]
fn a_sound_chain_fails_nowhere_and_knows_everything() {
    let chain = Chain::of(call("own"), &inventory(), &sound(), now());
    assert!(chain.links.iter().all(|link| link.state == LinkState::Holds), "{:#?}", chain.links);
    assert_eq!(chain.links.len(), 12);
}

#[test]
fn each_link_of_the_key_answers_403_and_has_its_remedy() {
    for (row, kind, remedy) in [
        ("gone", "key", "delete this key, create another and give the tenant its value"),
        ("off", "enabled", "let API Gateway follow row off"),
        ("mute", "enabled", "key \"mute\" of acme: enable"),
        ("loose", "plan", "attach API key loose to basic plan"),
        ("bare1", "plan-stage", "usage plan bare plan: link api:prod"),
        ("strange", "plan", "attach API key strange to basic plan"),
    ] {
        let failed = failing(call(row), &sound());
        assert_eq!(failed, Some((kind, "403 Forbidden".to_owned(), remedy.to_owned())), "{row}");
    }
}

#[test]
fn what_the_deployed_stage_has_counts_not_what_was_edited() {
    let mut looked = sound();
    let asked = |method: &str| Call { method: Some(method.to_owned()), ..call("own") };
    let none = failing(asked("GET /none"), &looked).expect("no such method");
    assert_eq!((none.0, none.1.as_str()), ("method", "403 Missing Authentication Token"));
    let open = failing(asked("POST /open/7?x=1"), &looked).expect("an open method");
    assert_eq!((open.0, open.1.as_str()), ("method", "the backend's answer, with or without a key"));
    let methods = looked.methods.as_mut().expect("methods");
    methods.deployed.insert("GET /api".to_owned(), false);
    let edited = failing(call("off"), &looked).expect("an open method");
    assert_eq!((edited.0, edited.2.as_str()), ("method", "deploy the API api to its stage prod"));
    let chain = Chain::of(call("off"), &inventory(), &looked, now());
    let asked = chain.links.iter().filter(|link| link.state != LinkState::NotAsked).count();
    assert_eq!(asked, 2, "nobody asks for a disabled key: {:#?}", chain.links);
}

#[test]
fn the_narrowest_throttle_is_blamed_for_a_429_and_a_spent_quota_for_the_other() {
    let mut looked = sound();
    let told = |verdict| Call { verdict: Some(verdict), ..call("own") };
    let fails = |verdict, looked: &Looked| failing(told(verdict), looked).map(|failed| (failed.0, failed.1));
    let throttled = "429 Too Many Requests".to_owned();
    assert_eq!(fails(Verdict::Throttled, &looked), Some(("plan-throttle", throttled.clone())));
    looked.limits.stage_method = Some(Throttle { rate: 1.0, burst: 2 });
    assert_eq!(fails(Verdict::Throttled, &looked), Some(("stage-throttle", throttled.clone())));
    let narrow = Call { stage: Some(stage("gamma")), ..call("narrow1") };
    let narrow = Call { verdict: Some(Verdict::Throttled), ..narrow };
    assert_eq!(failing(narrow, &looked).map(|failed| failed.0), Some("plan-throttle"));
    looked.limits = Limits { account: Some(Throttle { rate: 1.0, burst: 1 }), ..Limits::default() };
    assert_eq!(fails(Verdict::Throttled, &looked), Some(("account-throttle", throttled)));
    assert_eq!(fails(Verdict::Ok, &looked), None);
    for shut in [Throttle { rate: 5.0, burst: 0 }, Throttle { rate: 0.0, burst: 20 }] {
        let looked = Looked { limits: Limits { stage_method: Some(shut), ..Limits::default() }, ..sound() };
        assert_eq!(failing(call("own"), &looked).map(|failed| failed.0), Some("stage-throttle"), "{shut:?}");
    }
    let spent = "429 Limit Exceeded".to_owned();
    assert_eq!(fails(Verdict::QuotaSpent, &looked), Some(("quota", spent.clone())));
    looked.spent = Some(Spent { used: 20, left: 0 });
    assert_eq!(fails(Verdict::Ok, &looked), Some(("quota", spent)));
}

#[test]
fn the_value_a_stage_that_is_gone_and_a_change_on_its_way_fail() {
    let fails = |looked: &Looked| failing(call("own"), looked).map(|failed| (failed.0, failed.1));
    let forbidden = "403 Forbidden".to_owned();
    let wrong = Looked { value_differs: Some(true), ..sound() };
    assert_eq!(fails(&wrong), Some(("value", forbidden.clone())));
    let gone = Looked { deployed: Some(false), methods: None, ..sound() };
    assert_eq!(fails(&gone), Some(("stage", forbidden.clone())));
    let fresh = Looked { changed_at: Some(at("2026-11-22T18:47:55Z")), ..sound() };
    assert_eq!(fails(&fresh), Some(("propagation", forbidden)));
    let served = Call { verdict: Some(Verdict::Ok), ..call("own") };
    assert_eq!(failing(served, &fresh), None);
}

#[test]
fn what_may_not_be_read_is_unknown_and_never_blamed() {
    let chain = Chain::of(call("own"), &inventory(), &Looked::default(), now());
    assert_eq!(chain.failing(), None);
    let unknown = chain.links.iter().filter(|link| link.state == LinkState::Unknown).count();
    assert_eq!(unknown, 5, "{:#?}", chain.links);
    assert_eq!(chain.all_clear(), "nothing that could be looked at stands in the way of a call");
    // Since when a key is as it is may stay open: that alone is no doubt.
    let clear = Chain::of(call("own"), &inventory(), &Looked { changed_at: None, ..sound() }, now());
    assert_eq!(clear.all_clear(), "nothing stands in the way of a call");
    let refused = Call { verdict: Some(Verdict::Forbidden), ..call("own") };
    let chain = Chain::of(refused, &inventory(), &sound(), now());
    assert!(chain.unexplained().is_some());
}

#[test]
fn an_answer_is_the_apis_own_only_where_a_caller_can_tell() {
    let of = |kinds: &[(&str, Option<u16>, bool)]| {
        let own = |&(kind, status, body): &(&str, _, _)| (kind.to_owned(), OwnAnswer { status, body });
        OwnAnswers(kinds.iter().map(own).collect())
    };
    let cases = [
        (of(&[]), Answer::QuotaSpent, "429 Limit Exceeded", Some("Limit Exceeded")),
        (
            of(&[("THROTTLED", Some(503), false)]),
            Answer::QuotaSpent,
            "429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        // The same status and only other headers.
        (
            of(&[("QUOTA_EXCEEDED", Some(429), false)]),
            Answer::QuotaSpent,
            "429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        (
            of(&[("QUOTA_EXCEEDED", Some(402), false), ("DEFAULT_4XX", Some(418), true)]),
            Answer::QuotaSpent,
            "402, this API's own answer instead of 429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        (
            of(&[("DEFAULT_4XX", None, true)]),
            Answer::NoSuchMethod,
            "403, this API's own answer instead of 403 Missing Authentication Token",
            None,
        ),
        (
            of(&[("INVALID_API_KEY", Some(401), true)]),
            Answer::Forbidden,
            "401, this API's own answer instead of 403 Forbidden",
            None,
        ),
        (
            of(&[("DEFAULT_4XX", Some(418), true)]),
            Answer::LetIn,
            "the backend's answer, with or without a key",
            None,
        ),
    ];
    for (own, answer, words, message) in cases {
        let answered = Answered { answer, own: own.of(answer) };
        assert_eq!((answered.in_words().as_str(), answered.message()), (words, message), "{own:?}");
    }
    let nowhere = Link::fails(LinkKind::Stage, "gone", Answer::Forbidden, "deploy".into());
    assert_eq!(nowhere.customised(&of(&[("DEFAULT_4XX", Some(418), true)])), None, "no stage, no API");
}

#[test]
fn an_api_key_that_is_being_deleted_is_never_offered_to_be_enabled() {
    let tagged = |mut key: ApiKey| {
        key.tags =
            BTreeMap::from([(crate::key::tag::DELETING.to_owned(), "2026-11-22T18:00:00Z".to_owned())]);
        key
    };
    for (row, enabled) in [("off", false), ("mute", false), ("loose", true)] {
        let seen = inventory().with_api_keys([(row.into(), Some(tagged(key(row, enabled))))]);
        let listed_without_tags = Looked { is_being_deleted: true, ..sound() };
        for (seen, looked) in [(&seen, &sound()), (&inventory(), &listed_without_tags)] {
            let chain = Chain::of(call(row), seen, looked, now());
            let changes = chain.links.iter().filter(|link| matches!(link.remedy, Some(Remedy::Change(_))));
            assert_eq!(changes.count(), 0, "{row}: {:#?}", chain.links);
            let failing = chain.failing().expect("it fails");
            assert!(failing.seen.contains("deletion has begun"), "{row}: {}", failing.seen);
            let remedy = failing.remedy.as_ref().map(|remedy| remedy.sentence(seen)).unwrap_or_default();
            assert!(remedy.contains("keypool doctor --fix"), "{row}: {remedy}");
        }
    }
    let seen = inventory().with_api_keys([("own".into(), Some(tagged(key("own", true))))]);
    let chain = Chain::of(call("own"), &seen, &sound(), now());
    assert_eq!(chain.failing(), None, "it is let in until it is disabled");
    let enabled = chain.links.iter().find(|link| link.kind == LinkKind::Enabled).expect("the link");
    assert!(enabled.seen.contains("until its deletion"), "{}", enabled.seen);
}

#[test]
fn an_api_key_that_is_being_deleted_is_not_enabled_again() {
    let mut off = key("mute", false);
    off.tags = BTreeMap::from([(crate::key::tag::DELETING.to_owned(), "now".to_owned())]);
    let seen = inventory().with_api_keys([("mute".into(), Some(off))]);
    let edit = crate::Edit { enabled: Some(true), ..crate::Edit::default() };
    let enable = Change::Edit { row: "mute".into(), edit };
    for change in [enable, Change::Switch { rows: vec!["mute".into()], enabled: true }] {
        let refused = change.units(&seen).expect_err("it is being deleted");
        assert_eq!(refused, crate::Refusal::BeingDeleted("mute".into()));
    }
}
