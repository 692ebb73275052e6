//! What may be typed at the caret (`|` in the texts) of a manifest that is being written.

#![allow(clippy::unwrap_used)] // A test that cannot read its fixtures has failed.

use proptest::prelude::*;
use regoscope::core::file::Role;
use regoscope::core::manifest::schema::Follows;
use regoscope::core::manifest::{self, schema};
use regoscope::samples;
use regoscope::strings::T;

/// The names offered at the `|`, and the word that they replace.
fn at_caret(text: &str) -> (Vec<String>, String) {
    let byte = text.find('|').unwrap();
    let text = text.replacen('|', "", 1);
    let found = schema::complete(&text, byte);
    let word = text[found.range.clone()].to_owned();
    (found.items.into_iter().map(|item| item.name).collect(), word)
}

const POD: &str = "apiVersion: v1\nkind: Pod\n";

/// Each case is a Pod's rest, the first names that are offered, and the word they replace.
#[test]
fn field_names_by_indentation() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("spec:\n  hostP|\n", &["hostPID"], "hostP"),
        ("spec:\n  hostp|\n", &["hostPID"], "hostp"),
        ("spec:\n  hos|tPxx: true\n", &["hostAliases", "hostIPC", "hostNetwork", "hostPID"], "hostPxx"),
        ("s|", &["spec", "status"], "s"),
        ("|", &["metadata", "spec", "status"], ""),
        ("spec:\n  containers:\n  - |\n", &["args", "command", "env"], ""),
        ("spec:\n  containers:\n    - ima|\n", &["image", "imagePullPolicy"], "ima"),
        ("spec:\n  containers:\n  - name: a\n    sec|\n", &["securityContext"], "sec"),
        (
            "spec:\n  containers:\n  - name: a\n    securityContext:\n      priv|\n  hostPID: true\n",
            &["privileged"],
            "priv",
        ),
        // Back to the left, the list above is passed over.
        ("spec:\n  containers:\n  - name: a\n    env:\n    - name: x\n  rest|\n", &["restartPolicy"], "rest"),
        // Behind blank lines and comments, and with an anchor.
        ("spec: &s\n  # a comment: here\n\n  nodeN|", &["nodeName"], "nodeN"),
        ("spec: # the rest\n  nodeN|", &["nodeName"], "nodeN"),
        ("metadata:\n  |\n", &["annotations", "creationTimestamp"], ""),
        // Half-typed text elsewhere does not matter.
        ("spec:\n  foo\n  bar: [\n  hostU|\n", &["hostUsers"], "hostU"),
        ("spec:\n  volumes:\n  - name: a\n    hostPath:\n      |\n", &["path", "type"], ""),
        (
            "spec:\n  containers:\n  - name: \"a\"\n    securityContext:\n      capabilities:\n        |\n",
            &["add", "drop"],
            "",
        ),
        ("\"spec\":\n  'hostPID': true\n  hostN|", &["hostNetwork"], "hostN"),
        // Contained, where nothing starts so.
        ("spec:\n  users|", &["hostUsers"], "users"),
        // CRLF
        ("spec:\r\n  hostPI|\r\n", &["hostPID"], "hostPI"),
    ];
    for (rest, first, word) in cases {
        let (names, replaced) = at_caret(&format!("{POD}{rest}"));
        assert_eq!(names.get(..first.len()).unwrap_or(&names), *first, "{rest}: {names:?}");
        assert_eq!(replaced, *word, "{rest}");
    }
}

#[test]
fn values() {
    let cases: &[(&str, &[&str])] = &[
        ("spec:\n  restartPolicy: |", &["Always", "Never", "OnFailure"]),
        ("spec:\n  restartPolicy: O|", &["OnFailure"]),
        ("spec:\n  restartPolicy: \"O|\"", &["OnFailure"]),
        ("spec:\n  hostPID: |", &["false", "true"]),
        ("spec:\n  hostPID: t| # why", &["true"]),
        (
            "spec:\n  containers:\n  - securityContext:\n      seccompProfile:\n        type: |",
            &["Localhost", "RuntimeDefault", "Unconfined"],
        ),
        ("spec:\n  nodeName: |", &[]),
        ("spec:\n  zzz: |", &[]),
        ("spec:\n  hostPID: tru| e", &[]),
    ];
    for (rest, expected) in cases {
        assert_eq!(at_caret(&format!("{POD}{rest}")).0, *expected, "{rest}");
    }
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nspec:\n  accessModes:\n  - ReadWriteOnceP|";
    assert_eq!(at_caret(claim), (vec!["ReadWriteOncePod".to_owned()], "ReadWriteOnceP".to_owned()));
}

#[test]
fn fields_that_are_set_are_left_out() {
    let offered = |text: &str| at_caret(&format!("{POD}{text}")).0;
    let names = offered("spec:\n  hostPID: true\n  h|\n  hostIPC: true\n  containers:\n  - name: a\n");
    assert_eq!(names.get(..3).unwrap(), ["hostAliases", "hostNetwork", "hostUsers"], "{names:?}");
    // Another item of the list does not count, this one does.
    let names = offered(
        "spec:\n  containers:\n  - name: a\n    image: b\n  - im|\n    imagePullPolicy: Never\n  - image: c\n",
    );
    assert_eq!(names, ["image"]);
    let names = offered("spec:\n  containers:\n  - image: a\n    im|\n  - imagePullPolicy: c\n");
    assert_eq!(names, ["imagePullPolicy"]);
}

#[test]
fn nothing_is_offered_where_no_field_can_stand() {
    for rest in [
        "# ho|",
        "spec: # ho|",
        "spec:\n  hostPID:|",
        "spec: {ho|}",
        "spec:\n  containers: [|]",
        "spec:\n  nodeName: a\n    ho|",
        "metadata:\n  annotations:\n    a: >\n      ho|",
        "metadata:\n  annotations:\n    a|",
        "spec:\n  containers:\n    na|",
        "\tho|",
        "spec:\n  unknown:\n    ho|",
        "---|",
        "spec:\n  host|PID true",
    ] {
        assert_eq!(at_caret(&format!("{POD}{rest}")).0, Vec::<String>::new(), "{rest}");
    }
}

#[test]
fn each_document_has_its_own_kind() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n---\nspec:\n  repl|\nkind: Deployment\napiVersion: apps/v1\n";
    assert_eq!(at_caret(text).0, ["replicas"]);
    let text =
        "kind: Deployment\napiVersion: apps/v1\nspec:\n  template:\n    spec:\n      hostp|\n---\nkind: Pod";
    assert_eq!(at_caret(text).0, ["hostPID"]);
}

#[test]
fn kinds_and_versions() {
    let first = |text: &str| at_caret(text).0;
    assert_eq!(first("apiVersion: v1\nkind: Po|"), ["Pod", "PodTemplate", "ComponentStatus", "Endpoints"]);
    assert_eq!(first("kind: Deployment\napiVersion: |"), ["apps/v1"]);
    assert_eq!(first("kind: CronJob\napiVersion: ba|"), ["batch/v1"]);
    assert_eq!(first("apiVersion: |")[..2], ["v1", "apps/v1"]);
    assert_eq!(first("|"), ["apiVersion", "kind", "metadata"]);
    // A kind without a schema has the fields of every object.
    assert_eq!(
        first("apiVersion: example.com/v1\nkind: Foo\nmetadata:\n  nam|"),
        ["name", "namespace", "generateName"]
    );
}

#[test]
fn items_tell_their_type_and_what_they_mean_for_security() {
    let text = format!("{POD}spec:\n  ");
    let found = schema::complete(&text, text.len()).items;
    let item = |name: &str| found.iter().find(|item| item.name == name).unwrap();
    assert_eq!((item("hostPID").what.as_str(), item("hostPID").doc), ("boolean", Some(T::DocHostPid)));
    let follows = |name: &str| (item(name).what.as_str(), item(name).follows);
    assert_eq!(follows("containers"), ("[]Container", Follows::List));
    assert_eq!(follows("nodeSelector"), ("map[string]string", Follows::Map));
    assert_eq!(follows("nodeName"), ("string", Follows::Value));
    assert_eq!(item("subdomain").doc, None);
}

/// A line about a field that no definition has could never be shown.
#[test]
fn every_documented_field_exists() {
    let source = include_str!("../src/core/manifest/schema/docs.rs");
    let data = include_str!("../src/core/manifest/schema/kubernetes-1.37.txt");
    let mut count = 0;
    for pair in source.split("(\"").skip(1) {
        let (definition, rest) = pair.split_once("\", \"").unwrap();
        let (field, _) = rest.split_once('"').unwrap();
        let body = data.split(&format!("\n{definition}\n")).nth(1).unwrap_or_else(|| panic!("{definition}"));
        let has = body
            .lines()
            .take_while(|line| line.starts_with(' '))
            .any(|line| line.starts_with(&format!(" {field} ")));
        assert!(has, "{definition} has no {field}");
        count += 1;
    }
    assert!(count >= 80, "{count}");
}

#[test]
fn custom_kinds_complete_too() {
    let crd = manifest::read(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  group: a.b\n  names: {kind: W, plural: ws}\n  versions:\n  - name: v1\n    schema: {openAPIV3Schema: {properties: {spec: {type: object, properties: {mode: {type: string, enum: [slow, fast]}}}}}}\n",
    );
    let schemas = schema::Schemas::builtin().with_crd(crd.objects().next().unwrap().value);
    let names =
        |text: &str| schemas.complete(text, text.len()).items.into_iter().map(|i| i.name).collect::<Vec<_>>();
    assert_eq!(names("apiVersion: a.b/v1\nkind: W\nspec:\n  mo"), ["mode"]);
    assert_eq!(names("apiVersion: a.b/v1\nkind: W\nspec:\n  mode: "), ["slow", "fast"]);
}

#[test]
fn every_place_of_the_samples_can_be_asked() {
    for sample in samples::ALL.iter().filter(|sample| sample.role == Role::Manifest) {
        for (byte, _) in sample.text.char_indices() {
            let prefix = &sample.text[..byte];
            for text in [prefix, sample.text] {
                let found = schema::complete(text, byte);
                assert!(found.range.start <= byte && byte <= found.range.end, "{}: {byte}", sample.path);
                assert!(text.get(found.range).is_some(), "{}: {byte}", sample.path);
            }
            let _ = schema::diagnostics(&manifest::read(prefix), regoscope::strings::Lang::En);
        }
    }
}

/// Whatever is offered for a key in a clean sample is no unknown field when it is typed there.
#[test]
fn what_is_offered_is_known() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    ";
    let items = schema::complete(text, text.len()).items;
    assert!(items.len() > 15, "{}", items.len());
    for item in items {
        let typed = format!("{text}{}:\n", item.name);
        assert_eq!(
            schema::diagnostics(&manifest::read(&typed), regoscope::strings::Lang::En),
            [],
            "{}",
            item.name
        );
    }
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "(apiVersion: v1\nkind: Pod\n)?[a-zP :#\\-\n\t|>\"'{}&*！é]{0,60}", at in 0usize..90) {
        let found = schema::complete(&text, at);
        prop_assert!(found.items.is_empty() || text.get(found.range).is_some());
    }
}
