//! Answers made of exchanges: problems with places, conflicts, changes; judges that cannot be posed as; and no value of a
//! Secret in any part.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod recordings;

use proptest::prelude::*;
use regoscope::core::dry_run::{
    Answer, Asked, Change, Exchange, Judge, NoAnswer, ObjectRef, Outcome, Sent, Target, Unjudged, Verdict,
    Versions, classify,
};
use regoscope::core::file::FileId;
use regoscope::core::manifest::expand::pod_of;
use serde_json::{Value, json};

fn target(yours: &Value) -> Target {
    let text = |pointer: &str| yours.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let object = ObjectRef {
        api_version: text("/apiVersion"),
        kind: text("/kind"),
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name"),
    };
    Target { file: FileId(1), index: 0, derived: false, object }
}

fn ask(yours: Value, live: Option<Outcome>, dry_run: Outcome, unforced: Option<Outcome>) -> Answer {
    let target = target(&yours);
    Answer::new(Asked { context: "dev".to_owned(), target, yours, derived: None, live, dry_run, unforced })
}

fn recorded(name: &str) -> Answer {
    let recording = recordings::one(name);
    ask(recording.request_object(), None, Ok(recording.exchange), None)
}

fn exchange(status: u16, content_type: &str, body: &str) -> Exchange {
    let uri = "/api/v1/namespaces/dev/pods/web?dryRun=All&fieldManager=kubectl".to_owned();
    Exchange {
        sent: Sent { method: "PATCH".to_owned(), uri, status: Some(status), elapsed_us: 1 },
        status,
        content_type: content_type.to_owned(),
        warnings: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

fn failure(code: u16, reason: &str, message: &str) -> Exchange {
    let body = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason,
        "details": { "causes": [{ "reason": "FieldManagerConflict", "field": ".spec", "message": "conflict with \"x\"" }] },
        "code": code });
    exchange(code, "application/json", &body.to_string())
}

#[test]
fn problems_lead_to_places() {
    let cases: &[(&str, &[&str])] = &[
        (
            "001",
            &[
                "/spec/hostNetwork",
                "/spec/hostPID",
                "/spec/hostIPC",
                "/spec/containers/0/securityContext/privileged",
                "/spec/containers/0/securityContext/allowPrivilegeEscalation",
                "/spec/containers/0/securityContext/capabilities/drop",
                "/spec/volumes/0/hostPath",
                "/spec/containers/0/securityContext/runAsNonRoot",
                "/spec/containers/0/securityContext/runAsUser",
                "/spec/containers/0/securityContext/seccompProfile/type",
            ],
        ),
        ("009", &["/spec/hostPid"]),
        ("016", &["/spec/containers/0/env/0/value", "/spec/containers/0/env/1/value"]),
        ("017", &["/data/a"]),
        (
            "020",
            &["/spec/containers/0/image", "/spec/containers/0/ports/0/containerPort", "/spec/restartPolicy"],
        ),
        ("021", &["/spec/containers"]),
        ("026", &["/spec/containers/0/bogus"]),
        ("034", &["/metadata/managedFields"]),
        ("044", &["/spec/template/metadata/labels", "/spec/selector"]),
        ("047", &["/spec"]),
        ("052", &["/metadata/labels/pod-security.kubernetes.io~1enforce"]),
        ("118", &["/spec/size"]),
        ("119", &["/spec/size"]),
        ("123", &["/metadata/name"]),
        ("130", &["/metadata/annotations"]),
        ("106", &[]),
    ];
    for (recording, expected) in cases {
        let recording = recordings::one(recording);
        let answer = ask(recording.request_object(), None, Ok(recording.exchange), None);
        let found: Vec<&str> =
            answer.problems.iter().filter_map(|problem| problem.pointer.as_deref()).collect();
        assert_eq!(found, *expected, "{}: {:?}", recording.file, answer.problems);
        assert!(
            answer.problems.iter().all(|problem| !problem.message.is_empty() && !problem.path.is_empty())
        );
    }
}

#[test]
fn a_derived_pods_problems_are_in_the_workload() {
    let workload = recordings::one("006").request_object();
    let derived = pod_of(&workload).unwrap();
    let mut denied = recordings::one("001").exchange;
    denied.sent.method = "POST".to_owned();
    let mut target = target(&derived.pod);
    target.derived = true;
    let yours = derived.pod.clone();
    let answer = Answer::new(Asked {
        context: "dev".to_owned(),
        target,
        yours,
        derived: Some(derived),
        live: None,
        dry_run: Ok(denied),
        unforced: None,
    });
    assert_eq!(answer.problems[0].pointer.as_deref(), Some("/spec/template/spec/hostNetwork"));
    assert_eq!(
        answer.problems[3].pointer.as_deref(),
        Some("/spec/template/spec/containers/0/securityContext/privileged")
    );
}

#[test]
fn messages_come_in_their_parts() {
    let parts = |name: &str| -> Vec<(Option<String>, String)> {
        recorded(name).messages.into_iter().map(|message| (message.constraint, message.text)).collect()
    };
    assert_eq!(
        parts("107"),
        [
            (Some("no-privileged".to_owned()), "privileged container".to_owned()),
            (Some("no-hostpath".to_owned()), "hostPath volume".to_owned()),
        ]
    );
    assert_eq!(parts("102"), [(None, "no privileged containers".to_owned())]);
    assert_eq!(parts("001").len(), 8);
    let gatekeeper = |said: &str| {
        let denied = format!("admission webhook \"validation.gatekeeper.sh\" denied the request: {said}");
        classify(&failure(403, "Forbidden", &denied)).messages
    };
    for (said, expected) in [
        ("[a] one", vec![(Some("a"), "one")]),
        ("[a] one\n[b-c.d] two", vec![(Some("a"), "one"), (Some("b-c.d"), "two")]),
        ("[a] one\nmore of it\n[b] two", vec![(Some("a"), "one\nmore of it"), (Some("b"), "two")]),
        ("[Not A Name] one", vec![(None, "[Not A Name] one")]),
        ("one\n[a] two", vec![(None, "one\n[a] two")]),
        ("[a]", vec![(None, "[a]")]),
    ] {
        let found = gatekeeper(said);
        let found: Vec<(Option<&str>, &str)> =
            found.iter().map(|message| (message.constraint.as_deref(), message.text.as_str())).collect();
        assert_eq!(found, expected, "{said}");
    }
}

#[test]
fn what_would_happen_to_the_live_object() {
    let live = |name: &str| Some(Ok(recordings::one(name).exchange));
    let with = |name: &str, live: Option<Outcome>| {
        let recording = recordings::one(name);
        ask(recording.request_object(), live, Ok(recording.exchange), None).change
    };
    assert_eq!(with("004", live("132")), Some(Change::WouldCreate));
    assert_eq!(with("144", live("039")), Some(Change::NoChange));
    assert_eq!(with("041", live("039")), Some(Change::WouldChange));
    // Nobody could look, and why; or it is refused.
    let recording = recordings::one("041");
    let unread = ask(recording.request_object(), live("069"), Ok(recording.exchange), None).unread;
    assert!(matches!(unread, Some(Verdict::Forbidden { missing }) if missing.verb == "get"));
    let recording = recordings::one("004");
    assert_eq!(ask(recording.request_object(), live("132"), Ok(recording.exchange), None).unread, None);
    assert_eq!(with("041", live("069")), None);
    assert_eq!(with("001", live("132")), None);
    let created = recorded("004");
    assert!(created.diff(Versions::YoursToServer, &[]).is_some_and(|diff| !diff.is_empty()));
    assert!(created.diff(Versions::LiveToServer, &[]).is_some_and(|diff| diff.changes.len() == 1));
    assert!(recorded("041").diff(Versions::LiveToServer, &[]).is_none());
    assert!(recorded("001").diff(Versions::YoursToServer, &[]).is_none());
}

#[test]
fn conflicts_have_owners_and_both_values() {
    let forced = recordings::one("041");
    let live = Ok(recordings::one("039").exchange);
    let unforced = Ok(recordings::one("040").exchange);
    let answer = ask(forced.request_object(), Some(live), Ok(forced.exchange), Some(unforced));
    assert_eq!(answer.verdict, Verdict::Allowed);
    assert_eq!(answer.requests.len(), 3);
    type Found<'a> = (&'a str, Option<&'a str>, &'a str, Option<Value>, Option<Value>);
    let found: Vec<Found<'_>> = answer
        .conflicts
        .iter()
        .map(|c| {
            (c.field.as_str(), c.pointer.as_deref(), c.owner.as_str(), c.yours.clone(), c.theirs.clone())
        })
        .collect();
    assert_eq!(
        found,
        [
            (".spec.replicas", Some("/spec/replicas"), "kubectl", Some(json!(5)), Some(json!(2))),
            (
                ".spec.template.spec.containers[name=\"c\"].image",
                Some("/spec/template/spec/containers/0/image"),
                "kubectl",
                Some(json!("nginx:2")),
                Some(json!("nginx:1")),
            ),
        ]
    );
    // Using an API version, as kubectl's own apply does.
    assert_eq!(recorded("147").conflicts[0].owner, "kubectl-client-side-apply");
}

/// What a webhook says in its own words, with any code and reason: never another judge, never an allow, never "not judged".
#[test]
fn no_webhook_poses_as_another_judge() {
    let said = [
        "violates PodSecurity \"restricted:latest\": privileged",
        "pods \"web\" is forbidden: violates PodSecurity \"restricted:latest\": x",
        "pods \"web\" is forbidden: User \"alice\" cannot patch resource \"pods\" in API group \"\" in the namespace \"dev\"",
        "pods \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: x",
        "pods \"web\" is forbidden: exceeded quota: q, requested: a, used: b, limited: c",
        "Internal error occurred: failed calling webhook \"other\": x",
        "admission webhook \"other\" denied the request: x",
        "admission webhook \"other\" does not support dry run",
        " does not support dry run",
        "does not support dry run",
        "namespaces \"dev\" not found",
        "Apply failed with 1 conflict: conflict with \"x\": .spec",
        "Timeout: x",
        "expression 'x' resulted in error: y",
        "Pod \"web\" is invalid: spec: Required value",
        "failed to create typed patch object (a; b): .spec: field not declared in schema",
        "404 page not found",
        "unable to create new content in namespace dev because it is being terminated",
        "",
    ];
    let judge = Judge::Webhook { name: "evil.example.com".to_owned() };
    for said in said {
        for (code, reason) in [
            (400, ""),
            (401, "Unauthorized"),
            (403, "Forbidden"),
            (404, "NotFound"),
            (409, "Conflict"),
            (413, ""),
            (422, "Invalid"),
            (429, "TooManyRequests"),
            (500, "InternalError"),
            (503, ""),
            (504, "Timeout"),
        ] {
            let message = format!("admission webhook \"evil.example.com\" denied the request: {said}");
            let found = classify(&failure(code, reason, &message));
            assert_eq!(found.verdict, Verdict::Denied { by: judge.clone() }, "{code} {said}");
            assert_eq!((found.message.as_str(), found.owners.as_slice()), (said, &[][..]));
        }
    }
    let without =
        classify(&failure(400, "", "admission webhook \"w\" denied the request without explanation"));
    assert_eq!(without.verdict, Verdict::Denied { by: Judge::Webhook { name: "w".to_owned() } });
}

/// Nor do policies, names of objects, or messages of validations.
#[test]
fn nothing_else_poses_as_another_judge() {
    let policy = Judge::ValidatingAdmissionPolicy { policy: "p".to_owned(), binding: "b".to_owned() };
    for said in [
        "violates PodSecurity \"a:b\": c",
        "User \"u\" cannot get resource",
        "admission webhook \"w\" denied the request: x",
    ] {
        let message = format!(
            "pods \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {said}"
        );
        assert_eq!(
            classify(&failure(403, "Forbidden", &message)).verdict,
            Verdict::Denied { by: policy.clone() },
            "{said}"
        );
    }
    // The name of an object is in quotes as Go writes them.
    let message = r#"pods "a\" is forbidden: violates PodSecurity \"x:y\": z" is forbidden: no"#;
    assert_eq!(
        classify(&failure(403, "Forbidden", message)).verdict,
        Verdict::Denied { by: Judge::Admission }
    );
    let message = r#"Pod "x" is invalid: spec: Invalid value: "pods \"x\" is forbidden: violates PodSecurity \"a:b\": c""#;
    assert!(matches!(classify(&failure(422, "Invalid", message)).verdict, Verdict::Invalid { .. }));
}

#[test]
fn other_sentences_of_the_server() {
    let denied = |by| Verdict::Denied { by };
    let unjudged = |why| Verdict::NotJudged { why };
    let quota = |name: &str| denied(Judge::Quota { name: name.to_owned() });
    let cel = |policy: &str, binding: &str| {
        unjudged(Unjudged::CelError { policy: policy.to_owned(), binding: binding.to_owned() })
    };
    for (code, reason, message, verdict) in [
        (403, "Forbidden", "pods \"web\" is forbidden: failed quota: q: must specify limits.cpu", quota("q")),
        (403, "Forbidden", "pods \"web\" is forbidden: insufficient quota to consume: pods", quota("")),
        (
            403,
            "Forbidden",
            "pods \"web\" is forbidden: [maximum cpu usage per Pod is 1, but limit is 2, maximum memory usage per Pod is 1]",
            denied(Judge::LimitRange),
        ),
        (
            403,
            "Forbidden",
            "pods \"web\" is forbidden: cpu max limit to request ratio per Pod is 1, but no limit is specified or limit is 0",
            denied(Judge::LimitRange),
        ),
        (
            403,
            "Forbidden",
            "pods \"web\" is forbidden: unable to validate against any security context constraint: []",
            denied(Judge::Admission),
        ),
        (
            403,
            "Forbidden",
            "pods \"web\" is forbidden: not yet ready to handle request",
            unjudged(Unjudged::ServerError),
        ),
        (
            403,
            "Forbidden",
            "pods \"web\" is forbidden: error looking up service account dev/bot: serviceaccount \"bot\" not found",
            unjudged(Unjudged::ServiceAccountMissing { name: "dev/bot".to_owned() }),
        ),
        // The condition of a webhook, and a policy that is no longer whole.
        (403, "Forbidden", "pods \"web\" is forbidden: expression 'x' resulted in error: y", cel("", "")),
        (
            403,
            "Forbidden",
            "policy 'p' with binding 'b' denied request: failed to configure binding: no params found",
            cel("p", "b"),
        ),
        (403, "Forbidden", "policy \"p\" denied request: failed to configure policy", cel("p", "")),
        (
            422,
            "Invalid",
            "pods \"web\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed messageExpression: x",
            cel("p", ""),
        ),
        (
            500,
            "InternalError",
            "Internal error occurred: admission webhook \"m\" attempted to modify the object, which is not supported for this operation",
            unjudged(Unjudged::WebhookFailed { name: "m".to_owned() }),
        ),
        (500, "InternalError", "Internal error occurred: etcd is down", unjudged(Unjudged::ServerError)),
        (
            409,
            "AlreadyExists",
            "pods \"web-x\" already exists",
            Verdict::Conflict { kind: regoscope::core::dry_run::ConflictKind::Exists },
        ),
        (
            413,
            "RequestEntityTooLarge",
            "Request entity too large: limit is 3145728",
            unjudged(Unjudged::TooLarge),
        ),
        (
            429,
            "TooManyRequests",
            "Too many requests: please try again later",
            unjudged(Unjudged::TooManyRequests),
        ),
        (
            503,
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
            unjudged(Unjudged::ServerError),
        ),
    ] {
        assert_eq!(classify(&failure(code, reason, message)).verdict, verdict, "{message}");
    }
}

#[test]
fn only_the_right_object_of_an_api_server_is_an_allow() {
    let yours =
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web", "namespace": "dev" } });
    let stored = |change: &dyn Fn(&mut Value)| {
        let mut stored = yours.clone();
        change(&mut stored);
        stored.to_string()
    };
    let verdict = |status, content_type, body: &str| {
        ask(yours.clone(), None, Ok(exchange(status, content_type, body)), None).verdict
    };
    let json = "application/json";
    assert_eq!(verdict(200, json, &stored(&|_| {})), Verdict::Allowed);
    let unjudged = |why| Verdict::NotJudged { why };
    for (status, content_type, body, why) in [
        (200, "text/html", "<html>Sign in</html>".to_owned(), Unjudged::HtmlFromProxy),
        (200, json, "  <!DOCTYPE html><title>Login".to_owned(), Unjudged::HtmlFromProxy),
        (502, "text/html", "<html>Bad Gateway</html>".to_owned(), Unjudged::HtmlFromProxy),
        (200, json, "{\"kind\":\"Pod\",\"apiVer".to_owned(), Unjudged::NotKubernetes),
        (200, json, "[]".to_owned(), Unjudged::NotKubernetes),
        (200, json, "{}".to_owned(), Unjudged::NotKubernetes),
        (200, json, String::new(), Unjudged::NotKubernetes),
        (302, json, String::new(), Unjudged::NotKubernetes),
        (404, "text/plain", "no such page".to_owned(), Unjudged::NotKubernetes),
        (401, "text/plain", "who are you".to_owned(), Unjudged::Unauthorized),
        (429, "text/plain", "slow".to_owned(), Unjudged::TooManyRequests),
        (502, "text/plain", "upstream".to_owned(), Unjudged::ServerError),
        (504, "text/plain", "upstream".to_owned(), Unjudged::Timeout),
        (
            200,
            json,
            r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"odd"}"#.to_owned(),
            Unjudged::NotKubernetes,
        ),
        (
            200,
            json,
            r#"{"kind":"Status","apiVersion":"v1","status":"Success"}"#.to_owned(),
            Unjudged::WrongObject,
        ),
        (200, json, stored(&|pod| pod["kind"] = "Node".into()), Unjudged::WrongObject),
        (200, json, stored(&|pod| pod["apiVersion"] = "v2".into()), Unjudged::WrongObject),
        (200, json, stored(&|pod| pod["metadata"]["name"] = "other".into()), Unjudged::WrongObject),
        (200, json, stored(&|pod| pod["metadata"]["namespace"] = "other".into()), Unjudged::WrongObject),
    ] {
        assert_eq!(verdict(status, content_type, &body), unjudged(why), "{status} {body}");
    }
    let gone = NoAnswer { sent: None, why: Unjudged::Unreachable { detail: "refused".to_owned() } };
    let answer = ask(yours.clone(), None, Err(gone.clone()), None);
    assert_eq!((answer.verdict, answer.status, answer.body.as_str()), (unjudged(gone.why), None, ""));
}

#[test]
fn an_answer_travels_as_json() {
    for name in ["001", "040", "074", "104", "108", "004"] {
        let answer = recorded(name);
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer, "{name}");
    }
}

#[test]
fn recorded_secrets_are_masked() {
    let answer = recorded("053");
    assert_eq!(answer.verdict, Verdict::Allowed);
    assert_eq!(answer.yours["stringData"].as_object().unwrap().values().next().unwrap(), "***");
    assert_eq!(answer.stored.as_ref().unwrap()["data"].as_object().unwrap().values().next().unwrap(), "***");
    let sent = recordings::one("053").request_object();
    let value = sent["stringData"].as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
    let whole = serde_json::to_string(&answer).unwrap();
    assert!(value.len() < 4 || !whole.contains(&value), "{whole}");
}

/// A value of a Secret: letters of an alphabet that nothing else here is written in, with what has to be escaped.
fn secret_value() -> impl Strategy<Value = String> {
    "[ΑΒΓΔΕabc\"\\\\\n]{0,20}[ΑΒΓΔΕ]{4}[ΑΒΓΔΕabc\"\\\\\n]{0,20}"
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
        for digit in 0..4 {
            let letter = char::from(LETTERS[((word >> (18 - 6 * digit)) & 63) as usize]);
            out.push(if digit <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

/// A secret in every place where it can be, and answers that repeat it in every way.
fn answers_about(values: &[String; 3]) -> Vec<Answer> {
    let [sent, live, new] = values;
    let object = |plain: &str, old: &str| {
        let applied = json!({ "kind": "Secret", "stringData": { "p": plain }, "data": { "q": base64(old) } })
            .to_string();
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": { "name": "s", "namespace": "dev",
                "annotations": { "kubectl.kubernetes.io/last-applied-configuration": applied } },
            "data": { "p": base64(plain) }, "stringData": { "p": plain },
        })
    };
    let yours = object(sent, live);
    let allowed = exchange(200, "application/json", &object(new, sent).to_string());
    let mut warned = allowed.clone();
    warned.warnings =
        vec![format!("299 - \"odd value {}\"", sent.replace('\\', "\\\\").replace('"', "\\\"")).into_bytes()];
    let known = exchange(200, "application/json", &object(live, new).to_string());
    let said = format!(
        "Secret \"s\" is invalid: data[p]: Invalid value: {}: and {} and {sent}",
        json!(sent),
        base64(sent)
    );
    let schema = format!(
        "failed to create typed patch object (dev/s; /v1, Kind=Secret): .data.p: expected x, got &{{{sent}}}"
    );
    let conflict = exchange(409, "application/json", &json!({
        "kind": "Status", "status": "Failure", "code": 409, "reason": "Conflict",
        "message": "Apply failed with 1 conflict: conflict with \"kubectl\": .data.p",
        "details": { "causes": [{ "reason": "FieldManagerConflict", "field": ".data.p", "message": "conflict with \"kubectl\"" }] },
    }).to_string());
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": [yours.clone()] });
    let secrets =
        json!({ "apiVersion": "v1", "kind": "SecretList", "items": [{ "data": { "p": base64(new) } }] });
    vec![
        ask(yours.clone(), Some(Ok(known.clone())), Ok(allowed), Some(Ok(conflict))),
        ask(yours.clone(), None, Ok(warned), None),
        ask(yours.clone(), Some(Ok(known)), Ok(failure(422, "Invalid", &said)), None),
        ask(yours.clone(), None, Ok(failure(500, "", &schema)), None),
        ask(yours.clone(), None, Ok(exchange(500, "text/plain", &format!("panic: {}", base64(sent)))), None),
        ask(yours, None, Ok(exchange(200, "application/json", &secrets.to_string())), None),
        ask(list, None, Ok(failure(400, "BadRequest", &said)), None),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_part_of_an_answer_has_the_value_of_a_secret(values in [secret_value(), secret_value(), secret_value()]) {
        for answer in answers_about(&values) {
            let mut texts = vec![format!("{answer:?}"), serde_json::to_string(&answer).unwrap()];
            for versions in [Versions::YoursToServer, Versions::LiveToServer] {
                texts.push(serde_json::to_string(&answer.diff(versions, regoscope::core::dry_run::Noise::ALL)).unwrap());
            }
            for text in &texts {
                for value in &values {
                    let forms = [value.clone(), base64(value), json!(value).to_string(), format!("{value:?}")];
                    for form in forms.iter().map(|form| form.trim_matches('"')) {
                        prop_assert!(!text.contains(form), "{form:?} in {text}");
                    }
                    // Nor the letters that nothing else is written in.
                    prop_assert!(!text.contains(['Α', 'Β', 'Γ', 'Δ', 'Ε']), "{text}");
                }
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(status in 0_u16..1000, content_type in ".{0,12}", body in prop::collection::vec(any::<u8>(), 0..200),
        warning in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut odd = exchange(status, &content_type, "");
        odd.body = body;
        odd.warnings = vec![warning];
        let found = classify(&odd);
        // Arbitrary bytes are never an allow.
        prop_assert!(matches!(found.verdict, Verdict::NotJudged { .. }), "{found:?}");
        let _ = ask(json!({ "kind": "Secret", "data": { "a": "value" } }), Some(Ok(odd.clone())), Ok(odd.clone()), Some(Ok(odd)));
    }

    #[test]
    fn no_sentence_makes_it_panic(
        start in prop::sample::select(vec![
            "", "admission webhook \"", "pods \"a\" is forbidden: ", "Pod \"a\" is invalid: ", "policy '", "Apply failed with ",
            "pods \"a\" is forbidden: User \"", "pods \"a\" is forbidden: ValidatingAdmissionPolicy '",
            "pods \"a\" is forbidden: violates PodSecurity \"a:b\": ", "failed to create typed patch object (a; b): ",
            "Pod in version \"v1\" cannot be handled as a ", "Internal error occurred: failed calling webhook \"", "namespaces \"",
        ]),
        rest in "[a-z \"'\\\\:;,.()\\[\\]=\n日-]{0,60}",
        status in 400_u16..600,
    ) {
        let answer = ask(json!({ "kind": "Pod", "spec": { "containers": [{ "name": "a" }] } }), None,
            Ok(failure(status, "Forbidden", &format!("{start}{rest}"))), None);
        prop_assert!(answer.verdict != Verdict::Allowed);
    }
}
