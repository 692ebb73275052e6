//! No write ever leaves: nothing in the server has changed, its audit log holds no write of ours, and both would have
//! noticed one.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue, Method, Uri, header};
use regoscope::cluster::guard;
use serde_json::{Value, json};

use super::rig::{Plain, Rig, path};
use super::server::Need;

/// Every object by its address, with its uid and its version.
pub type Everything = BTreeMap<String, (String, String)>;
type Check = fn(&mut Rig, &Everything);

/// In this order: the last one writes.
pub const CHECKS: [(&str, &[Need], Check); 4] = [
    ("no_object_was_made_changed_or_removed", &[], nothing_changed),
    ("every_write_in_the_audit_log_is_a_dry_run", &[Need::Audit], no_write_in_the_log),
    ("the_guard_refuses_the_same_request_without_its_dry_run", &[Need::Audit], the_guard_refuses),
    ("a_write_past_the_guard_would_have_been_noticed", &[Need::Audit], a_write_is_noticed),
];

/// Lists the objects of every kind that can be listed.
pub fn everything(rig: &Rig) -> Everything {
    let mut lists = vec!["/api/v1".to_owned()];
    let groups = rig.setup.get("/apis").body;
    for group in groups["groups"].as_array().unwrap() {
        lists.extend(
            group["versions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|v| format!("/apis/{}", v["groupVersion"].as_str().unwrap())),
        );
    }
    let mut all = Everything::new();
    for list in lists {
        let resources = rig.setup.get(&list).body;
        for resource in resources["resources"].as_array().unwrap() {
            let (name, verbs) = (resource["name"].as_str().unwrap(), &resource["verbs"]);
            // The server renews its own leases all the time.
            if name == "leases" || !verbs.as_array().unwrap().contains(&json!("list")) {
                continue;
            }
            let objects = rig.setup.get(&format!("{list}/{name}")).body;
            for object in objects["items"].as_array().into_iter().flatten() {
                let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
                let address = format!("{list}/{name} {}/{}", text("namespace"), text("name"));
                all.insert(address, (text("uid"), text("resourceVersion")));
            }
        }
    }
    assert!(all.len() > 50, "a server has more objects than {}", all.len());
    all
}

fn nothing_changed(rig: &mut Rig, before: &Everything) {
    let after = everything(rig);
    let differing: Vec<_> = before
        .keys()
        .chain(after.keys())
        .filter(|address| before.get(*address) != after.get(*address))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
    println!("  {} objects are what they were", after.len());
}

/// What the audit log holds of others than those who may write.
struct Log {
    /// Requests that could write, as `verb uri`, without questions about oneself.
    writes: Vec<String>,
    agents: BTreeMap<String, usize>,
}

impl Log {
    fn read(rig: &Rig) -> Self {
        // A request of our own that must be the last one in it, so that nothing is still on its way.
        let marker = format!("/version?marker={}-{}", std::process::id(), rig.asked);
        rig.setup.get(&marker);
        let file = rig.server.audit.clone().unwrap();
        let mut text = String::new();
        rig.until("the audit log is complete", |_| {
            text = std::fs::read_to_string(&file).unwrap().split_off(rig.audit_begins);
            text.ends_with('\n') && text.contains(&marker)
        });
        assert!(!rig.server.log().contains("Error in audit plugin"), "the audit log has lost events");
        let (mut writes, mut agents) = (Vec::new(), BTreeMap::new());
        for line in text.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let field = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let (user, verb, uri) = (field("/user/username"), field("/verb"), field("/requestURI"));
            if matches!(user, "setup" | "gatekeeper")
                || user.starts_with("system:") && user != "system:anonymous"
            {
                continue;
            }
            *agents.entry(field("/userAgent").to_owned()).or_default() += 1;
            let asks_of_oneself = uri.contains("/selfsubject");
            if !matches!(verb, "get" | "list" | "watch" | "head" | "options") && !asks_of_oneself {
                writes.push(format!("{verb} {uri}"));
            }
        }
        Self { writes, agents }
    }

    fn without_dry_run(&self) -> Vec<&String> {
        let is_dry_run = |write: &str| {
            let query = write.split_once('?').map_or("", |(_, query)| query);
            query.split('&').filter(|part| part.starts_with("dryRun")).eq(["dryRun=All"])
        };
        self.writes.iter().filter(|write| !is_dry_run(write)).collect()
    }
}

fn no_write_in_the_log(rig: &mut Rig, _: &Everything) {
    let log = Log::read(rig);
    assert_eq!(log.without_dry_run(), Vec::<&String>::new());
    // And they are there: every answer took one at least, unless nothing was sent for it.
    let dry_runs = log.writes.len();
    assert!(dry_runs * 2 >= rig.asked, "{dry_runs} dry-runs in the log of {} answers", rig.asked);
    let ours = concat!("regoscope/", env!("CARGO_PKG_VERSION"));
    assert!(log.agents.keys().all(|agent| agent == ours), "whose requests are those? {:?}", log.agents);
    println!("  {dry_runs} dry-runs and no write among {} requests", log.agents.values().sum::<usize>());
}

/// What was sent is what the guard let through; the same without the parameter it does not.
fn the_guard_refuses(rig: &mut Rig, _: &Everything) {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(guard::APPLY));
    let sent = Log::read(rig).writes;
    for write in &sent {
        let (verb, uri) = write.split_once(' ').unwrap();
        let method = if verb == "create" { Method::POST } else { Method::PATCH };
        let passes = |uri: &str| guard::check(&method, &uri.parse::<Uri>().unwrap(), &headers, "");
        assert_eq!(passes(uri), Ok(()), "{uri}");
        for mutant in ["dryRun=None", "dryRun=", "dryrun=All", "x=All", "dryRun=All&dryRun=All"] {
            let mutated = uri.replace("dryRun=All", mutant);
            assert!(passes(&mutated).is_err(), "{mutated}");
        }
        for method in [Method::PUT, Method::DELETE] {
            assert!(guard::check(&method, &uri.parse::<Uri>().unwrap(), &headers, "").is_err());
        }
    }
}

/// A write past the guard, as the same user: the server's policy refuses it, and the log tells.
fn a_write_is_noticed(rig: &mut Rig, _: &Everything) {
    let mutant = Plain::of(&rig.server.kubeconfig, None, "mutant");
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "mutant", "namespace": "default" } });
    let reply = mutant.apply(&object, "");
    assert_eq!(reply.status, 422, "{}", reply.body);
    assert!(reply.body["message"].as_str().unwrap().ends_with("this was not a dry-run"), "{}", reply.body);
    let log = Log::read(rig);
    let noticed = log.without_dry_run();
    assert_eq!(noticed, ["patch /api/v1/namespaces/default/configmaps/mutant?fieldManager=setup&force=true"]);
    // And a change is: by the one who may.
    let before = everything(rig);
    rig.prepare_object(&object);
    let after = everything(rig);
    assert_ne!(before, after);
    rig.setup.send("DELETE", &path(&object), "application/json", "");
}
