//! Suites: what is read of them, and what is wrong with them at its place.

use super::*;

fn suite(text: &str) -> Result<Suite, Trouble> {
    let head = "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\n";
    read("s.yaml", &format!("{head}{text}"), Lang::En).unwrap()
}

#[test]
fn only_suites_are_suites() {
    for text in [
        "apiVersion: v1\nkind: Pod\n",
        "apiVersion: test.gatekeeper.sh/v1\nkind: Other\n",
        "apiVersion: v1\nkind: Suite\nmetadata: {name: test.gatekeeper.sh}\n",
        "",
    ] {
        assert_eq!(read("s.yaml", text, Lang::En), None, "{text}");
    }
    assert_eq!(suite(""), Ok(Suite::default()));
}

#[test]
fn everything_has_its_place() {
    let read = suite(
        "tests:\n- name: n\n  template: t.yaml\n  cases:\n  - name: yes\n    object: o.yaml\n    inventory: [a.yaml]\n    assertions:\n    - violations: no\n      message: m\n    - violations: 2\n    - {}\n",
    )
    .unwrap();
    let test = &read.tests[0];
    assert_eq!((test.at, &test.template.text), (At { line: 4, column: 3 }, &"t.yaml".to_owned()));
    assert_eq!(test.template.at, At { line: 5, column: 13 });
    let case = &test.cases[0];
    assert_eq!((case.name.as_str(), case.inventory[0].at), ("yes", At { line: 9, column: 17 }));
    let expected: Vec<_> = case.assertions.iter().map(|a| (a.violations.clone(), a.at.line)).collect();
    let word = |word: &str| Violations::Word(word.to_owned());
    assert_eq!(expected, [(word("no"), 11), (Violations::Count(2), 13), (word("yes"), 14)]);
    assert_eq!(read.paths().collect::<Vec<_>>(), ["t.yaml", "a.yaml", "o.yaml"]);
}

#[test]
fn what_gator_cannot_read_is_an_error_at_its_place() {
    for (text, words, line, column) in [
        ("skip: yes\n", "cannot unmarshal string into Go struct field Suite.skip of type bool", 3, 7),
        ("tests: {}\n", "cannot unmarshal object into Go struct field Suite.tests of type []Test", 3, 8),
        ("tests:\n- x\n", "cannot unmarshal string into", 4, 3),
        ("tests:\n- name: 1\n", "Suite.tests.name of type string", 4, 9),
        ("tests:\n- cases: [{assertions: [{violations: true}]}]\n", "cannot unmarshal bool", 4, 38),
        ("tests: [\n", "", 3, 8),
    ] {
        let trouble = suite(text).unwrap_err();
        let Words::Said(said) = &trouble.words else { panic!("{text}") };
        assert!(said.starts_with("invalid yaml: ") && said.contains(words), "{text}: {said}");
        let spot = trouble.spot.unwrap();
        assert_eq!((spot.file.as_str(), spot.at), ("s.yaml", At { line, column }), "{text}");
    }
}

#[test]
fn paths_are_beside_the_suite() {
    for (suite, path, joined) in [
        ("suite.yaml", "a.yaml", "a.yaml"),
        ("x/suite.yaml", "./b/../a.yaml", "x/a.yaml"),
        ("x/y/suite.yaml", "../a.yaml", "x/a.yaml"),
        ("../x/suite.yaml", "../../a.yaml", "../../a.yaml"),
        ("/x/suite.yaml", "/a.yaml", "/x/a.yaml"),
        ("/suite.yaml", "../a.yaml", "/a.yaml"),
    ] {
        assert_eq!(join(suite, path), joined, "{suite} {path}");
    }
}

#[test]
fn a_filter_chooses_as_gator_chooses() {
    let suite = suite(
        "tests:\n- {name: forbid, cases: [{name: one}, {name: two}]}\n- {name: two, cases: [{name: one}]}\n",
    )
    .unwrap();
    let chosen = |filter: &str| {
        let filter = Filter::read(filter).unwrap();
        let tests = suite.tests.iter().filter(|test| filter.takes(test));
        let cases = tests.flat_map(|test| {
            let cases = test.cases.iter().filter(|case| filter.takes_case(&test.name, &case.name));
            cases.map(|case| format!("{}/{}", test.name, case.name)).collect::<Vec<_>>()
        });
        cases.collect::<Vec<_>>().join(" ")
    };
    for (filter, expected) in [
        ("", "forbid/one forbid/two two/one"),
        ("two", "forbid/two two/one"),
        ("^forbid$//", "forbid/one forbid/two"),
        ("//one", "forbid/one two/one"),
        ("for//two", "forbid/two"),
        ("none", ""),
    ] {
        assert_eq!(chosen(filter), expected, "{filter}");
    }
    assert!(Filter::read("a//b//c").unwrap_err().contains("at most one"));
    assert!(Filter::read("(").unwrap_err().starts_with("compiling filter: invalid test filter: "));
}

#[test]
fn objects_are_read_with_go_yaml_v3() {
    let read = |text: &str| objects::read("o.yaml", text, Lang::En);
    let text = "# c\n---\nkind: Pod\nspec: {on: yes, b: true, c: [No, \"n\", off]}\n---\n\n# nothing\n--- # x\nkind: B\n";
    let expected = [
        serde_json::json!({"kind": "Pod", "spec": {"on": "yes", "b": true, "c": ["No", "n", "off"]}}),
        serde_json::json!({"kind": "B"}),
    ];
    assert_eq!(read(text), Ok(expected.to_vec()));
    for (text, words) in [
        ("# only\n", "missing objects: path \"o.yaml\" defines no YAML objects"),
        ("a: 1\n", "Object 'Kind' is missing"),
        ("kind: A\nkind: B\n", "already defined"),
        ("kind: [\n", "invalid yaml"),
    ] {
        assert!(read(text).as_ref().is_err_and(|found| found.contains(words)), "{text}: {:?}", read(text));
    }
}

#[test]
fn an_admission_review_is_strict() {
    let review = |request: &str| {
        let text = format!(
            "{{\"apiVersion\": \"admission.k8s.io/v1\", \"kind\": \"AdmissionReview\", \"request\": {request}}}"
        );
        objects::request(&serde_json::from_str(&text).unwrap())
    };
    assert_eq!(objects::request(&serde_json::json!({"apiVersion": "v1", "kind": "Pod"})), Ok(None));
    assert!(review(r#"{"object": {"kind": "Pod"}, "operation": "CREATE"}"#).unwrap().is_some());
    for (request, words) in [
        ("null", "missing an AdmissionRequest object"),
        ("{}", "no object or oldObject found to review"),
        (r#"{"object": {"kind": "Pod"}, "objekt": 1}"#, "unknown field \"request.objekt\""),
        (r#"{"object": {}}"#, "object or oldObject cannot be unmarshalled"),
        (r#"{"object": {"kind": "Pod"}, "name": 1}"#, "not a valid AdmissionReview object"),
    ] {
        assert!(review(request).unwrap_err().contains(words), "{request}");
    }
}
