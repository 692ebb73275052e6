//! Fields that Kubernetes does not know, wrong types and unsupported values: told at their place in the server's words.

#![allow(clippy::unwrap_used)] // A test that cannot read its fixtures has failed.

use regoscope::core::diagnostics::{Origin, Severity};
use regoscope::core::file::Role;
use regoscope::core::manifest::{self, schema};
use regoscope::samples;
use regoscope::strings::Lang;

/// Each note as `line: text at the place: message`.
fn notes_in(text: &str, lang: Lang) -> Vec<String> {
    let manifest = manifest::read(text);
    assert!(manifest.is_clean(), "{text}: {:?}", manifest.diagnostics(Lang::En));
    let notes = schema::diagnostics(&manifest, lang);
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    notes
        .iter()
        .map(|d| format!("{}: {}: {}", line(d.range.start), &text[d.range.clone()], d.message))
        .collect()
}

fn notes(text: &str) -> Vec<String> {
    notes_in(text, Lang::En)
}

fn pod(rest: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\n{rest}")
}

#[track_caller]
fn expect(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(&notes(&pod(text)), expected, "{text}");
    }
}

#[test]
fn unknown_fields_are_found_at_every_depth() {
    expect(&[
        (
            "spec:\n  hostPid: true\n",
            &["4: hostPid: .spec.hostPid: field not declared in schema; did you mean hostPID?"],
        ),
        ("specs: {}\n", &["3: specs: .specs: field not declared in schema; did you mean spec?"]),
        ("zzz: 1\n", &["3: zzz: .zzz: field not declared in schema"]),
        (
            "metadata:\n  lables: {}\n",
            &["4: lables: .metadata.lables: field not declared in schema; did you mean labels?"],
        ),
        (
            "spec:\n  containers:\n  - name: a\n  - name: b\n    imagePullPolcy: Never\n",
            &[
                "7: imagePullPolcy: .spec.containers[1].imagePullPolcy: field not declared in schema; did you mean imagePullPolicy?",
            ],
        ),
        (
            "spec:\n  initContainers:\n  - securityContext:\n      priviliged: true\n",
            &[
                "6: priviliged: .spec.initContainers[0].securityContext.priviliged: field not declared in schema; did you mean privileged?",
            ],
        ),
        // Written a level too high: the field exists, elsewhere.
        (
            "spec:\n  containers:\n  - name: a\n    privileged: true\n",
            &[
                "6: privileged: .spec.containers[0].privileged: field not declared in schema; did you mean securityContext.privileged?",
            ],
        ),
        (
            "status:\n  phase: Running\n  bogus: 1\n",
            &["5: bogus: .status.bogus: field not declared in schema"],
        ),
        // Keys of maps are free, also those with a slash.
        ("metadata:\n  labels: {a.b/c: d, hostPid: x}\n  annotations: {x: z}\n", &[]),
    ]);
}

#[test]
fn wrong_types_are_found_in_the_words_of_the_server() {
    expect(&[
        ("spec:\n  containers: nope\n", &["4: nope: .spec.containers: expected list, got \"nope\""]),
        (
            "spec:\n  containers:\n  - env:\n    - name: a\n      value: 8080\n    - name: b\n      value: on\n",
            &[
                "7: 8080: .spec.containers[0].env[0].value: expected string, got 8080",
                "9: on: .spec.containers[0].env[1].value: expected string, got true",
            ],
        ),
        (
            "spec:\n  containers:\n  - ports:\n    - containerPort: \"80\"\n",
            &[
                "6: \"80\": .spec.containers[0].ports[0].containerPort: expected numeric (int or float), got \"80\"",
            ],
        ),
        ("spec:\n  hostPID: \"true\"\n", &["4: \"true\": .spec.hostPID: expected boolean, got \"true\""]),
        ("spec:\n  priority: 1.5\n", &["4: 1.5: .spec.priority: expected integer, got 1.5"]),
        ("spec: []\n", &["3: spec: .spec: expected map, got []"]),
        ("metadata:\n  labels:\n    a.b/c: 1\n", &["5: 1: .metadata.labels.a.b/c: expected string, got 1"]),
        (
            "metadata:\n  name:\n    first: x\n    second: z\n",
            &["4: name: .metadata.name: expected string, got {\"first\":\"x\",\"second\":\"z\"}"],
        ),
        // Null is "not set", integral floats are integers.
        ("metadata:\nspec:\n  containers: null\n  hostPID: ~\n  priority: 2.0\n", &[]),
    ]);
}

#[test]
fn integers_or_strings_and_quantities() {
    let probe =
        |port: &str| format!("spec:\n  containers:\n  - livenessProbe: {{httpGet: {{port: {port}}}}}\n");
    let cpu = |cpu: &str| format!("spec:\n  containers:\n  - resources: {{limits: {{cpu: {cpu}}}}}\n");
    for good in [probe("80"), probe("http"), cpu("1"), cpu("0.5"), cpu("500m"), cpu("1Gi"), cpu("1e3")] {
        assert_eq!(notes(&pod(&good)), Vec::<String>::new(), "{good}");
    }
    let bad = [
        (
            probe("true"),
            ".spec.containers[0].livenessProbe.httpGet.port: expected integer or string, got true",
        ),
        (probe("[]"), ".spec.containers[0].livenessProbe.httpGet.port: expected integer or string, got []"),
        (
            cpu("true"),
            ".spec.containers[0].resources.limits.cpu: expected quantity such as 500m or 1Gi, got true",
        ),
        (
            cpu("1GB"),
            ".spec.containers[0].resources.limits.cpu: expected quantity such as 500m or 1Gi, got \"1GB\"",
        ),
    ];
    for (text, message) in bad {
        let found = notes(&pod(&text));
        assert!(found.len() == 1 && found[0].ends_with(message), "{text}: {found:?}");
    }
}

#[test]
fn values_that_are_not_supported() {
    expect(&[
        (
            "spec:\n  restartPolicy: Sometimes\n",
            &[
                "4: Sometimes: spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"",
            ],
        ),
        (
            "spec:\n  securityContext:\n    seccompProfile:\n      type: runtimeDefault\n",
            &[
                "6: runtimeDefault: spec.securityContext.seccompProfile.type: Unsupported value: \"runtimeDefault\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
            ],
        ),
        ("spec:\n  restartPolicy: Never\n  dnsPolicy: \"\"\n", &[]),
    ]);
    let claim =
        "apiVersion: v1\nkind: PersistentVolumeClaim\nspec:\n  accessModes: [ReadWriteOnce, ReadWriteAll]\n";
    assert_eq!(
        notes(claim),
        [
            "4: ReadWriteAll: spec.accessModes[1]: Unsupported value: \"ReadWriteAll\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\""
        ]
    );
}

#[test]
fn other_kinds_and_lists_of_objects() {
    let cases: &[(&str, &[&str])] = &[
        (
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    spec:\n      hostNetwrok: true\n",
            &[
                "7: hostNetwrok: .spec.template.spec.hostNetwrok: field not declared in schema; did you mean hostNetwork?",
            ],
        ),
        (
            "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate: {spec: {template: {spec: {containers: [{imge: a}]}}}}\n",
            &[
                "4: imge: .spec.jobTemplate.spec.template.spec.containers[0].imge: field not declared in schema; did you mean image?",
            ],
        ),
        // The places of objects in a list are those in the text.
        (
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, spec: {hostIpc: true}}\n",
            &["4: hostIpc: .spec.hostIpc: field not declared in schema; did you mean hostIPC?"],
        ),
        // The data of a Secret or ConfigMap are free keys with texts.
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a: b, c: 1}\n", &["3: 1: .data.c: expected string, got 1"]),
        // Unknown kinds, versions and groups are not checked.
        ("apiVersion: v1\nkind: Pods\nspec: {hostPid: true}\n", &[]),
        ("apiVersion: extensions/v1beta1\nkind: Deployment\nfoo: 1\n", &[]),
        ("kind: Pod\nfoo: 1\n", &[]),
        // A schema within a schema, to any depth, and free forms.
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  versions:\n  - name: v1\n    schema: {openAPIV3Schema: {properties: {a: {items: {properties: {b: {tpye: x}}}, default: {any: thing}}}}}\n",
            // `items` is a schema or a list of them, so it is not followed.
            &[],
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  versions:\n  - schema: {openAPIV3Schema: {properties: {a: {properties: {b: {tpye: x}}}}}}\n",
            &[
                "5: tpye: .spec.versions[0].schema.openAPIV3Schema.properties.a.properties.b.tpye: field not declared in schema; did you mean type?",
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(&notes(text), expected, "{text}");
    }
}

const WIDGETS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer}
              colour: {type: string, enum: [red, blue]}
              port: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: boolean}}}
              limits: {type: object, additionalProperties: {type: number}}
              parts: {type: array, items: {type: object, properties: {hot: {type: boolean}}}}
              pod: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
";

#[test]
fn custom_kinds_are_checked_by_their_definition() {
    let widget = |spec: &str| {
        format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\nspec: {spec}\n")
    };
    let cases: &[(&str, &[&str])] = &[
        ("{size: 3, colour: red, port: 80, limits: {a: 1.5}}", &[]),
        ("{size: big}", &[".spec.size: expected numeric (int or float), got \"big\""]),
        ("{siez: 3}", &[".spec.siez: field not declared in schema; did you mean size?"]),
        (
            "{colour: green}",
            &["spec.colour: Unsupported value: \"green\": supported values: \"red\", \"blue\""],
        ),
        ("{port: http}", &[]),
        ("{port: true}", &[".spec.port: expected integer or string, got true"]),
        ("{free: {any: thing, known: true}}", &[]),
        ("{free: {known: 1}}", &[".spec.free.known: expected boolean, got 1"]),
        ("{limits: {a: x}}", &[".spec.limits.a: expected numeric (int or float), got \"x\""]),
        ("{parts: [{hot: true}, {cold: 1}]}", &[".spec.parts[1].cold: field not declared in schema"]),
        (
            "{pod: {kind: Pod, spec: {}, metadata: {nmae: a}}}",
            &[".spec.pod.metadata.nmae: field not declared in schema; did you mean name?"],
        ),
    ];
    let schemas = {
        let manifest = manifest::read(WIDGETS);
        let crd = manifest.objects().next().unwrap();
        assert_eq!(schema::check(crd.value), [], "the definition itself is clean");
        schema::Schemas::builtin().with_crd(crd.value)
    };
    assert!(schemas.knows("example.com/v1", "Widget") && !schemas.knows("example.com/v2", "Widget"));
    assert_eq!(schemas.resource("example.com/v1", "Widget"), Some(("widgets", false)));
    for (spec, expected) in cases {
        let alone = widget(spec);
        assert_eq!(notes(&alone), Vec::<String>::new(), "without the definition nothing is known");
        // In one file with its definition it is checked.
        let both = format!("{WIDGETS}---\n{alone}");
        let found = notes(&both);
        let messages: Vec<&str> = found.iter().map(|note| note.splitn(3, ": ").nth(2).unwrap()).collect();
        assert_eq!(&messages, expected, "{spec}");
    }
}

#[test]
fn notes_are_warnings_in_both_languages() {
    let text = pod("spec: {hostPid: true}\n");
    let found = schema::diagnostics(&manifest::read(&text), Lang::En);
    let [note] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((note.severity, note.origin), (Severity::Warning, Origin::Yaml));
    assert_eq!(note.code, "schema-unknown-field");
    assert_eq!(
        notes_in(&text, Lang::Ja),
        ["3: hostPid: .spec.hostPid: field not declared in schema。もしかして: hostPID"]
    );
}

#[test]
fn an_alias_is_noted_where_it_can_be_edited() {
    let text = pod("spec:\n  containers:\n  - &c {name: a, imge: b}\n  initContainers:\n  - *c\n");
    let lines: Vec<_> =
        notes(&text).iter().map(|note| note.split(": .").next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["5: imge", "5: imge"]);
}

#[test]
fn the_samples_have_no_note() {
    let manifests = || samples::ALL.iter().filter(|sample| sample.role == Role::Manifest);
    assert!(manifests().count() >= 8);
    for sample in manifests() {
        assert_eq!(notes(sample.text), Vec::<String>::new(), "{}", sample.path);
    }
}

#[test]
fn a_flood_of_notes_ends() {
    let fields: String = (0..5000).map(|n| format!("field{n}: 1\n")).collect();
    assert_eq!(notes(&pod(&fields)).len(), 1000);
    let many = pod("fieldd: 1\n---\n").repeat(3000);
    assert_eq!(notes(&many).len(), 1000);
    // Neither comparing nor repeating a long key takes for ever.
    let long = "x".repeat(300_000);
    assert_eq!(notes(&pod(&format!("metadata: {{? {long} : 1}}\nspec: {{hostPid: 1}}\n"))).len(), 2);
    let unknown: String = (0..1000).map(|n| format!("z{n}: 1, ")).collect();
    let crd = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {{versions: [{{schema: {{openAPIV3Schema: {{properties: {{? {long} : {{{unknown}}}}}}}}}}}]}}\n"
    );
    let count = notes(&crd).len();
    assert!((1..10).contains(&count), "{count}");
    // A value is told by its start.
    let found = notes(&pod(&format!("spec: {{hostPID: {long}, restartPolicy: {long}}}\n")));
    let messages: Vec<usize> = found.iter().map(|note| note.len() - long.len()).collect();
    assert!(messages.iter().all(|length| *length < 300), "{messages:?}");
}

#[test]
fn builtin_resources() {
    let schemas = schema::Schemas::builtin();
    for (version, kind, resource) in [
        ("v1", "Pod", Some(("pods", true))),
        ("networking.k8s.io/v1", "NetworkPolicy", Some(("networkpolicies", true))),
        ("v1", "Namespace", Some(("namespaces", false))),
        ("v1", "Podd", None),
    ] {
        assert_eq!(schemas.resource(version, kind), resource, "{kind}");
    }
}
