//! Names of policies in the editor: definitions, references, renaming, hover, completion, outline. `|` is the caret,
//! `«…»` is what is found, `¦` is Rego's own `|`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

use regoscope::core::rego::ast::Module;
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use regoscope::core::rego::symbols::{Edits, Place, Refusal, Source, Symbols};

/// Texts without their marks, and where the caret is: file and byte.
fn without_marks(marked: &[&str]) -> (Vec<String>, (usize, usize)) {
    let file = marked.iter().position(|text| text.contains('|')).expect("a caret");
    let byte = marked[file].replace(['«', '»'], "").replace('¦', "/").find('|').unwrap();
    (marked.iter().map(|text| text.replace(['«', '»', '|'], "").replace('¦', "|")).collect(), (file, byte))
}

fn trees(texts: &[String]) -> Vec<Module> {
    let read = |text: &String| {
        let is_v0 = text.starts_with("# v0");
        let version = if is_v0 { Version::V0 } else { Version::V1 };
        parse(text, ParseOptions { version }).module
    };
    texts.iter().map(read).collect()
}

fn sources<'a>(texts: &'a [String], modules: &'a [Module]) -> Vec<Source<'a>> {
    texts.iter().zip(modules).map(|(text, module)| Source { text, module }).collect()
}

/// The texts with places marked.
fn mark(texts: &[String], places: &[Place]) -> Vec<String> {
    let mut marked = texts.to_vec();
    for place in places.iter().rev() {
        marked[place.file].insert(place.range.end, '»');
        marked[place.file].insert(place.range.start, '«');
    }
    marked
}

#[test]
fn a_name_leads_to_its_definition() {
    let lib = "package k8s.lib\n\n«is_root»(c) if c.securityContext.runAsUser == 0\n";
    let cases: &[&[&str]] = &[
        // A rule of this file, all its definitions.
        &["package a\n«limit» := 1 if input.x\n«limit» := 2 if input.y\ndeny contains 1 if li|mit > 1\n"],
        // In another file of the package.
        &["package a\ndeny contains 1 if helper|\n", "package a\n«helper» if input.x\n"],
        // Not a rule of another package with that name.
        &[
            "package a\nhelper if 1 > 2\ndeny contains 1 if data.b.help|er\n",
            "package b\n«helper» if input.x\n",
        ],
        // By imports: the package, a rule, with another name.
        &["package a\nimport data.k8s.lib\ndeny contains 1 if lib.is_|root(input)\n", lib],
        &["package a\nimport data.k8s.lib.is_root\ndeny contains 1 if is_|root(input)\n", lib],
        &["package a\nimport data.k8s.lib.is_root as r\ndeny contains 1 if r|(input)\n", lib],
        &["package a\nimport data.k8s.lib.is_|root\n", lib],
        &["package a\nimport data.k8s.lib as l\ndeny contains 1 if l[\"is_ro|ot\"](input)\n", lib],
        &[
            "package a\nimport data.k8s.lib as l\ndeny contains 1 if |l.is_root(input)\n",
            "package «k8s.lib»\n",
        ],
        &["package a\nimport input.request as «req»\ndeny contains 1 if r|eq.object\n"],
        // Variables: `:=`, some, every, arguments, patterns, use.
        &["package a\ndeny contains msg| if «msg» := \"no\"\n"],
        &["package a\nf(«x», y) := x| + y\n"],
        &["package a\nf(x) := 1 if {\n\tsome «c» in x\n\tc|.a\n}\n"],
        &["package a\np if {\n\tsome «i», v\n\tinput.x[i|] == v\n}\n"],
        &["package a\np if every k, «v» in input { v| > 1 }\n"],
        &["package a\np if {\n\t[«a», _] := input.x\n\ta| > 1\n}\n"],
        &["package a\np if {\n\tinput.c[«i»].a\n\tinput.c[i|].b\n}\n"],
        // The nearest scope.
        &["package a\np if {\n\tx := 1\n\ty := [x| ¦ some «x» in input]\n}\n"],
        &["package a\np if {\n\t«x» := 1\n\ty := [z ¦ some z in input]\n\tx| > 1\n}\n"],
        // A variable hides a rule.
        &["package a\nx := 1\np if {\n\t«x» := 2\n\tx| > 1\n}\n"],
        // Template strings, `with`, and the old language.
        &["package a\np contains $\"{m|}\" if «m» := 1\n"],
        &["package a\n«cfg» := 1\np if q with data.a.cf|g as 2\n"],
        &["# v0\npackage a\ndeny[msg|] { «msg» := \"no\" }\n"],
        // While another rule is half typed.
        &["package a\n«limit» := 1\nbroken if {\n\tinput.\n\ndeny contains 1 if lim|it > 1\n"],
        // Nothing is known of these.
        &["package a\np if input.x|\n"],
        &["package a\np if coun|t(input) > 1\n"],
        &["package a\np if data.nowhere.x|\n"],
    ];
    for marked in cases {
        let (texts, (file, byte)) = without_marks(marked);
        let modules = trees(&texts);
        let symbols = Symbols::new(sources(&texts, &modules));
        let found = symbols.at(file, byte).map(|found| symbols.definitions(found.symbol)).unwrap_or_default();
        let expected: Vec<String> =
            marked.iter().map(|text| text.replace('|', "").replace('¦', "|")).collect();
        assert_eq!(mark(&texts, &found), expected, "{marked:?}");
    }
}

#[test]
fn references_are_all_places_that_mean_the_same() {
    let cases: &[&[&str]] = &[
        &[
            "package a\n«limit» := 1\np if {\n\tlimit := 2\n\tlimit > 1\n}\nq if «lim|it» > «limit»\n",
            "package a\nr if «limit»\n",
            "package b\nimport data.a\nlimit := 3\nr if a.«limit»\ns if data.a[\"«limit»\"]\n",
            "package c\nimport data.a.«limit»\nr if «limit»\n",
        ],
        &["package a\nf(«x») := [y¦ y := «x»] if «x|» > 1\nf(x) := x\n"],
        &["package a\np if {\n\t«i|» := 1\n\tq := {i¦ some i in input}\n\t«i» > 1\n}\n"],
        &["package a\nimport data.b as «l|»\np if «l».x\nq if b.l\n"],
        &[
            "package a\np if «object.ge|t»(input, \"a\", 1)\nq if «object.get»(input, \"b\", 1)\nr if object.keys(input)\n",
        ],
    ];
    for marked in cases {
        let (texts, (file, byte)) = without_marks(marked);
        let modules = trees(&texts);
        let symbols = Symbols::new(sources(&texts, &modules));
        let found = symbols.at(file, byte).expect("a name at the caret");
        let expected: Vec<String> =
            marked.iter().map(|text| text.replace('|', "").replace('¦', "|")).collect();
        assert_eq!(mark(&texts, &symbols.references(found.symbol)), expected);
    }
}

/// What renaming makes of texts.
fn rename(marked: &[&str], new: &str) -> Result<Vec<String>, Refusal> {
    let (texts, (file, byte)) = without_marks(marked);
    let modules = trees(&texts);
    let symbols = Symbols::new(sources(&texts, &modules));
    let found = symbols.at(file, byte).expect("a name at the caret");
    let edits: Edits = symbols.rename(found.symbol, new)?;
    let mut renamed = texts.clone();
    for (file, of_file) in edits {
        for (range, text) in of_file.into_iter().rev() {
            renamed[file].replace_range(range, &text);
        }
    }
    Ok(renamed)
}

#[test]
fn renaming_goes_through_all_policies() {
    type Case = (&'static [&'static str], &'static str, &'static [&'static str]);
    let cases: &[Case] = &[
        (
            &[
                "package a\nli|mit := 1\np if limit > 0\n",
                "package b\nimport data.a\nq if a.limit\nr if data.a[\"limit\"]\n",
            ],
            "most",
            &[
                "package a\nmost := 1\np if most > 0\n",
                "package b\nimport data.a\nq if a.most\nr if data.a[\"most\"]\n",
            ],
        ),
        (
            &["package a\nf(x) := x|\n", "package a\nimport data.a.f\n"],
            "value",
            &["package a\nf(value) := value\n", "package a\nimport data.a.f\n"],
        ),
        (
            &["package a\nimport data.b as b|\np if b.x\n"],
            "lib",
            &["package a\nimport data.b as lib\np if lib.x\n"],
        ),
        // An import without `as` gets one.
        (
            &["package a\nimport data.x.b\np if b|.x\n"],
            "lib",
            &["package a\nimport data.x.b as lib\np if lib.x\n"],
        ),
        (
            &["package a\nimport data.b.f\np if f|(1)\n", "package b\nf(x) := x\n"],
            "g",
            &["package a\nimport data.b.g\np if g(1)\n", "package b\ng(x) := x\n"],
        ),
        (
            &["package a\np if {\n\tinput.c[i|]\n\tinput.d[i]\n}\n"],
            "j",
            &["package a\np if {\n\tinput.c[j]\n\tinput.d[j]\n}\n"],
        ),
        // A variable of that name in a rule that does not use it is not in the way.
        (
            &["package a\nli|mit := 1\nf(most) := most\n"],
            "most",
            &["package a\nmost := 1\nf(most) := most\n"],
        ),
    ];
    for (marked, new, expected) in cases {
        let renamed = rename(marked, new).unwrap_or_else(|refusal| panic!("{marked:?}: {refusal:?}"));
        assert_eq!(renamed, *expected, "{marked:?}");
    }
}

#[test]
fn renaming_is_refused_where_a_name_would_mean_something_else() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["package a\np| := 1\n"], "1p", "NotAName"),
        (&["package a\np| := 1\n"], "", "NotAName"),
        (&["package a\np| := 1\n"], "_", "NotAName"),
        (&["package a\np| := 1\n"], "every", "Keyword"),
        (&["package a\np| := 1\n"], "input", "Keyword"),
        (&["package a\np| := 1\n"], "count", "NameOfBuiltin"),
        (&["package a\np := cou|nt(1)\n"], "number", "Builtin"),
        (&["package a\np| := 1\nq := 2\n"], "q", "Taken"),
        (&["package a\np| := 1\n", "package a\nq := 2\n"], "q", "Taken"),
        (&["package a\nimport data.b as q\np| := 1\n"], "q", "Taken"),
        (&["package a\np| := 1\nr if {\n\tq := 1\n\tp > q\n}\n"], "q", "Taken"),
        (&["package a\np| := 1\nr if input.c[q]\n"], "q", "Taken"),
        (&["package a\nr if {\n\tx| := 1\n\ty := 2\n\tx > y\n}\n"], "y", "Taken"),
        (&["package a\nr if {\n\tx| := 1\n\tx > s\n}\ns := 1\n"], "s", "Taken"),
        (&["package a\nr if {\n\tx| := 1\n\tobject.get(x, 1, 2)\n}\n"], "object", "Taken"),
        (&["package a\nimport data.b as l\np if l|.x\n", "package a\nq := 1\n"], "q", "Taken"),
        (&["package c\nimport data.a.p\nq := p\n", "package a\np| := 1\n"], "q", "Taken"),
        (&["package a\np| := 1\nq if {\n\tp >\n}\n"], "r", "Broken"),
    ];
    for (marked, new, expected) in cases {
        let refusal = rename(marked, new).expect_err(&format!("{marked:?} as {new}"));
        assert!(format!("{refusal:?}").starts_with(expected), "{marked:?} as {new}: {refusal:?}");
    }
}

mod session;

use regoscope::app::overlays::Overlay;
use regoscope::app::settings::Settings;
use regoscope::core::file::Role;
use regoscope::strings::Lang;
use session::Session;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    a-b: x\nspec:\n  hostPID: true\n  containers:\n    - name: app\n      image: nginx\n      securityContext:\n        privileged: true\n    - name: side\n      tty: true\n";

/// A session with a Pod and these policies; the caret at the `|` of the last one.
fn open_in(lang: Lang, policies: &[&str]) -> Session {
    let (texts, (file, byte)) = without_marks(policies);
    let names = ["a.rego", "b.rego", "c.rego"];
    let mut files = vec![("pod.yaml", Role::Manifest, POD)];
    files.extend(texts.iter().zip(names).map(|(text, name)| (name, Role::Policy, text.as_str())));
    let mut session = Session::files(120, 40, Settings { lang, ..Settings::default() }, &files);
    assert_eq!(file + 1, texts.len(), "the caret is in the last one");
    let before = &texts[file][..byte];
    let (line, column) =
        (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().chars().count() + 1);
    session.keys("alt-1 ctrl-g").types(&format!("{line}:{column}\n"));
    session
}

fn open(policies: &[&str]) -> Session {
    open_in(Lang::En, policies)
}

/// The focused text with the caret.
fn text(session: &Session) -> String {
    let file = session.app.focused_file().unwrap();
    let mut text = file.editor.buffer().snapshot().to_string();
    text.insert(file.editor.selection().head, '|');
    text
}

fn other(session: &Session, name: &str) -> String {
    session.app.files.iter().find(|file| file.name == name).unwrap().editor.buffer().to_string()
}

fn offered(session: &Session) -> Vec<String> {
    let open = session.app.completion.as_ref();
    open.map(|open| open.offers.iter().map(|offer| offer.name.clone()).collect()).unwrap_or_default()
}

fn offers_with_values(session: &Session) -> Vec<String> {
    let open = session.app.completion.as_ref();
    open.map(|open| open.offers.iter().map(|offer| format!("{} {}", offer.name, offer.what)).collect())
        .unwrap_or_default()
}

#[test]
fn the_keys_go_to_definitions_and_references() {
    let lib = "package lib\n\nroot(c) if c.runAsUser == 0\n";
    let rule = "package a\nimport data.lib\n\np if lib.ro|ot(input)\nq if lib.root(input)\n";
    for keys in ["f12", "esc g d"] {
        let mut session = open(&[lib, rule]);
        session.keys(keys);
        assert_eq!(session.app.focused_file().unwrap().name, "a.rego");
        assert_eq!(text(&session), "package lib\n\n|root(c) if c.runAsUser == 0\n");
    }
    let mut session = open(&[lib, rule]);
    session.keys("shift-f12");
    let Some(Overlay::Places { list, .. }) = session.app.overlays.last() else { panic!("no list") };
    let places: Vec<&str> = list.items.iter().map(|item| item.place.as_str()).collect();
    assert_eq!(places, ["a.rego:3", "b.rego:4", "b.rego:5"]);
    assert_eq!(list.items[2].text, "q if lib.root(input)");
    session.keys("down down enter");
    assert_eq!(text(&session), rule.replace('|', "").replace("q if lib.", "q if lib.|"));
    // Nothing stands there.
    let mut session = open(&["package a\n|\np := 1\n"]);
    session.keys("f12");
    assert!(session.app.messages.current().is_some_and(|m| m.text.contains("no name")));
    // In a manifest it says why not.
    session.keys("alt-2 f12");
    assert!(session.app.messages.current().is_some_and(|m| m.text.contains("only the names of policies")));
}

#[test]
fn renaming_is_one_undo_step_in_each_policy_and_says_why_not() {
    let (lib, rule) =
        ("package lib\nroot := 1\n", "package a\nimport data.lib\nother := lib.ro|ot\np := lib.root\n");
    let mut session = open(&[lib, rule]);
    session.keys("esc space e n").types("admin\n");
    assert_eq!(
        text(&session).replace('|', ""),
        "package a\nimport data.lib\nother := lib.admin\np := lib.admin\n"
    );
    assert_eq!(other(&session, "a.rego"), "package lib\nadmin := 1\n");
    session.keys("u");
    assert_eq!(text(&session).replace('|', ""), rule.replace('|', ""));
    session.keys("alt-pagedown u");
    assert_eq!(text(&session).replace('|', ""), lib);

    let mut session = open(&["package a\nlimit| := 1\nmost := 2\n"]);
    session.keys("esc space e n").types("most\n");
    let Some(Overlay::Rename(prompt)) = session.app.overlays.last() else { panic!("the question stays") };
    assert_eq!(prompt.error.as_deref(), Some("most is taken: a.rego:3"));
    session.types("x\n");
    assert!(text(&session).contains("mostx| := 1"), "{}", text(&session));
}

#[test]
fn what_is_known_of_a_name() {
    let noted = "package a\n\n# METADATA\n# title: No root\n# description: >\n#   Containers must\n#   not be root.\n# scope: rule\nroot(c, user) if c == user\n\np if ro|ot(1, 2)\n";
    let cases = [
        (
            Lang::En,
            "package a\np if cou|nt(input) > 1\n",
            "count(collection: string or array or object or set) -> number\n\nhow many elements, keys or characters there are",
        ),
        (
            Lang::Ja,
            "package a\np if object.g|et(input, 1, 2)\n",
            "object.get(object: object, key: any, default: any) -> any\n\nキーまたはパスの値を返します。なければ既定値です",
        ),
        (
            Lang::En,
            "package a\np := io.jwt.verify_es2|56(1, 2)\n",
            "io.jwt.verify_es256(jwt: string, certificate: string) -> boolean",
        ),
        (
            Lang::En,
            noted,
            "root(c, user)\n\nNo root\n\nContainers must not be root.\n\na.rego:9  root(c, user) if c == user",
        ),
        (Lang::En, "package a\nden|y contains 1\n", "deny  set\n\na.rego:2  deny contains 1"),
        (Lang::En, "package a\np if {\n\tx := 1\n\tx| > 1\n}\n", "a.rego:3  x := 1"),
    ];
    for (lang, policy, expected) in cases {
        for keys in ["esc K", "esc space e h"] {
            let mut session = open_in(lang, &[policy]);
            session.keys(keys);
            let Some(Overlay::Whole { text, .. }) = session.app.overlays.last() else {
                panic!("{policy}: nothing")
            };
            assert_eq!(text, expected, "{policy}");
        }
    }
}

#[test]
fn the_outline_lists_rules_and_goes_to_one() {
    let mut session =
        open(&["package a\n|\ndeny contains msg if msg := 1\n\nbroken if {\n\tinput.\n\nhelper(x) := x\n"]);
    session.keys("esc space e o");
    let Some(Overlay::Places { list, .. }) = session.app.overlays.last() else { panic!("no list") };
    let rules: Vec<String> = list.items.iter().map(|item| format!("{} {}", item.text, item.place)).collect();
    assert_eq!(rules, ["deny contains msg :3", "helper(x) := x :8"]);
    session.types("hlp\n");
    assert!(text(&session).contains("\n|helper(x)"), "{}", text(&session));
}

#[test]
fn what_is_offered_in_a_policy() {
    // The policy, what is typed, what is offered first.
    let cases: &[(&str, &str, &[&str])] = &[
        ("package a\np if {\n\t|\n}\n", "starts", &["startswith"]),
        ("package a\np if {\n\t|\n}\n", "eve", &["every"]),
        ("package a\nallowed := 1\nhelper(x) := x\np if {\n\t|\n}\n", "hel", &["helper"]),
        ("package a\nimport data.lib.images\np if {\n\t|\n}\n", "ima", &["images"]),
        // Variables that are in scope, not those of another rule or of a closed body.
        (
            "package a\nf(container) if {\n\tcontrol := 1\n\tx := [contest ¦ some contest in input]\n\t|\n}\ng(contract) := 1\n",
            "cont",
            &["container", "control", "contains"],
        ),
        (
            "package a\np if {\n\tsome container in input.containers\n\t|\n}\n",
            "conta",
            &["container", "contains"],
        ),
        // Fields of the manifest at hand.
        ("package a\np if {\n\t|\n}\n", "input.", &["apiVersion", "kind", "metadata", "spec"]),
        ("package a\np if {\n\t|\n}\n", "input.spec.", &["containers", "hostPID"]),
        (
            "package a\np if {\n\t|\n}\n",
            "input.spec.containers[_].",
            &["image", "name", "securityContext", "tty"],
        ),
        ("package a\np if {\n\t|\n}\n", "input.spec.containers[1].", &["name", "tty"]),
        ("package a\np if {\n\t|\n}\n", "input[\"spec\"].ho", &["hostPID"]),
        (
            "package a\np if {\n\tinput.request.object.spec\n\t|\n}\n",
            "input.request.object.spec.",
            &["containers", "hostPID"],
        ),
        (
            "package a\np if {\n\tinput.review\n\t|\n}\n",
            "input.review.object.spec.",
            &["containers", "hostPID"],
        ),
        (
            "package a\np if {\n\tspec := input.spec\n\tsome c in spec.containers\n\t|\n}\n",
            "c.sec",
            &["securityContext"],
        ),
        ("package a\nimport input.spec as s\np if {\n\t|\n}\n", "s.ho", &["hostPID"]),
        // Packages and builtins.
        ("package a\np if {\n\t|\n}\n", "data.", &["lib", "a"]),
        ("package a\np if {\n\t|\n}\n", "data.lib.", &["limit", "root"]),
        ("package a\nimport data.lib\np if {\n\t|\n}\n", "lib.r", &["root"]),
        ("package a\np if {\n\t|\n}\n", "object.g", &["get"]),
        // Never in the way.
        ("package a\np if {\n\t|\n}\n", "p", &[]),
        ("package a\n# |\n", "inp", &[]),
        ("package a\np := \"|\"\n", "coun", &[]),
        ("package a\np := `\n|\n`\n", "coun", &[]),
        ("package a\np := 1|\n", ".5", &[]),
        ("package a\np if {\n\t|\n}\n", "zzz", &[]),
        ("package a\np if {\n\t|\n}\n", "input.spec.nothing.", &[]),
    ];
    let lib = "package lib\nroot(c) := c\nlimit := 1\n";
    for (policy, typed, expected) in cases {
        let mut session = open(&[lib, policy]);
        session.types(typed);
        let offered = offered(&session);
        if expected.is_empty() || typed.ends_with('.') && !typed.starts_with("data.") {
            assert_eq!(offered, *expected, "{policy}: {typed}");
        } else {
            for name in *expected {
                assert!(
                    offered.iter().any(|offer| offer == name),
                    "{policy}: {typed}: {name} in {offered:?}"
                );
            }
            if expected.len() > 1 && !typed.starts_with("data.") {
                assert_eq!(offered[..expected.len()], **expected, "{policy}: {typed}");
            }
        }
    }
}

#[test]
fn fields_come_with_their_values_and_are_written_as_rego_needs_them() {
    let mut session = open(&["package a\np if {\n\t|\n}\n"]);
    session.types("input.spec.");
    assert_eq!(offers_with_values(&session), ["containers [2]", "hostPID true"]);
    session.types("h").keys("tab");
    assert_eq!(text(&session), "package a\np if {\n\tinput.spec.hostPID|\n}\n");
    session.types("\ninput.metadata.labels.");
    assert_eq!(offers_with_values(&session), ["a-b \"x\""]);
    session.keys("tab");
    assert!(text(&session).contains("\tinput.metadata.labels[\"a-b\"]|\n"), "{}", text(&session));
    // Enter stays a line break.
    session.types("\nstarts\n");
    assert!(text(&session).contains("starts\n\t|"), "{}", text(&session));
}

/// A policy of 5,000 lines.
fn large() -> String {
    let rule = |n: usize| {
        format!(
            "deny_{n} contains msg if {{\n\tsome c in input.spec.containers\n\tlimit_{n}(c) > count(c.ports)\n\tmsg := sprintf(\"%v\", [c.name])\n}}\n\nlimit_{n}(c) := c.limit + {n}\n\n"
        )
    };
    let mut text = "package a\n\n".to_owned();
    (0..625).for_each(|n| text.push_str(&rule(n)));
    text
}

#[test]
fn each_takes_less_than_a_frame_on_five_thousand_lines() {
    let text = format!("{}p if {{\n\tlimit_7|(1)\n}}\n", large());
    let mut session = open(&[&text]);
    // Without optimisation things take about ten times as long: the limit tells a square from a line.
    let most = std::time::Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 16 });
    let timed = |what: &str, session: &mut Session, go: &dyn Fn(&mut Session)| {
        let start = std::time::Instant::now();
        go(session);
        let took = start.elapsed();
        println!("{what}: {took:?}");
        assert!(took < most, "{what}: {took:?}");
    };
    for (what, keys, back) in [
        ("first definition", "f12", "ctrl-end up up up home"),
        ("definition", "f12", "ctrl-end up up up home"),
        ("references", "shift-f12", "esc"),
        ("outline", "esc space e o", "esc"),
        ("hover", "K", "esc"),
    ] {
        timed(what, &mut session, &|session| {
            session.keys(keys);
        });
        session.keys(back);
    }
    // The judge works beside this: a key is done when the list is there.
    session.busy = true;
    session.keys("ctrl-end up up end").types("\n");
    session.types("limit_6");
    timed("completion", &mut session, &|session| {
        session.types("2");
    });
    assert!(offered(&session).contains(&"limit_620".to_owned()), "{:?}", session.app.completion);
}
