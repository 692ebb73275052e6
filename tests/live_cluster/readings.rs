//! Our reader against the server's own: the texts of the recorded cases are sent as they are, and what comes back must be
//! what we read. They go past the code under test, which sends JSON: the server shall read the YAML.

use regoscope::core::manifest::{self, FaultKind, NoteKind};
use serde_json::{Map, Value};

use super::Case;
use super::rig::{Plain, Rig};

/// A kind that keeps whatever stands in it, at the top as well.
const ANYTHING: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: anythings.live.test}
spec:
  group: live.test
  names: {kind: Anything, plural: anythings, singular: anything, listKind: AnythingList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

const HEAD: &str = "apiVersion: live.test/v1\nkind: Anything\nmetadata: {name: a}\n";
const COLLECTION: &str = "/apis/live.test/v1/namespaces/default/anythings?dryRun=All&fieldManager=test";

#[derive(serde::Deserialize)]
struct Text {
    yaml: String,
}

pub const CASES: &[Case] = &[Case {
    name: "the_server_reads_yaml_as_we_do",
    needs: &[],
    prepare: |rig| {
        rig.prepare(ANYTHING);
        rig.until("anything is served", |rig| rig.setup.get("/apis/live.test/v1/anythings").status == 200);
    },
    ask: compare,
}];

fn compare(rig: &mut Rig) {
    let server = Plain::of(&rig.server.setup, None, "regoscope-readings");
    let recorded =
        [include_str!("../data/kubernetes-yaml.json"), include_str!("../data/go-yaml-changed.json")];
    let texts: Vec<Text> =
        recorded.iter().flat_map(|json| serde_json::from_str::<Vec<Text>>(json).unwrap()).collect();
    let (mut read, mut refused, mut left_out, mut wrong) = (0, 0, 0, Vec::new());
    for Text { yaml } in &texts {
        let Some(text) = embedded(yaml) else {
            left_out += 1;
            continue;
        };
        let ours = ours(&text);
        // Keys that become equal (`true`, `"true"`) are taken in the order of a Go map, which changes: what we read must
        // be among what the server reads.
        let agrees = (0..20).any(|_| match (&ours, theirs(&server, &text, "Ignore")) {
            (Some(ours), Ok(theirs)) => same(ours, &theirs),
            (None, Err(_)) => true,
            _ => false,
        });
        match &ours {
            _ if !agrees => {
                let theirs = theirs(&server, &text, "Ignore");
                wrong.push(format!("{text:.300?}: we read {ours:.300?}, the server {theirs:.300?}"));
            }
            Some(_) => {
                read += 1;
                let (noted, strictly) = (has_duplicate_note(&text), theirs(&server, &text, "Strict"));
                // To a strict server a key beside a merge that has it too is a key twice, though it only overrides.
                if noted != strictly.is_err() && !text.contains("<<") {
                    wrong.push(format!("{text:.300?}: a key twice: {noted}, the server {strictly:.300?}"));
                }
            }
            None => refused += 1,
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
    println!(
        "  {read} texts are read alike, {refused} refused by both, {left_out} cannot be part of an object"
    );
    assert!(read >= 380 && refused >= 500, "too few");
}

/// What the server reads, without the head, or why it refuses.
fn theirs(server: &Plain, text: &str, validation: &str) -> Result<Map<String, Value>, Value> {
    let uri = format!("{COLLECTION}&fieldValidation={validation}");
    let reply = server.send("POST", &uri, "application/yaml", text);
    // Nothing but the text can be wrong with it: the kind takes everything, and no webhook hears of it.
    assert!(matches!(reply.status, 201 | 400), "{text:.200?}: {} {}", reply.status, reply.body);
    if reply.status == 201 { Ok(without_head(&reply.body)) } else { Err(reply.body["message"].clone()) }
}

/// The text as part of an object: behind the fields that every object has. `None` if it cannot stand there.
fn embedded(yaml: &str) -> Option<String> {
    // serde_json, which reads the answer here, goes 128 levels deep.
    let is_too_much = yaml.len() > 100_000 || yaml.matches('[').count() > 100;
    let begins_anew = yaml.starts_with(['\u{feff}', '%', '{', '[', ' ', '\t'])
        || yaml.lines().any(|line| line.starts_with("---") || line.starts_with("..."));
    // The server looks into `items` itself, to see whether it is a list.
    let has_head = ["apiVersion", "kind", "metadata", "items"].iter().any(|field| yaml.contains(field));
    // kubectl and we end each document with a line break. What stands in a request is not split into documents.
    let end = if yaml.ends_with('\n') { "" } else { "\n" };
    (!is_too_much && !begins_anew && !has_head).then(|| format!("{HEAD}{yaml}{end}"))
}

/// Whether we note that a key is there twice, which a strict server refuses.
fn has_duplicate_note(text: &str) -> bool {
    let notes = manifest::read(text).documents.into_iter().flat_map(|document| document.notes);
    notes
        .map(|note| note.kind)
        .any(|kind| matches!(kind, NoteKind::SetAgain { .. } | NoteKind::Overrides { .. }))
}

/// What we read, without the head; `None` if we refuse it.
fn ours(text: &str) -> Option<Map<String, Value>> {
    let mut documents = manifest::read(text).documents;
    let document = documents.pop().filter(|_| documents.is_empty())?;
    if document.faults.iter().any(|fault| fault.kind != FaultKind::NotAnObject) {
        return None;
    }
    document.value.as_ref().map(without_head)
}

fn without_head(object: &Value) -> Map<String, Value> {
    let mut fields = object.as_object().cloned().unwrap_or_default();
    for field in ["apiVersion", "kind", "metadata"] {
        fields.remove(field);
    }
    fields
}

fn same(ours: &Map<String, Value>, theirs: &Map<String, Value>) -> bool {
    ours.len() == theirs.len()
        && ours.iter().all(|(key, a)| theirs.get(key).is_some_and(|b| same_value(a, b)))
}

/// Numbers by their value: the server's are whole numbers of 64 bits or floats.
fn same_value(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b))
        }
        (Value::Object(a), Value::Object(b)) => same(a, b),
        _ => ours == theirs,
    }
}
