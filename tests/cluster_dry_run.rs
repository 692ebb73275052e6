//! What is sent to a cluster and what is made of its answers, over real sockets on loopback.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod loopback;
mod recordings;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loopback::{Asker, Loopback, Reply, Request, allow, ask, bind, documents, kinds, wait_until};
use regoscope::cluster::dry_run::Options;
use regoscope::cluster::runtime::{Ask, Event, Failure, Setup};
use regoscope::core::dry_run::{Answer, Change, ConflictKind, Unjudged, Verdict, classify};
use serde_json::json;

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: x}]}\n";

fn answers(events: &[Event]) -> Vec<&Answer> {
    let mut answers: Vec<&Answer> = events
        .iter()
        .filter_map(|event| match event {
            Event::Answered { answer, .. } => Some(&**answer),
            _ => None,
        })
        .collect();
    answers.sort_by_key(|answer| (answer.context.clone(), answer.target.index, answer.target.derived));
    answers
}

fn why(answer: &Answer) -> &Unjudged {
    match &answer.verdict {
        Verdict::NotJudged { why } => why,
        verdict => panic!("{verdict:?}"),
    }
}

/// What one server says about a manifest.
fn ask_one(server: &Loopback, manifest: &str) -> Vec<Answer> {
    let events = Asker::new(None).ask(ask(&[server.context("dev")], manifest));
    answers(&events).into_iter().cloned().collect()
}

/// Why the context of a server cannot be asked.
fn failure(server: &Loopback) -> Unjudged {
    let events = Asker::new(None).ask(ask(&[server.context("dev")], POD));
    assert!(answers(&events).is_empty());
    match events.first() {
        Some(Event::Failed { why: Failure::Server(why), .. }) => why.clone(),
        event => panic!("{event:?}"),
    }
}

#[test]
fn a_named_object_is_looked_at_and_then_applied_without_effect() {
    let server = Loopback::allowing();
    let got = ask_one(&server, POD);
    assert_eq!(
        server.lines(),
        [
            "GET /api/v1/namespaces/shop/pods/web",
            "PATCH /api/v1/namespaces/shop/pods/web?dryRun=All&fieldManager=kubectl&fieldValidation=Strict\
             &timeout=10s&force=true",
        ]
    );
    let seen = server.seen();
    let patch = seen.iter().find(|request| request.method == "PATCH").unwrap();
    assert_eq!(patch.header("content-type"), "application/apply-patch+yaml");
    assert_eq!(patch.header("authorization"), "Bearer canary-token");
    assert!(patch.header("user-agent").starts_with("regoscope/"));
    assert_eq!(
        patch.json(),
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web", "namespace": "shop" },
            "spec": { "containers": [{ "name": "a", "image": "x" }] },
        })
    );
    assert_eq!((&got[0].verdict, got[0].change), (&Verdict::Allowed, Some(Change::WouldCreate)));
    assert_eq!(got[0].target.object.namespace, "shop");
    assert_eq!(got[0].requests.len(), 2);
    assert_eq!(got[0].requests[0].status, Some(404));
}

#[test]
fn an_object_without_a_name_is_posted() {
    let server = Loopback::allowing();
    let got =
        ask_one(&server, "apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-, namespace: other}\n");
    assert_eq!(
        server.lines(),
        [
            "POST /api/v1/namespaces/other/pods?dryRun=All&fieldManager=kubectl&fieldValidation=Strict&timeout=10s"
        ]
    );
    assert_eq!(got[0].verdict, Verdict::Allowed);
}

#[test]
fn an_object_of_the_cluster_has_no_namespace_in_its_address() {
    let server = Loopback::allowing();
    ask_one(&server, "apiVersion: v1\nkind: Namespace\nmetadata: {name: new}\n");
    assert_eq!(server.lines()[0], "GET /api/v1/namespaces/new");
}

#[test]
fn the_pod_of_a_workload_is_asked_about_too() {
    let server = Loopback::kubernetes(|request| match request.method.as_str() {
        "POST" => Reply::failure(
            403,
            "Forbidden",
            "pods \"web-x\" is forbidden: violates PodSecurity \"restricted:latest\": hostPID=true",
        ),
        _ => allow(request),
    });
    for kind in ["Deployment", "StatefulSet"] {
        let manifest = format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\n\
             spec: {{template: {{spec: {{hostPID: true, containers: []}}}}}}\n"
        );
        let got = ask_one(&server, &manifest);
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].target.derived, &got[0].verdict), (false, &Verdict::Allowed));
        assert!(
            got[1].target.derived && matches!(got[1].verdict, Verdict::Denied { .. }),
            "{:?}",
            got[1].verdict
        );
        let seen = server.seen();
        let pod = seen
            .iter()
            .rfind(|request| request.method == "POST" && request.path().ends_with("/pods"))
            .unwrap();
        // An owner without uid would be refused, and the running Pod of that name would be in the way.
        assert_eq!(pod.json()["metadata"].get("ownerReferences"), None);
        assert_eq!(pod.json()["metadata"].get("name"), None);
        assert!(pod.json()["metadata"]["generateName"].as_str().unwrap().starts_with("web-"));
        assert_eq!(pod.json()["metadata"]["namespace"], "shop");
    }
}

/// A server with a live ConfigMap of these managers, which conflicts without force.
fn shared_by(managers: &'static [(&str, &str)]) -> Loopback {
    let live = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": { "a": "theirs" },
        "metadata": {
            "name": "c", "namespace": "shop", "uid": "1",
            "managedFields": managers.iter().map(|(manager, operation)| json!({
                "manager": manager, "operation": operation,
            })).collect::<Vec<_>>(),
        },
    });
    Loopback::kubernetes(move |request| {
        if request.method == "PATCH" && !request.target.contains("force=true") {
            let mut status = json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Conflict", "code": 409,
                "message": "Apply failed with 1 conflict: conflict with \"helm\" using v1: .data.a",
            });
            status["details"] = json!({ "causes": [{
                "reason": "FieldManagerConflict", "message": "conflict with \"helm\" using v1", "field": ".data.a",
            }]});
            return Reply::json(409, &status);
        }
        Reply::json(200, &live)
    })
}

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: mine}\n";

#[test]
fn where_others_own_fields_the_conflicts_are_asked_for() {
    for (managers, requests) in [
        (&[("helm", "Apply")][..], 3),
        (&[("kubectl", "Apply"), ("controller", "Update")], 3),
        (&[("kubectl", "Update")], 3),
        (&[("kubectl", "Apply")], 2),
        (&[], 2),
    ] {
        let server = shared_by(managers);
        let got = ask_one(&server, CONFIG_MAP);
        assert_eq!(server.lines().len(), requests, "{managers:?} {:?}", server.lines());
        assert_eq!(got[0].verdict, Verdict::Allowed);
        assert_eq!(got[0].conflicts.len(), requests - 2);
    }
}

#[test]
fn without_force_a_conflict_is_the_verdict() {
    let server = shared_by(&[("helm", "Apply")]);
    let options =
        Options { manager: "me & you".to_owned(), force: false, namespace: Some("elsewhere".to_owned()) };
    let ask = Ask { options, ..ask(&[server.context("dev")], CONFIG_MAP) };
    let events = Asker::new(None).ask(ask);
    assert_eq!(
        server.lines()[1],
        "PATCH /api/v1/namespaces/elsewhere/configmaps/c?dryRun=All&fieldManager=me%20%26%20you\
         &fieldValidation=Strict&timeout=10s"
    );
    assert_eq!(server.lines().len(), 2);
    assert_eq!(answers(&events)[0].verdict, Verdict::Conflict { kind: ConflictKind::Ownership });
}

/// Each recorded answer, through client and socket, is what it is when it is read from its file.
#[test]
fn every_recorded_answer_arrives_as_it_was_recorded() {
    let mut played = 0;
    for recording in recordings::all() {
        let object = recording.request_object();
        let sent = recording.exchange.sent.clone();
        let (Some(api_version), Some(kind)) = (object["apiVersion"].as_str(), object["kind"].as_str()) else {
            continue;
        };
        let name = object.pointer("/metadata/name").or(object.pointer("/metadata/generateName"));
        let path = sent.uri.split('?').next().unwrap().to_owned();
        // Self-reviews are not about objects, and a name with a slash is refused before it is sent.
        if !matches!(sent.method.as_str(), "PATCH" | "POST") || path.ends_with("reviews") {
            continue;
        }
        let Some(name) = name.and_then(|name| name.as_str()).filter(|name| !name.contains('/')) else {
            continue;
        };
        let base = if api_version.contains('/') {
            format!("/apis/{api_version}")
        } else {
            format!("/api/{api_version}")
        };
        let plural = path.split('/').rev().find(|part| part.ends_with('s')).unwrap_or("things").to_owned();
        let is_namespaced = path.contains("/namespaces/") && kind != "Namespace";
        let (kind, answer) = (kind.to_owned(), recording.exchange.clone());
        let server = Loopback::kubernetes(move |request: &Request| {
            if request.target == base {
                return kinds(&[(&plural, &kind, is_namespaced)]);
            }
            if request.path().contains("/apiservices/") {
                return Reply::json(200, &json!({ "spec": {} }));
            }
            if request.method == "GET" {
                return Reply::failure(404, "NotFound", "not there");
            }
            let mut headers = vec![("Content-Type".to_owned(), answer.content_type.clone())];
            for warning in &answer.warnings {
                headers.push(("Warning".to_owned(), String::from_utf8_lossy(warning).into_owned()));
            }
            Reply::Http(answer.status, headers, answer.body.clone())
        });
        let got = ask_one(&server, &object.to_string());
        let want = classify(&recording.exchange).verdict;
        let label = format!("{} {name}", recording.file);
        assert!(!got.is_empty(), "{label}");
        assert_eq!(got[0].verdict, want, "{label}");
        assert_eq!(got[0].warnings.is_empty(), recording.exchange.warnings.is_empty(), "{label}");
        played += 1;
    }
    assert!(played > 60, "only {played} were played");
}

#[test]
fn a_name_that_would_change_the_address_is_not_sent() {
    let server = Loopback::allowing();
    for (name, namespace) in [
        ("../../x", "shop"),
        ("a?force=true", "shop"),
        ("a#b", "shop"),
        ("a%2Fb", "shop"),
        ("..", "shop"),
        ("a b", "shop"),
        ("ok", "../kube-system"),
        ("ok", "a/b"),
    ] {
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": namespace } });
        let got = ask_one(&server, &pod.to_string());
        assert!(matches!(why(&got[0]), Unjudged::UnsafeName { .. }), "{name} {namespace}");
    }
    for api_version in ["v1/../../x", "a/b/c", "../v1", "apps%2F/v1"] {
        let pod = json!({ "apiVersion": api_version, "kind": "Pod", "metadata": { "name": "a" } });
        let got = ask_one(&server, &pod.to_string());
        assert!(matches!(why(&got[0]), Unjudged::UnsafeName { .. }), "{api_version}");
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn what_is_no_object_is_not_sent() {
    let server = Loopback::allowing();
    for (manifest, field) in [
        ("kind: Pod\nmetadata: {name: a}\n", "apiVersion"),
        ("apiVersion: v1\nmetadata: {name: a}\n", "kind"),
        ("apiVersion: v1\nkind: Pod\n", "metadata.name"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: 5}\n", "metadata.name"),
    ] {
        let got = ask_one(&server, manifest);
        assert_eq!(why(&got[0]), &Unjudged::Incomplete { field: field.to_owned() }, "{manifest}");
    }
    let big = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{a: {}}}}}",
        "x".repeat(3 << 20)
    );
    assert_eq!(why(&ask_one(&server, &big)[0]), &Unjudged::TooLarge);
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn an_unknown_kind_is_asked_for_and_waits_for_the_document_that_defines_it() {
    let server = Loopback::kubernetes(|request| match request.path() {
        "/apis/shop.example/v1" => Reply::text(404, "text/plain", "404 page not found"),
        "/apis/apiextensions.k8s.io/v1" => {
            kinds(&[("customresourcedefinitions", "CustomResourceDefinition", false)])
        }
        path if path.contains("/namespaces/new/") => {
            Reply::failure(404, "NotFound", "namespaces \"new\" not found")
        }
        _ => allow(request),
    });
    let got = ask_one(
        &server,
        "apiVersion: shop.example/v1\nkind: Order\nmetadata: {name: a}\n---\n\
         apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: orders.shop.example}\n\
         spec: {group: shop.example, names: {kind: Order}}\n---\n\
         apiVersion: v1\nkind: Nonsense\nmetadata: {name: a}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: new}\n---\n\
         apiVersion: v1\nkind: Namespace\nmetadata: {name: new}\n",
    );
    assert_eq!(why(&got[0]), &Unjudged::WaitsFor { document: 1 });
    assert_eq!(got[1].verdict, Verdict::Allowed);
    assert_eq!(why(&got[2]), &Unjudged::UnknownKind);
    assert_eq!(why(&got[3]), &Unjudged::WaitsFor { document: 4 });
}

#[test]
fn a_server_that_may_take_a_dry_run_for_a_write_is_not_asked() {
    const METRICS: &str = "apiVersion: metrics.example/v1\nkind: Gauge\nmetadata: {name: a}\n";
    /// What the OpenAPI document says about an apply.
    fn openapi(parameters: &str) -> Reply {
        let patch = format!(r#"{{"paths":{{"/a/{{name}}":{{"patch":{{"parameters":[{parameters}]}}}}}}}}"#);
        Reply::text(200, "application/json", &patch)
    }
    type Says = fn() -> Reply;
    let forbidden: Says = || Reply::failure(403, "Forbidden", "no");
    let cases: [(&str, Says, Says, bool); 6] = [
        ("a CRD", || Reply::json(200, &json!({ "spec": { "service": null } })), forbidden, true),
        (
            "another server",
            || Reply::json(200, &json!({ "spec": { "service": { "name": "m" } } })),
            forbidden,
            false,
        ),
        ("unreadable, knows dryRun", forbidden, || openapi(r#"{"name":"dryRun"}"#), true),
        ("unreadable, does not", forbidden, || openapi(r#"{"name":"force"}"#), false),
        ("unreadable, says nothing", forbidden, || Reply::json(200, &json!({ "paths": {} })), false),
        ("unreadable, no document", forbidden, || Reply::failure(404, "NotFound", "no"), false),
    ];
    for (label, registration, document, is_asked) in cases {
        let server = Loopback::kubernetes(move |request| match request.path() {
            "/apis/metrics.example/v1" => kinds(&[("gauges", "Gauge", true)]),
            "/apis/apiregistration.k8s.io/v1/apiservices/v1.metrics.example" => registration(),
            "/openapi/v3/apis/metrics.example/v1" => document(),
            _ => allow(request),
        });
        let got = ask_one(&server, METRICS);
        assert_eq!(got[0].verdict == Verdict::Allowed, is_asked, "{label}: {:?}", got[0].verdict);
        assert_eq!(server.lines().iter().any(|line| line.starts_with("PATCH")), is_asked, "{label}");
        if !is_asked {
            assert_eq!(
                why(&got[0]),
                &Unjudged::AggregatedApi { group: "metrics.example".to_owned() },
                "{label}"
            );
        }
    }
    let old = Loopback::start(|_| {
        Reply::json(200, &json!({ "major": "1", "minor": "17+", "gitVersion": "v1.17.3-gke" }))
    });
    assert_eq!(failure(&old), Unjudged::OldServer { version: "v1.17.3-gke".to_owned() });
    assert_eq!(old.seen().len(), 1);
}

#[test]
fn a_server_that_is_none_is_one_clear_reason() {
    type Says = fn() -> Reply;
    let cases: [(Says, Unjudged); 9] = [
        (|| Reply::text(200, "text/html", "<html>Log in</html>"), Unjudged::HtmlFromProxy),
        (|| Reply::text(407, "text/html", "<html>"), Unjudged::HtmlFromProxy),
        (|| Reply::text(200, "application/json", "{"), Unjudged::NotKubernetes),
        (|| Reply::json(200, &json!({ "hello": 1 })), Unjudged::NotKubernetes),
        (
            || Reply::Http(302, vec![("Location".into(), "http://127.0.0.1:1/".into())], vec![]),
            Unjudged::NotKubernetes,
        ),
        (|| Reply::failure(401, "Unauthorized", "Unauthorized"), Unjudged::Unauthorized),
        (|| Reply::Http(429, vec![("Retry-After".into(), "1000".into())], vec![]), Unjudged::TooManyRequests),
        (|| Reply::failure(500, "InternalError", "etcd"), Unjudged::ServerError),
        (|| Reply::Raw(b"SSH-2.0-OpenSSH_9\r\n".to_vec()), Unjudged::NotKubernetes),
    ];
    for (says, want) in cases {
        let server = Loopback::start(move |_| says());
        assert_eq!(failure(&server), want);
        assert_eq!(server.seen().len(), 1, "nothing is tried again");
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_one_clear_reason() {
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let plain = Loopback::allowing();
    for (server, says) in [
        (format!("http://127.0.0.1:{refused}"), "Unreachable { detail: \"Connection refused"),
        ("http://nosuch.invalid".to_owned(), "Unreachable { detail: \"DNS: "),
        (format!("https://127.0.0.1:{}", plain.port), "Tls { detail: "),
    ] {
        let context = bind(
            &plain
                .kubeconfig("dev", "{token: canary}")
                .replace(&format!("http://127.0.0.1:{}", plain.port), &server),
        );
        let events = Asker::new(None).ask(ask(&[context], POD));
        let Some(Event::Failed { why: Failure::Server(why), .. }) = events.first() else {
            panic!("{events:?}")
        };
        assert!(format!("{why:?}").starts_with(says), "{server}: {why:?}");
    }
}

#[test]
fn a_proxy_is_asked_to_connect_with_its_login_and_says_no() {
    let proxy = Loopback::start(|_| Reply::text(407, "text/html", "<html>"));
    for (scheme, server) in [("http", "https://k8s.invalid:6443"), ("http", "http://k8s.invalid:6443")] {
        let cluster =
            format!("server: \"{server}\", proxy-url: \"{scheme}://me:pa%40ss@127.0.0.1:{}\"", proxy.port);
        let context = bind(
            &proxy
                .kubeconfig("dev", "{token: canary}")
                .replace(&format!("server: \"http://127.0.0.1:{}\"", proxy.port), &cluster),
        );
        let events = Asker::new(None).ask(ask(&[context], POD));
        let Some(Event::Failed { why: Failure::Server(why), .. }) = events.first() else {
            panic!("{events:?}")
        };
        assert!(format!("{why:?}").starts_with("Unreachable { detail: \"proxy: "), "{why:?}");
    }
    let seen = proxy.seen();
    assert_eq!(seen.len(), 2);
    for request in seen {
        assert_eq!(request.line(), "CONNECT k8s.invalid:6443");
        assert_eq!(request.header("proxy-authorization"), "Basic bWU6cGFAc3M=");
        assert_eq!(request.header("authorization"), "", "the token is not for the proxy");
    }
}

#[test]
fn an_answer_may_be_packed() {
    /// `{"major":"1","minor":"36","gitVersion":"v1.36.4"}`
    const VERSION: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4d\xcc\xca\x2f\x52\xb2\x52\x32\x54\xd2\x51\xca\xcd\xcc\x03\xb3\x8d\xcd\x80\x9c\xf4\xcc\x92\xb0\xd4\xa2\xe2\xcc\xfc\x3c\xa0\x48\x99\xa1\x9e\xb1\x99\x9e\x89\x52\x2d\x00\x79\xef\xe4\x96\x31\x00\x00\x00";
    let server = Loopback::kubernetes(allow);
    let packed = Loopback::start(move |request| match request.target.as_str() {
        "/version" if request.header("accept-encoding").contains("gzip") => {
            let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")];
            Reply::Http(
                200,
                headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                VERSION.into(),
            )
        }
        _ => Reply::failure(404, "NotFound", "no"),
    });
    let events = Asker::new(None).ask(ask(&[packed.context("a"), server.context("b")], POD));
    let versions: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Connected { about, .. } => Some(about.version.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(versions, ["v1.36.4", "v1.36.4"]);
}

#[test]
fn settings_that_cannot_be_used_are_one_clear_reason() {
    let server = Loopback::allowing();
    let garbage = "Z2FyYmFnZQ==";
    let good = server.kubeconfig("dev", "{token: canary}");
    let of_cluster = |more: &str| good.replace("cluster: {server:", &format!("cluster: {{{more}, server:"));
    let of_user = |user: &str| server.kubeconfig("dev", user);
    let pem = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFRSUQKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
    for (kubeconfig, says) in [
        (
            of_cluster("certificate-authority-data: '!!!'"),
            "Tls { detail: \"certificate-authority: not base64",
        ),
        (
            of_cluster(&format!("certificate-authority-data: {garbage}")),
            "Tls { detail: \"certificate-authority: no certificate",
        ),
        (
            of_cluster(&format!("certificate-authority-data: {pem}")),
            "Tls { detail: \"rustls tls error: failed to add a root certificate",
        ),
        (
            of_cluster("certificate-authority: /nonexistent/ca"),
            "Tls { detail: \"certificate-authority: /nonexistent/ca: ",
        ),
        (of_cluster("proxy-url: 'ftp://me:canary@p'"), "Unreachable { detail: \"proxy-url: "),
        (of_cluster("tls-server-name: 'a b'"), "Tls { detail: \""),
        (
            of_user("{client-certificate-data: '!!!', client-key-data: '!!!'}"),
            "Credentials { detail: \"credentials: ",
        ),
        (
            of_user(&format!("{{client-certificate-data: {garbage}, client-key-data: {garbage}}}")),
            "Credentials { detail: ",
        ),
        (
            of_user(&format!("{{client-certificate-data: {garbage}}}")),
            "Credentials { detail: \"credentials: ",
        ),
        (
            of_user("{client-certificate: /nonexistent/c, client-key: /nonexistent/k}"),
            "Credentials { detail: ",
        ),
        (of_user("{tokenFile: /nonexistent/token}"), "Credentials { detail: \"credentials: "),
        (of_user("{token: canary, as: \"a\\nb\"}"), "Credentials { detail: \"credentials: "),
    ] {
        let events = Asker::new(None).ask(ask(&[bind(&kubeconfig)], POD));
        let Some(Event::Failed { why: Failure::Server(why), .. }) = events.first() else {
            panic!("{kubeconfig} {events:?}")
        };
        let why = format!("{why:?}");
        assert!(why.starts_with(says) && !why.contains("canary"), "{kubeconfig}: {why}");
    }
    assert!(server.seen().is_empty());
}

#[test]
fn who_asks_is_who_the_kubeconfig_says() {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "from-file\n").unwrap();
    let file = token.path().display();
    for (user, authorization, impersonated) in [
        ("{token: a}".to_owned(), "Bearer a", ""),
        ("{token: ''}".to_owned(), "", ""),
        ("{}".to_owned(), "", ""),
        (format!("{{token: a, tokenFile: {file}}}"), "Bearer from-file", ""),
        ("{username: me, password: pass}".to_owned(), "Basic bWU6cGFzcw==", ""),
        ("{token: a, as: alice, as-groups: [g]}".to_owned(), "Bearer a", "alice"),
    ] {
        let server = Loopback::allowing();
        let events = Asker::new(None).ask(ask(&[bind(&server.kubeconfig("dev", &user))], POD));
        assert_eq!(answers(&events).len(), 1, "{user}: {events:?}");
        for request in server.seen() {
            assert_eq!(request.header("authorization"), authorization, "{user}");
            assert_eq!(request.header("impersonate-user"), impersonated, "{user}");
        }
    }
    // No header can hold this, and kube would panic.
    let server = Loopback::allowing();
    let events = Asker::new(None).ask(ask(&[bind(&server.kubeconfig("dev", "{token: \"a\\nb\"}"))], POD));
    let Some(Event::Failed { why: Failure::Server(Unjudged::Credentials { detail }), .. }) = events.first()
    else {
        panic!("{events:?}")
    };
    assert_eq!(detail, "credentials: token");
    assert!(server.seen().is_empty());
}

#[test]
fn one_that_does_not_answer_is_given_up() {
    let slow = Loopback::kubernetes(|request| match request.path() {
        path if path.ends_with("/web") => Reply::Hang,
        _ => allow(request),
    });
    let silent = Loopback::start(|_| Reply::Hang);
    let asker = Asker::with(Setup { request_timeout: Duration::from_millis(300), ..Setup::default() });
    let contexts = [slow.context("a"), silent.context("b")];
    let events = asker.ask(ask(&contexts, &format!("{POD}---\n{CONFIG_MAP}")));
    assert!(events.iter().any(|event| matches!(
        event,
        Event::Failed { why: Failure::Server(Unjudged::Timeout), context, .. } if context == "b"
    )));
    let answers = answers(&events);
    assert_eq!(why(answers[0]), &Unjudged::Timeout);
    assert_eq!(answers[1].verdict, Verdict::Allowed);
}

#[test]
fn one_bad_context_is_one_row_and_the_others_answer() {
    let (good, bad) = (Loopback::allowing(), Loopback::start(|_| Reply::failure(401, "Unauthorized", "no")));
    let contexts = [good.context("a"), bad.context("b"), good.context("c")];
    let events = Asker::new(None).ask(ask(&contexts, &format!("{POD}---\n{CONFIG_MAP}")));
    let who: Vec<(&str, usize)> =
        answers(&events).iter().map(|answer| (answer.context.as_str(), answer.target.index)).collect();
    assert_eq!(who, [("a", 0), ("a", 1), ("c", 0), ("c", 1)]);
    let failed: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Failed { context, .. } => Some(context.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(failed, ["b"]);
    let about = events.iter().find_map(|event| match event {
        Event::Connected { about, .. } => Some(about.clone()),
        _ => None,
    });
    assert_eq!(about.unwrap().user.as_deref(), Some("dev"));
}

#[test]
fn cancelling_closes_the_connection_and_the_next_question_works() {
    let slow = Loopback::kubernetes(|request| match request.method.as_str() {
        "PATCH" if request.path().ends_with("/web") => Reply::Hang,
        _ => allow(request),
    });
    let asker = Asker::new(None);
    let context = slow.context("dev");
    asker.cluster.ask(ask(std::slice::from_ref(&context), POD));
    wait_until(|| slow.lines().iter().any(|line| line.starts_with("PATCH")));
    asker.cluster.cancel(1);
    slow.wait_for_close();
    loop {
        match asker.next() {
            Event::Done { id, cancelled } => break assert_eq!((id, cancelled), (1, true)),
            Event::Connected { .. } => {}
            event => panic!("{event:?}"),
        }
    }
    let events = asker.ask(Ask { id: 2, ..ask(&[context], CONFIG_MAP) });
    assert_eq!(answers(&events)[0].verdict, Verdict::Allowed);
    let versions = slow.seen().iter().filter(|request| request.target == "/version").count();
    assert_eq!(versions, 1, "the session is kept");
}

#[test]
fn dropping_the_thread_ends_everything() {
    let slow = Loopback::start(|_| Reply::Hang);
    let asker = Asker::new(None);
    asker.cluster.ask(ask(&[slow.context("dev")], POD));
    wait_until(|| !slow.seen().is_empty());
    drop(asker);
    slow.wait_for_close();
}

#[test]
fn everything_that_left_was_reading_a_dry_run_or_a_question_about_oneself() {
    let mutating = AtomicUsize::new(0);
    let server = shared_by(&[("helm", "Apply")]);
    ask_one(
        &server,
        &format!("{CONFIG_MAP}---\n{POD}---\napiVersion: v1\nkind: Pod\nmetadata: {{generateName: a-}}\n"),
    );
    for request in server.seen() {
        let is_question = request.path().ends_with("/selfsubjectreviews");
        match request.method.as_str() {
            "GET" => {}
            "POST" if is_question => {}
            _ => {
                mutating.fetch_add(1, Ordering::Relaxed);
                let dry = request.target.split(['?', '&']).filter(|part| *part == "dryRun=All").count();
                assert_eq!(dry, 1, "{}", request.line());
            }
        }
    }
    assert!(mutating.into_inner() >= 4);
    assert_eq!(documents(POD).len(), 1);
}
